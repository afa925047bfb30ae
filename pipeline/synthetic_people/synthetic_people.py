"""Pictures of people that were never there, with their labels, in the environment `evaluate`.

Every picture has its own random numbers from (seed, split, index): the first thousand of three thousand are the same
thousand.

Parameters: `seed`, `split` (its name), `split_number`, `first` and `count` (which of its pictures), `image_size`
(side of the square in pixels), `facing` (percent of the people who look roughly at the camera).
Output `data.tar`: images/SPLIT/NUMBER.jpg (quality 90) and labels/SPLIT/NUMBER.txt in Ultralytics' form, in sorted
order and without dates or owners.
"""

from __future__ import annotations

from typing import Any

import numpy
import PIL
from PIL import Image

from pipeline.synthetic_people.labels import Labelled
from pipeline.synthetic_people.photo import photograph
from pipeline.synthetic_people.scene import draw_scene
from pipeline.synthetic_people.split import write_images


def label_line(person: Labelled, width: int, height: int) -> str:
    """Class, box centre and size, keypoints with visibility; fractions of the picture with six decimals."""
    left, top, right, bottom = person.box
    box = ((left + right) / 2 / width, (top + bottom) / 2 / height, (right - left) / width, (bottom - top) / height)
    words = [f"{value:.6f}" for value in box]
    for x, y, visibility in person.keypoints.tolist():
        words += [f"{x / width:.6f}", f"{y / height:.6f}", f"{int(visibility)}"]
    return " ".join(["0", *words])


def make_image(seed: int, split: int, index: int, image_size: int, facing: float) -> tuple[Image.Image, list[str]]:
    """One picture and its label lines; square, so that firmware which stretches to a square changes no proportions."""
    random = numpy.random.default_rng([seed, split, index])
    image, people = draw_scene(random, image_size, image_size, facing=facing)
    return photograph(random, image), [label_line(person, image_size, image_size) for person in people]


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Make some pictures of one split."""
    seed, number, image_size = (parameters[name] for name in ("seed", "split_number", "image_size"))
    people, empty = write_images(
        parameters, lambda index: make_image(seed, number, index, image_size, parameters["facing"] / 100)
    )
    return {
        "images": parameters["count"],
        "people": people,
        "without_people": empty,
        "versions": {"numpy": numpy.__version__, "pillow": PIL.__version__},
    }
