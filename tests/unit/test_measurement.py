"""What is made of a board's figures, and how they are kept."""

import pytest

from edgecask.errors import BoardError
from edgecask.firmware.board.frames import Frame
from edgecask.firmware.board.measurement import (
    Timed,
    frames_per_second,
    measured_path,
    milliseconds_of,
    read_measured,
    spread,
    write_measured,
)  # fmt: skip


def test_median_and_95th_percentile():
    assert spread(range(1, 101)) == {"median": 50.5, "percentile_95": 95.0}
    assert spread([7]) == {"median": 7.0, "percentile_95": 7.0}
    assert spread([1, 9, 1]) == {"median": 1.0, "percentile_95": 9.0}


def test_three_phases_or_one_figure():
    frames = [Frame(count=1, people=(), milliseconds=(6, 56, 2)), Frame(count=2, people=(), milliseconds=(8, 60, 2))]
    found = milliseconds_of(frames, ticks_per_millisecond=None)
    assert {name: each["median"] for name, each in found.items()} == {
        "preprocess": 7,
        "inference": 58,
        "postprocess": 2,
    }
    found = milliseconds_of([Frame(count=0, people=(), ticks=27_415_000)], ticks_per_millisecond=400_000)
    assert found == {"whole": {"median": 68.54, "percentile_95": 68.54}}
    with pytest.raises(BoardError, match="no times"):
        milliseconds_of([Frame(count=0, people=(), ticks=5)], ticks_per_millisecond=None)


@pytest.mark.parametrize(("counts", "times", "rate"), [
    ([1, 2, 3], [0.0, 0.1, 0.2], 10.0),
    ([1, 2, 4], [0.0, 0.1, 0.3], 10.0),  # one came in part
    ([0, 0, 0], [0.0, 0.1, 0.2], 10.0),  # Himax' app does not count
    ([1], [0.0], None),
    ([1, 2], [1.0, 1.0], None),
])  # fmt: skip
def test_frames_a_second(counts, times, rate):
    frames = [Timed(frame=Frame(count=count, people=()), at=at) for count, at in zip(counts, times, strict=True)]
    assert frames_per_second(frames) == rate


def test_it_is_kept_beside_the_packages(tmp_path):
    path = measured_path(tmp_path / "dist", "grove")
    assert path == tmp_path / "measured" / "grove.json" and read_measured(path) is None
    measured = {
        "schema": 1,
        "date": "2026-11-26",
        "board": {},
        "model": {},
        "milliseconds": {"inference": {"median": 5}},
    }
    write_measured(path, measured)
    assert read_measured(path) == measured


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "board": [], "model": {}}', "[" * 99_999]
)
def test_another_file_is_none(tmp_path, text):
    path = tmp_path / "grove.json"
    path.write_text(text)
    assert read_measured(path) is None
