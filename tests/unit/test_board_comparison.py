"""The comparison in words."""

from edgecask.analysis.board_comparison import describe
from edgecask.task.task import task_of

POSE, DETECT = (task_of(name).words for name in ("pose", "detect"))

SIDE = {"people": 40, "missed": 1, "difference": 0.0512, "pixels": 2.345}


def test_lines():
    lines = describe(
        {
            "verdict": "same",
            "frames": 30,
            "board": SIDE,
            "loss": {**SIDE, "people": 1200, "difference": None, "pixels": None},
            "ratio": {"value": 1.04, "interval": (0.9, 1.3)},
            "offset": {
                "right": {"value": 0.12, "interval": (0.0, 0.2)},
                "down": {"value": -0.3, "interval": (-0.4, -0.2)},
            },
        },
        POSE,
    )
    assert lines == [
        "board       40 people, 1 of them on one side alone; keypoints 2.35 pixels apart, 1 − OKS 0.0512",
        "loss alone  1,200 people, 1 of them on one side alone; keypoints – apart, 1 − OKS –",
        "ratio       1.04 (95 % interval 0.90 to 1.30); up to 2 the pictures' loss explains it",
        "offset      +0.12 right and -0.30 down, in pixels; 0.5 at most are none",
    ]


def test_without_people_there_is_no_ratio():
    nobody = {"people": 0, "missed": 0, "difference": None, "pixels": None}
    found = {
        "verdict": "cannot tell", "frames": 3, "board": nobody, "loss": nobody, "ratio": None, "offset": None
    }  # fmt: skip
    assert len(describe(found, POSE)) == 2


def test_lines_of_boxes():
    found = {
        "verdict": "same", "frames": 30, "board": SIDE, "loss": SIDE, "ratio": None, "offset": None
    }  # fmt: skip
    assert describe(found, DETECT)[0] == (
        "board       40 boxes, 1 of them on one side alone; corners 2.35 pixels apart, 1 − IoU 0.0512"
    )
