"""What is said of the board comes from the target's data."""

import pytest

from edgecask.firmware import emulation
from edgecask.target.target import load_target, target_names


@pytest.mark.parametrize("name", target_names())
def test_every_target_says_what_its_board_sees_and_shows(name):
    target = load_target(name)
    width, height = target.camera.frame
    assert f"{width} × {height} pixels" in emulation.what_the_camera_sees(target)
    assert f"{target.nms.score:.2f}" in emulation.who_is_shown(target)
    assert emulation.what_is_not_emulated(target)


def test_thresholds_are_told_apart_as_the_firmwares_compare():
    for name in ("grove", "xiao"):
        shown = emulation.who_is_shown(load_target(name))
        assert "any number of people, from a score of 0.50 on" in shown
        assert "the firmware's default; a board keeps what AT+TSCORE and AT+TIOU set on it before" in shown
    assert "IoU above 0.45" in emulation.who_is_shown(load_target("grove"))
    assert "at most 40 people, from a score of 0.25 on" in emulation.who_is_shown(load_target("grove-himax"))
    assert "any number of people, above a score of 0.75" in emulation.who_is_shown(load_target("stm32mp2"))
    assert "IoU of 0.50 or more" in emulation.who_is_shown(load_target("stm32mp2"))
    assert "above a score of 0.60; a box that overlaps with better ones loses score" in emulation.who_is_shown(
        load_target("openmv-ae3")
    )
    assert "at most 10 people" in emulation.who_is_shown(load_target("stm32n6"))


def test_of_detection_boxes_are_shown_and_nobody_is_a_person():
    for name in target_names():
        target = load_target(name)
        if "detect" in target.tasks:
            text = emulation.who_is_shown(target.for_task("detect"))
            assert " boxes" in text and "people" not in text and " who " not in text, name
    grove = emulation.who_is_shown(load_target("grove").for_task("detect"))
    assert "any number of boxes" in grove and "better one of two of a class that overlap" in grove
    himax = emulation.who_is_shown(load_target("grove-himax-yolo11"))
    assert "at most 40 boxes" in himax and "better one of two that overlap" in himax


def test_what_is_taken_of_images():
    grove = load_target("grove")
    assert "--crop=camera" in emulation.what_is_taken_of_images(grove.seen_with("camera"))
    assert "--crop=none" in emulation.what_is_taken_of_images(grove.seen_with("none"))
