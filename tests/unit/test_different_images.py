"""Images that are like an earlier one are passed over, whatever the noise and the light."""

from test_jpeg_brightness import image, jpeg

from edgecask.firmware.board.different_images import different_images
from edgecask.firmware.board.frames import Frame

SCENES = [jpeg(image(48, 48, seed), quality=60) for seed in range(3)]


def passed(*images):
    frames = (Frame(count=place, people=(), image=each) for place, each in enumerate(images))
    return [None if each is None else each.count for each in different_images(frames)]


def test_each_scene_once():
    again = jpeg(image(48, 48, 0), quality=30)
    assert passed(SCENES[0], again, SCENES[1], SCENES[0], SCENES[2]) == [0, None, 2, None, 4]


def test_what_cannot_be_read():
    assert passed(None, b"no JPEG", SCENES[0][:100], SCENES[0]) == [None, None, None, 3]


def test_another_size_is_another_image():
    assert passed(SCENES[0], jpeg(image(64, 48, 0), quality=60)) == [0, 1]
