"""What an event says of a frame; whatever else is refused."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sscma_board import JPEG

from edgecask.firmware.board.frames import Keypoint, Person, read_frame

EVENT = {
    "count": 3,
    "perf": [8, 365, 0],
    "keypoints": [[[100, 90, 40, 80, 77, 0], [[1, 2, 30, 0], [65535, 4, 50, 1]]]],
    "resolution": [240, 240],
    "image": base64.b64encode(JPEG).decode(),
    "rotate": 90,
}


def test_an_event():
    frame = read_frame(EVENT)
    assert (frame.count, frame.milliseconds, frame.resolution, frame.rotate) == (3, (8, 365, 0), (240, 240), 90)
    assert frame.image == JPEG and frame.ticks is None
    assert frame.people == (
        Person(
            x=100, y=90, width=40, height=80, score=77, target=0,
            keypoints=(Keypoint(x=1, y=2, score=30), Keypoint(x=65535, y=4, score=50)),
        ),
    )  # fmt: skip


def test_boxes_of_the_protocols_own_example():
    """SSCMA-Micro @ff48a1c, docs/protocol/at_protocol.md."""
    frame = read_frame({"count": 8, "perf": [8, 365, 0], "boxes": [[87, 83, 77, 65, 70, 0]]})
    assert [(each.x, each.y, each.score, each.keypoints) for each in frame.people] == [(87, 83, 70, ())]
    assert frame.resolution is None and frame.image is None


def test_himax_event():
    """No perf, no resolution, one figure."""
    frame = read_frame({"count": 0, "algo_tick": [[27415000]], "keypoints": [], "image": ""})
    assert (frame.ticks, frame.milliseconds, frame.people, frame.image) == (27415000, None, (), None)


@pytest.mark.parametrize(
    "text", ["", "A", "!!!!", base64.b64encode(JPEG[:-2]).decode(), base64.b64encode(b"GIF89a").decode()]
)
def test_no_image(text):
    assert read_frame({**EVENT, "image": text}).image is None


@pytest.mark.parametrize("behind", ["A", "\0", "=", "AAA"])
def test_an_image_with_characters_too_many(behind):
    assert read_frame({**EVENT, "image": EVENT["image"] + behind}).image == JPEG


@pytest.mark.parametrize(
    "change",
    [
        {"perf": [1, 2]}, {"perf": "x"}, {"perf": [1.5, 2, 3]}, {"count": True}, {"count": -1}, {"keypoints": 3},
        {"keypoints": [[1]]}, {"keypoints": [[[1, 2, 3, 4, 5, 6]]]}, {"keypoints": [[[1, 2, 3, 4, 5, 6], [[1]]]]},
        {"boxes": [[1]], "keypoints": None}, {"resolution": [240]}, {"algo_tick": []}, {"algo_tick": [3]},
        {"count": 1 << 60}, {"keypoints": [[[1, 2, 3, 4, 5, 6], []]] * 1001},
    ],
    ids=str,
)  # fmt: skip
def test_nonsense_is_refused(change):
    with pytest.raises(ValueError):
        read_frame({**EVENT, **change})


@settings(max_examples=20)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=8))
def test_no_value_breaks_it(value):
    for key in EVENT:
        try:
            read_frame({**EVENT, key: value})
        except ValueError:
            continue
