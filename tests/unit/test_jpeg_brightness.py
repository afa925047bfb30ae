"""The brightness of a JPEG's blocks, held against Pillow's decoder."""

import io
import random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edgecask.firmware.board.jpeg_brightness import block_brightness


def image(width, height, seed=0, mode="RGB"):
    """Soft shapes with noise, so that every coefficient is used."""
    rng = numpy.random.default_rng(seed)
    small = rng.integers(0, 256, (height // 12 + 2, width // 12 + 2, 3), dtype=numpy.uint8)
    large = numpy.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    noisy = numpy.clip(large + rng.integers(-20, 21, large.shape), 0, 255).astype(numpy.uint8)
    return Image.fromarray(noisy).convert(mode)


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("quality", [10, 75])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("restart", [0, 3])
@pytest.mark.parametrize("size", [pytest.param((240, 240), marks=pytest.mark.extended), (37, 21)])
def test_as_pillow_sees_it(size, quality, subsampling, restart):
    content = jpeg(image(*size), quality=quality, subsampling=subsampling, restart_marker_blocks=restart)
    found = block_brightness(content)
    seen = numpy.asarray(Image.open(io.BytesIO(content)).convert("YCbCr"))[:, :, 0].astype(float)
    assert (len(found[0]), len(found)) == (-(-size[0] // 8), -(-size[1] // 8))
    for row in range(size[1] // 8):
        for column in range(size[0] // 8):
            mean = seen[8 * row : 8 * row + 8, 8 * column : 8 * column + 8].mean()
            # Pillow cuts pixels at 0 and 255, after which the mean is another one.
            if 40 < mean < 215:
                assert found[row][column] == pytest.approx(mean, abs=4)


def test_a_grey_one():
    found = block_brightness(jpeg(Image.new("L", (16, 8), 200), quality=90))
    assert found == [[pytest.approx(200, abs=1), pytest.approx(200, abs=1)]]


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8", jpeg(image(16, 16), progressive=True)])
def test_what_is_none(content):
    with pytest.raises(ValueError):
        block_brightness(content)


WHOLE = jpeg(image(32, 32), quality=50)


@settings(max_examples=20)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.integers(0, len(WHOLE)))
def test_a_damaged_one_is_refused_or_read(place, value, end):
    content = bytearray(WHOLE)
    content[place] = value
    try:
        rows = block_brightness(bytes(content[: random.Random(end).choice([end, len(WHOLE)])]))
    except ValueError:
        return
    assert all(0 <= each <= 255 for row in rows for each in row)
