"""A second loss like the first one."""

import io

import numpy
import pytest
from PIL import Image

from pipeline.harness import Refused
from pipeline.jpeg_loss.jpeg_loss import encoded_as, moved, pairs


def photograph(mode="RGB"):
    """Something with edges and noise."""
    rows, columns = numpy.mgrid[0:80, 0:96]
    noise = numpy.random.default_rng(0).integers(0, 40, (80, 96, 3))
    pixels = (128 + 60 * numpy.sign(numpy.sin(columns / 7) * numpy.cos(rows / 5)))[..., None] + noise
    return Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8)).convert(mode)


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def difference(one, other):
    return float(numpy.abs(numpy.asarray(one, float) - numpy.asarray(other, float)).mean())


def test_moved_by_whole_pixels():
    image = photograph()
    pixels, found = numpy.asarray(image), numpy.asarray(moved(image, 3, 5))
    assert (
        (found[5:, 3:] == pixels[:-5, :-3]).all()
        and (found[0] == found[5]).all()
        and (found[:, 0] == found[:, 3]).all()
    )


@pytest.mark.parametrize(
    "options", [{"quality": 25}, {"quality": 60, "subsampling": 1}, {"quality": 50, "subsampling": 0}]
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_second_loss_is_about_the_first(options, mode):
    image = photograph(mode)
    content = jpeg(image, **(options if mode == "RGB" else {"quality": options["quality"]}))
    made = {name: Image.open(io.BytesIO(png)) for name, png in pairs("00001.jpg", content, [[4, 4], [3, 5]])}
    assert list(made) == [
        "00001.png", "00001-0-before.png", "00001-0-after.png", "00001-1-before.png", "00001-1-after.png"
    ]  # fmt: skip
    first = difference(image, made["00001.png"])
    for number in (0, 1):
        second = difference(made[f"00001-{number}-before.png"], made[f"00001-{number}-after.png"])
        assert 0.4 * first < second < 1.6 * first
    # On the same grid of blocks there would be next to none, which is why it is moved.
    with Image.open(io.BytesIO(content)) as opened:
        assert difference(made["00001.png"], encoded_as(made["00001.png"], opened)) < 0.4 * first


@pytest.mark.parametrize("content", [b"", b"no JPEG", jpeg(photograph())[:300]])
def test_what_is_no_jpeg_is_refused(content):
    with pytest.raises(Refused, match="00001.jpg of the board cannot be read"):
        list(pairs("00001.jpg", content, [[4, 4]]))


def test_a_png_is_refused():
    file = io.BytesIO()
    photograph().save(file, "PNG")
    with pytest.raises(Refused):
        list(pairs("a.jpg", file.getvalue(), [[4, 4]]))
