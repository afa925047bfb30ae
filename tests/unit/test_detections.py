"""What a board printed, in the form of what this machine finds."""

from edgecask.firmware.board.detections import as_detection
from edgecask.firmware.board.frames import Keypoint, Person

PERSON = Person(
    x=120, y=110, width=60, height=161, score=82, target=3,
    keypoints=(Keypoint(x=120, y=40, score=91), Keypoint(x=65_530, y=4, score=88)),
)  # fmt: skip


def test_seeeds_firmware_prints_the_centre():
    found = as_detection(PERSON, corner=False)
    assert found["box"] == [90, 29.5, 150, 190.5] and found["score"] == 0.82
    assert found["class"] == 3
    assert found["keypoints"] == [[120, 40, 0.91], [65_530, 4, 0.0]]


def test_himax_app_prints_the_corner():
    assert as_detection(PERSON, corner=True)["box"] == [120, 110, 180, 271]
