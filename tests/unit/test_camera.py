"""What the network is given of a picture: every formula against another way to write it, and against known values."""

import math

import numpy
import pytest

from pipeline.shared import camera

SIDES = [(240, 224), (240, 192), (240, 256), (240, 96), (320, 256), (640, 192), (97, 192), (480, 480)]


def noise(*shape, seed=0):
    return numpy.random.default_rng(seed).integers(0, 256, shape, numpy.uint8)


def picked(resize, source, size):
    """Which source row each row is taken from."""
    ramp = numpy.arange(source).reshape(source, 1, 1)
    return resize(numpy.broadcast_to(ramp, (source, source, 3)), size, size)[:, 0, 0]


# Nearest


def test_grove_and_xiao_take_another_pixel_in_15_of_224_rows():
    grove, xiao = (picked(resize, 240, 224) for resize in (camera.nearest_float32, camera.nearest_fixed_point))
    # 240 / 224 = 15 / 14: every fourteenth row lies on a pixel, which ⌊240 · 65536 / 224⌋ = 70217 of 70217.14 misses.
    rows = numpy.flatnonzero(grove != xiao)
    assert rows.tolist() == list(range(14, 224, 14)) and len(rows) == 15
    assert grove[rows].tolist() == list(range(15, 240, 15)) and xiao[rows].tolist() == list(range(14, 239, 15))


def test_grove_and_xiao_agree_where_the_step_is_a_binary_fraction():
    for size in (192, 256, 480):  # 240 / 192 = 5 / 4
        assert (picked(camera.nearest_float32, 240, size) == picked(camera.nearest_fixed_point, 240, size)).all()
    assert picked(camera.nearest_float32, 240, 192)[:6].tolist() == [0, 1, 2, 3, 5, 6]


@pytest.mark.parametrize(("source", "size"), SIDES)
def test_nearest_as_the_firmware_writes_it(source, size):
    """One row after the other, with C's types."""
    step = numpy.float32(source) / numpy.float32(size)
    assert picked(camera.nearest_float32, source, size).tolist() == [
        int(numpy.float32(row) * step) for row in range(size)
    ]
    scale = (source << 16) // size  # uint32_t
    assert picked(camera.nearest_fixed_point, source, size).tolist() == [(row * scale) >> 16 for row in range(size)]


@pytest.mark.parametrize(("source", "size"), [*SIDES, (320, 192), (240, 192), (320, 224), (240, 256), (7, 7)])
def test_nearest_as_nuvoton_counts_it(source, size):
    """imlib_nvt_scale goes through the source's rows and makes as many of each as UTIL_DDA says."""
    divisor = math.gcd(source, size)
    made, steps, delta = size // divisor, source // divisor, 0
    rows = []
    for row in range(source):
        repeated = int(delta == 0)
        delta += made
        while delta > steps:
            repeated += 1
            delta -= steps
        rows += [row] * repeated
    assert picked(camera.nearest_exact, source, size).tolist() == rows[:size]


def test_openmv_goes_half_a_pixel_back_whatever_the_scale():
    ramp = numpy.broadcast_to((numpy.arange(40) * 6).astype(numpy.uint8).reshape(1, 40, 1), (40, 40, 3))
    found = camera.bilinear_half_shift(ramp, 10, 10)[0, :, 0].tolist()
    # Position = index · 4 − ½; the first one lies outside, where the border goes on.
    assert found == [0, *(int(6 * (index * 4 - 0.5) + 0.5) for index in range(1, 10))]
    centred = camera.bilinear_half_pixel(ramp, 10, 10)[0, :, 0].tolist()
    assert centred == [int(6 * ((index + 0.5) * 4 - 0.5) + 0.5) for index in range(10)]


def test_rows_and_columns_are_not_mixed_up():
    pixels = noise(3, 5, 3)
    for resize in camera.RESIZES.values():
        found = resize(pixels, 6, 10)
        assert found.shape == (6, 10, 3) and found.dtype == numpy.uint8
        turned = resize(pixels.swapaxes(0, 1), 10, 6).swapaxes(0, 1)
        assert numpy.abs(found.astype(int) - turned).max() <= 1  # rounded between rows and columns, where it is


@pytest.mark.parametrize("name", sorted(camera.RESIZES))
def test_a_resize_to_the_same_size_changes_nothing(name):
    pixels = noise(12, 12, 3)
    assert (camera.RESIZES[name](pixels, 12, 12) == pixels).all()


# Bilinear


def test_aligned_corners_by_hand():
    # 5 pixels from 3: positions 0, ½, 1, 1½, 2. 15.5 is rounded up, and then the rows' 8 and 48 to 28.
    row = numpy.array([[10, 21, 40]], numpy.uint8)[..., None].repeat(3, 2)
    assert camera.bilinear_aligned_corners(row, 1, 5)[0, :, 0].tolist() == [10, 16, 21, 31, 40]
    pixels = numpy.array([[10, 21, 40], [0, 0, 90], [8, 49, 3]], numpy.uint8)[..., None].repeat(3, 2)
    # Between row 0's 10, 16, 21, 31, 40 and row 1's 0, 0, 0, 45, 90.
    found = camera.bilinear_aligned_corners(pixels, 5, 5)[..., 0]
    assert found[1].tolist() == [5, 8, 11, 38, 65]


def test_aligned_corners_rounds_between_rows_and_columns():
    # (0 + 1) / 2 = 0.5 becomes 1 in each row; the mean of 1 and 0 becomes 1. One rounding of 0.25 would give 0.
    pixels = numpy.array([[0, 0, 1], [0, 0, 0], [0, 0, 0]], numpy.uint8)[..., None].repeat(3, 2)
    assert camera.bilinear_aligned_corners(pixels, 5, 5)[1, 3, 0] == 1


@pytest.mark.parametrize(("source", "size"), [(320, 256), (320, 224), (240, 192)])
def test_aligned_corners_one_pixel_at_a_time(source, size):
    """Slow, and in double precision: the same but where a value lies next to a half."""
    pixels = noise(source * 3 // 4, source, 3)
    found = camera.bilinear_aligned_corners(pixels, size, size)

    def between(line, position):
        low = int(position)
        high = min(low + 1, len(line) - 1)
        return numpy.floor(line[low] * (1 - position + low) + line[high] * (position - low) + 0.5)

    generator = numpy.random.default_rng(1)
    for row, column in [(0, 0), (size - 1, size - 1), *generator.integers(0, size, (200, 2)).tolist()]:
        across = column * (source - 1) / (size - 1)
        lines = numpy.stack([between(line.astype(float), across) for line in pixels])
        expected = between(lines, row * (pixels.shape[0] - 1) / (size - 1))
        assert numpy.abs(found[row, column] - expected).max() <= 1
    corners = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    assert all((found[corner] == pixels[corner]).all() for corner in corners)


def test_half_pixel_by_hand():
    # 2 from 4: positions ½ and 2½, between two pixels each. 4 from 2: −¼, ¼, ¾, 1¼, and the ends are held.
    row = numpy.array([[10, 21, 40, 80]], numpy.uint8)[..., None].repeat(3, 2)
    assert camera.bilinear_half_pixel(row, 1, 2)[0, :, 0].tolist() == [16, 60]
    row = numpy.array([[0, 100]], numpy.uint8)[..., None].repeat(3, 2)
    assert camera.bilinear_half_pixel(row, 1, 4)[0, :, 0].tolist() == [0, 25, 75, 100]


# Averages


def test_averages_by_hand():
    # 2 from 3: 1 + ½ pixels each, (2 · 10 + 20) / 3 and (20 + 2 · 60) / 3.
    row = numpy.array([[10, 20, 60]], numpy.uint8)[..., None].repeat(3, 2)
    assert camera.area_average(row, 1, 2)[0, :, 0].tolist() == [13, 47]
    pixels = numpy.array([[0, 1], [1, 0]], numpy.uint8)[..., None].repeat(3, 2)
    assert camera.area_average(pixels, 1, 1)[0, 0, 0] == 1  # a half is rounded up


@pytest.mark.parametrize(("source", "size"), [(640, 256), (97, 64), (50, 80)])
def test_averages_as_a_product_of_matrices(source, size):
    pixels = noise(source, source, 3)

    def weights():
        edges = numpy.arange(size + 1) * source / size
        inside = numpy.minimum(edges[1:, None], numpy.arange(1, source + 1)) - numpy.maximum(
            edges[:-1, None], numpy.arange(source)
        )
        return inside.clip(0) * size / source

    expected = numpy.einsum("ij,jkc,lk->ilc", weights(), pixels.astype(float), weights(), optimize=True)
    found = camera.area_average(pixels, size, size)
    assert numpy.abs(found - expected).max() < 0.5 + 1e-6


# Colour


def test_the_formula_back_from_yuv_by_hand():
    """Two equal pixels lose nothing in their chroma: Y = 76, Cb = −43, Cr = 127 (of 127.5) for pure red."""
    red = numpy.zeros((1, 2, 3), numpy.uint8)
    red[..., 0] = 255
    # R = 76 + 14065 · 127 / 10000, G = 76 − (−14) − 91, B = 76 − 76; towards zero each.
    assert camera.through_yuv422(red)[0].tolist() == [[254, 0, 0]] * 2
    grey = noise(4, 6, 1).repeat(3, 2)
    assert (camera.through_yuv422(grey) == grey).all()


def test_two_columns_share_their_chroma():
    pixels = numpy.zeros((1, 4, 3), numpy.uint8)
    pixels[0, 0] = 200, 50, 50
    pixels[0, 1] = 50, 50, 200
    found = camera.through_yuv422(pixels)[0].astype(int)
    # Red less green is 1.4065 · Cr + 0.7169 · Cr + 0.3455 · Cb whatever Y is: the same in both columns.
    assert abs((found[0, 0] - found[0, 1]) - (found[1, 0] - found[1, 1])) <= 1
    assert found[2:].tolist() == [[0, 0, 0]] * 2
    odd = noise(3, 5, 3)
    assert camera.through_yuv422(odd).shape == odd.shape


def test_divisions_go_towards_zero():
    assert camera._towards_zero(numpy.array([-14065, 14065, -9999]), 10000).tolist() == [-1, 1, 0]


def test_the_tables_of_rgb565():
    """SSCMA-Micro, core/utils/el_cv.cpp (ff48a1c), written out."""
    five = [0x00, 0x08, 0x10, 0x19, 0x21, 0x29, 0x31, 0x3A, 0x42, 0x4A, 0x52, 0x5A, 0x63, 0x6B, 0x73, 0x7B,
            0x84, 0x8C, 0x94, 0x9C, 0xA5, 0xAD, 0xB5, 0xBD, 0xC5, 0xCE, 0xD6, 0xDE, 0xE6, 0xEF, 0xF7, 0xFF]  # fmt: skip
    six = [0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2D, 0x31, 0x35, 0x39, 0x3D,
           0x41, 0x45, 0x49, 0x4D, 0x51, 0x55, 0x59, 0x5D, 0x61, 0x65, 0x69, 0x6D, 0x71, 0x75, 0x79, 0x7D,
           0x82, 0x86, 0x8A, 0x8E, 0x92, 0x96, 0x9A, 0x9E, 0xA2, 0xA6, 0xAA, 0xAE, 0xB2, 0xB6, 0xBA, 0xBE,
           0xC2, 0xC6, 0xCA, 0xCE, 0xD2, 0xD7, 0xDB, 0xDF, 0xE3, 0xE7, 0xEB, 0xEF, 0xF3, 0xF7, 0xFB, 0xFF]  # fmt: skip
    every = numpy.arange(256, dtype=numpy.uint8)[None, :, None].repeat(3, 2)
    found = camera.through_rgb565(every)[0]
    assert found[:, 0].tolist() == found[:, 2].tolist() == [five[value >> 3] for value in range(256)]
    assert found[:, 1].tolist() == [six[value >> 2] for value in range(256)]
    replicated = camera.through_rgb565_replicated(every)[0]
    assert replicated[:, 0].tolist() == [(v >> 3) << 3 | v >> 5 for v in range(256)]
    assert replicated[:, 1].tolist() == [(v >> 2) << 2 | v >> 6 for v in range(256)]


# The frame


@pytest.mark.parametrize(
    ("size", "frame", "region"),
    [
        ((640, 480), None, (0, 0, 640, 480)),
        ((640, 480), (240, 240), (80, 0, 480, 480)),
        ((480, 640), (240, 240), (0, 80, 480, 480)),
        ((640, 480), (320, 240), (0, 0, 640, 480)),
        ((640, 427), (320, 240), (35, 0, 569, 427)),  # 427 · 4 / 3 = 569.33
        ((480, 640), (320, 240), (0, 140, 480, 360)),
        ((1, 900), (320, 240), (0, 449, 1, 1)),
    ],
)
def test_the_part_that_the_camera_sees(size, frame, region):
    assert camera.region_of(size, frame) == region


def test_a_large_image_is_averaged_down_to_the_frame():
    pixels = noise(480, 640, 3)
    asked = {"resize": "nearest-float32", "colour": "rgb", "frame": [240, 240]}
    found = camera.view(pixels, 240, 240, asked)
    assert found.frame == (240, 240) and found.region == (80, 0, 480, 480)
    seen = pixels[:, 80:560].astype(float).reshape(240, 2, 240, 2, 3).mean((1, 3))
    assert (found.pixels == numpy.floor(seen + 0.5)).all()


def test_an_image_of_the_camera_itself_is_left_as_it_is():
    pixels = noise(240, 240, 3)
    whole, cut = (
        camera.view(pixels, 192, 192, {"resize": "nearest-float32", "colour": "yuv422", "frame": frame})
        for frame in (None, [240, 240])
    )
    assert (whole.pixels == cut.pixels).all() and whole.region == cut.region and whole.frame == cut.frame == (240, 240)


def test_a_small_image_is_not_enlarged_to_the_frame():
    found = camera.view(noise(60, 100, 3), 96, 96, {"resize": "area-average", "colour": "rgb", "frame": [240, 240]})
    assert found.frame == (60, 60) and found.region == (20, 0, 60, 60) and found.pixels.shape == (96, 96, 3)


def test_a_grey_image_has_no_colour_to_lose():
    found = camera.view(noise(60, 60), 32, 32, {"resize": "nearest-fixed-point", "colour": "rgb565", "frame": None})
    assert found.pixels.shape == (32, 32, 1)
