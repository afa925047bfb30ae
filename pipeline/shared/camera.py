"""A picture → what the device's network is given: the camera's frame, its form of colour, the firmware's resize.

Used by prepare.py (calibration) and detect.py (evaluation), so that both see the same. Which of these a device does is
data of its target (targets/NAME/target.toml, [camera] and [input]). Needs numpy alone. Every formula is integer or
element by element, so that the same picture gives the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

Array = numpy.ndarray
WHITE = 255


@dataclass(frozen=True, kw_only=True)
class View:
    """What the network is given of a picture.

    `pixels` are uint8 (height, width, C); `region` is the part of the picture that is seen, (left, top, width, height)
    in its pixels; `frame` is (width, height) of that part in the firmware's pixels, in which it prints coordinates.
    """

    pixels: Array
    region: tuple[int, int, int, int]
    frame: tuple[int, int]


# Resizes: (H, W, C) uint8 → (height, width, C) uint8, the aspect ratio is given up.


def nearest_float32(pixels: Array, height: int, width: int) -> Array:
    """The source pixel at ⌊index · (source / size)⌋, with both operations in single precision.

    SSCMA-Micro, core/utils/el_cv.cpp, yuv422p_to_rgb (ff48a1c; the Grove's camera delivers YUV).
    """

    def index(source: int, size: int) -> Array:
        step = numpy.float32(source) / numpy.float32(size)
        return (numpy.arange(size, dtype=numpy.float32) * step).astype(numpy.int64)

    return numpy.asarray(pixels[index(pixels.shape[0], height)][:, index(pixels.shape[1], width)])


def nearest_fixed_point(pixels: Array, height: int, width: int) -> Array:
    """The source pixel at (index · ⌊source · 2¹⁶ / size⌋) >> 16.

    SSCMA-Micro, core/utils/el_cv.cpp, rgb565_to_rgb888 (the same in fb0c6ed and ff48a1c; the XIAO's camera delivers
    RGB565). Where source / size is no binary fraction, multiples of it fall one pixel short.
    """

    def index(source: int, size: int) -> Array:
        return (numpy.arange(size, dtype=numpy.int64) * ((source << 16) // size)) >> 16

    return numpy.asarray(pixels[index(pixels.shape[0], height)][:, index(pixels.shape[1], width)])


def nearest_exact(pixels: Array, height: int, width: int) -> Array:
    """The source pixel at ⌊index · source / size⌋, without rounding.

    Nuvoton's imlib_nvt_scale (M55M1BSP, ThirdParty/openmv/omv/imlib/imlib_nvt.c @c5b61ba) counts there by a digital
    differential analyser: of pixel i as many are made as there are indices with i ≤ index · source / size < i + 1.
    """

    def index(source: int, size: int) -> Array:
        return numpy.arange(size, dtype=numpy.int64) * source // size

    return numpy.asarray(pixels[index(pixels.shape[0], height)][:, index(pixels.shape[1], width)])


def bilinear_aligned_corners(pixels: Array, height: int, width: int) -> Array:
    """Bilinear, the corners' centres lie on each other: position = index · (source − 1) / (size − 1).

    Rows first, rounded to whole numbers, then columns, rounded again, in single precision. Himax'
    hx_lib_image_resize_BGR8U3C_to_RGB24_helium (d3265e2, prebuilt_libs/gnu/lib_img_proc.a); cvapp_yolov8_pose.cpp
    gives it these scales.
    """
    one, half = numpy.float32(1), numpy.float32(0.5)

    def along(source: int, size: int) -> tuple[Array, Array, Array]:
        step = numpy.float32(source - 1) / numpy.float32(max(size - 1, 1))
        position = numpy.arange(size, dtype=numpy.float32) * step
        low = position.astype(numpy.int64)
        return low, numpy.minimum(low + 1, source - 1), (position - low.astype(numpy.float32)).astype(numpy.float32)

    left, right, part = along(pixels.shape[1], width)
    values, part = pixels.astype(numpy.float32), part[None, :, None]
    rows = numpy.floor(values[:, left] * (one - part) + values[:, right] * part + half)
    top, bottom, part = along(pixels.shape[0], height)
    part = part[:, None, None]
    return numpy.asarray(numpy.floor(rows[top] * (one - part) + rows[bottom] * part + half), numpy.uint8)


def bilinear_half_shift(pixels: Array, height: int, width: int) -> Array:
    """Bilinear between two pixels, half a pixel back whatever the scale: position = index · source / size − ½.

    OpenMV's imlib_draw_image (lib/imlib/draw.c:3285 of openmv @cbbb877), which so takes pixels from up and left where
    it reduces; a picture of the same size it copies. It computes in whole numbers of RGB565, which is not done here.
    """
    if pixels.shape[:2] == (height, width):
        return pixels
    return _bilinear(pixels, height, width, centre=0.0)


def bilinear_half_pixel(pixels: Array, height: int, width: int) -> Array:
    """Bilinear between two pixels, pixel centres at halves: position = (index + ½) · source / size − ½.

    GStreamer's videoscale as it is set by itself, which ST's application for the STM32MP2 leaves so
    (pose_estimation.py, 46924c0), and OpenCV's INTER_LINEAR, which ST's quantiser asks for (tflite_quant.py). Both
    compute with shorter numbers: GStreamer 1.22's pixels are up to 1 of 255 off these.
    """
    return _bilinear(pixels, height, width, centre=0.5)


def _bilinear(pixels: Array, height: int, width: int, *, centre: float) -> Array:
    def along(source: int, size: int) -> tuple[Array, Array, Array]:
        position = (numpy.arange(size) + centre) * source / size - 0.5
        low = numpy.floor(position)
        ends = [numpy.clip(low + offset, 0, source - 1).astype(numpy.int64) for offset in (0, 1)]
        return ends[0], ends[1], position - low

    left, right, part = along(pixels.shape[1], width)
    values, part = pixels.astype(numpy.float64), part[None, :, None]
    rows = values[:, left] * (1 - part) + values[:, right] * part
    top, bottom, part = along(pixels.shape[0], height)
    part = part[:, None, None]
    return numpy.asarray(numpy.floor(rows[top] * (1 - part) + rows[bottom] * part + 0.5), numpy.uint8)


def area_average(pixels: Array, height: int, width: int) -> Array:
    """Each pixel is the mean of what it covers, parts of pixels included, rounded to the nearest whole number."""
    total = pixels.shape[0] * pixels.shape[1]
    sums = _covered(_covered(pixels.astype(numpy.int64), height).swapaxes(0, 1), width).swapaxes(0, 1)
    return numpy.asarray((2 * sums + total) // (2 * total), numpy.uint8)


def _covered(values: Array, size: int) -> Array:
    """Sums along the first axis over `size` equal parts of it, times `size`: whole numbers, so nothing is rounded."""
    source = values.shape[0]
    before = numpy.concatenate([numpy.zeros_like(values[:1]), numpy.cumsum(values, 0)])
    whole, rest = numpy.divmod(numpy.arange(size + 1, dtype=numpy.int64) * source, size)
    here = values[numpy.minimum(whole, source - 1)]
    up_to = size * before[whole] + rest.reshape(-1, *(1,) * (values.ndim - 1)) * here
    return numpy.asarray(numpy.diff(up_to, axis=0))


RESIZES: dict[str, Callable[[Array, int, int], Array]] = {
    "nearest-float32": nearest_float32,
    "nearest-fixed-point": nearest_fixed_point,
    "nearest-exact": nearest_exact,
    "bilinear-aligned-corners": bilinear_aligned_corners,
    "bilinear-half-shift": bilinear_half_shift,
    "bilinear-half-pixel": bilinear_half_pixel,
    "area-average": area_average,
}


# Colour on its way from the sensor to the network: (H, W, 3) uint8 → the same.


def through_yuv422(pixels: Array) -> Array:
    """To planar Y, Cb, Cr with one pair of chroma for two columns, and back by the firmware's formula.

    The way back is SSCMA-Micro's yuv422p_to_rgb (core/utils/el_cv.cpp, ff48a1c): whole numbers, divisions towards zero.
    The way there happens in the WE2's demosaicing hardware, about which nothing is published; JPEG's formula (ITU-T
    T.871) and the mean of the two pixels are an inference.
    """
    red, green, blue = numpy.moveaxis(pixels.astype(numpy.float64), 2, 0)
    luma = numpy.floor(0.299 * red + 0.587 * green + 0.114 * blue + 0.5).astype(numpy.int64)
    difference_blue = -0.168735892 * red - 0.331264108 * green + 0.5 * blue
    difference_red = 0.5 * red - 0.418687589 * green - 0.081312411 * blue
    cb, cr = (_of_column_pairs(plane) for plane in (difference_blue, difference_red))
    return numpy.stack(
        [
            luma + _towards_zero(14065 * cr, 10000),
            luma - _towards_zero(3455 * cb, 10000) - _towards_zero(7169 * cr, 10000),
            luma + _towards_zero(17790 * cb, 10000),
        ],
        2,
    ).clip(0, WHITE).astype(numpy.uint8)  # fmt: skip


def _of_column_pairs(plane: Array) -> Array:
    """The rounded mean of columns 0 and 1, 2 and 3, …, at both; as eight bits around 128 hold it, less 128."""
    width = plane.shape[1]
    padded = numpy.pad(plane, ((0, 0), (0, width % 2)), mode="edge")
    means = numpy.floor((padded[:, 0::2] + padded[:, 1::2]) / 2 + 0.5).clip(-128, 127)
    return numpy.repeat(means, 2, axis=1)[:, :width].astype(numpy.int64)


def _towards_zero(values: Array, divisor: int) -> Array:
    """Integer division as C does it."""
    return numpy.asarray(numpy.sign(values) * (numpy.abs(values) // divisor))


def through_rgb565(pixels: Array) -> Array:
    """Five, six and five bits a colour, then the nearest of 255 steps, as the firmware's tables have it.

    SSCMA-Micro, core/utils/el_cv.cpp, RGB565_TO_RGB888_LOOKUP_TABLE_5 and _6. That the sensor cuts the lower bits off
    is an inference.
    """
    most = numpy.array([31, 63, 31])
    return numpy.asarray((2 * WHITE * _rgb565(pixels) + most) // (2 * most), numpy.uint8)


def through_rgb565_replicated(pixels: Array) -> Array:
    """Five, six and five bits a colour, then the upper bits once more below them.

    So GStreamer unpacks RGB16, and so do OpenMV's COLOR_RGB565_TO_R8 and its like (imlib.h; M55M1BSP @c5b61ba).
    """
    bits = _rgb565(pixels)
    return numpy.asarray((bits << numpy.array([3, 2, 3])) | (bits >> numpy.array([2, 4, 2])), numpy.uint8)


def _rgb565(pixels: Array) -> Array:
    return numpy.asarray(pixels.astype(numpy.int64) >> numpy.array([3, 2, 3]))


COLOURS: dict[str, Callable[[Array], Array]] = {
    "rgb": numpy.asarray,
    "yuv422": through_yuv422,
    "rgb565": through_rgb565,
    "rgb565-replicated": through_rgb565_replicated,
}


def region_of(size: tuple[int, int], frame: tuple[int, int] | None) -> tuple[int, int, int, int]:
    """The part of a picture of this size (width, height) that a camera with such a frame sees.

    It is the largest one with the frame's aspect ratio around the centre, and all of the picture without a frame.
    """
    width, height = size
    if frame is None:
        return 0, 0, width, height
    # Rounded half up; a side is never longer than the picture's.
    across = min(width, (2 * height * frame[0] + frame[1]) // (2 * frame[1]))
    down = min(height, (2 * width * frame[1] + frame[0]) // (2 * frame[0]))
    return (width - across) // 2, (height - down) // 2, max(across, 1), max(down, 1)


def view(pixels: Array, height: int, width: int, camera: dict[str, Any]) -> View:
    """What a network with an input of `height` × `width` pixels is given of a picture, (H, W, C) or grey (H, W).

    `camera` is {"resize": a key of RESIZES, "colour": a key of COLOURS, "frame": [width, height] in pixels or null}.
    With a frame the picture stands for what is before the camera: its part with the frame's aspect ratio is averaged
    down to the frame's pixels, as the sensors bin theirs; a smaller one is left as it is. Without, the whole picture
    stands for the frame.
    """
    frame = tuple(camera["frame"]) if camera["frame"] else None
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    left, top, across, down = region = region_of((pixels.shape[1], pixels.shape[0]), frame)
    seen = pixels[top : top + down, left : left + across]
    if frame is not None and (across > frame[0] or down > frame[1]):
        seen = area_average(seen, min(down, frame[1]), min(across, frame[0]))
    shape = seen.shape[1], seen.shape[0]
    if seen.shape[2] > 1:  # a grey picture has no colour to lose
        seen = COLOURS[camera["colour"]](seen)
    return View(pixels=RESIZES[camera["resize"]](seen, height, width), region=region, frame=shape)
