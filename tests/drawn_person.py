"""A frame of a camera with one person, drawn, and what a board would say of it."""

import io

from PIL import Image, ImageDraw

POSE = (
    (120, 50), (125, 46), (115, 46), (131, 49), (109, 49), (142, 80), (98, 80), (160, 112), (80, 112), (168, 145),
    (66, 90), (134, 140), (106, 140), (138, 180), (102, 180), (140, 222), (100, 222),
)  # fmt: skip
"""Somebody who waves: COCO's keypoints."""


def drawn_person():
    """A frame of the camera, with one person in front of a wall."""
    image = Image.new("RGB", (240, 240), (40, 90, 60))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 205, 240, 240), fill=(110, 92, 70))
    draw.polygon([POSE[5], POSE[6], POSE[12], POSE[11]], fill=(70, 90, 150))
    for one, other in ((5, 7), (7, 9), (6, 8), (8, 10)):
        draw.line((*POSE[one], *POSE[other]), fill=(70, 90, 150), width=16)
    for one, other in ((11, 13), (13, 15), (12, 14), (14, 16)):
        draw.line((*POSE[one], *POSE[other]), fill=(50, 55, 70), width=20)
    draw.ellipse((100, 26, 140, 74), fill=(220, 180, 150))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70)
    return file.getvalue()


IMAGE = drawn_person()
PERSON = ((117, 124, 118, 206, 82, 0), tuple((x, y, 90, place) for place, (x, y) in enumerate(POSE)))
