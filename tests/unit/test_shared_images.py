"""Pictures as files have them, read by what all programs read them with."""

import io
import tarfile

import numpy
import pytest
from PIL import Image

from pipeline.harness import Refused
from pipeline.shared.images import UnreadableError, decode, read_image, unpacked

RAMP = numpy.linspace(0, 65535, 32 * 24).reshape(24, 32).astype(numpy.uint16)
COLOURS = numpy.stack([numpy.tile(numpy.arange(0, 256, 8, numpy.uint8), (24, 1))] * 3, 2) * numpy.uint8([1, 1, 0])


def saved(image, kind, **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    content.seek(0)
    return content


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG2000"])
def test_sixteen_bits_keep_their_high_byte(kind):
    """As training's decoder does; Pillow's own conversion gives white for all that is above 255."""
    image = read_image(saved(Image.fromarray(RAMP), kind), 3)
    assert image.mode == "RGB"
    assert (numpy.asarray(image)[..., 1] == RAMP >> 8).all()
    assert (numpy.asarray(read_image(saved(Image.fromarray(RAMP), kind), 1)) == RAMP >> 8).all()


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiff_files_of_an_archive(tmp_path, compression):
    """Pillow hands these to libtiff, which asks for the file's descriptor: a member of an archive has none."""
    content = saved(Image.fromarray(COLOURS), "TIFF", compression=compression)
    with tarfile.open(tmp_path / "images.tar", "w") as archive:
        member = tarfile.TarInfo("a.tif")
        member.size = len(content.getvalue())
        archive.addfile(member, content)
    ((name, image),) = unpacked(tmp_path / "images.tar", 3, kind="calibration")
    assert name == "a.tif" and (numpy.asarray(image) == COLOURS).all()


def test_sixteen_bits_of_a_graymap():
    content = io.BytesIO(b"P5 32 24 65535\n" + RAMP.astype(">u2").tobytes())
    assert (numpy.asarray(read_image(content, 1)) == RAMP >> 8).all()


@pytest.mark.parametrize("values", [RAMP.astype(numpy.float32) / 65535, RAMP.astype(numpy.int32)])
def test_values_without_a_range_are_refused(values):
    with pytest.raises(UnreadableError, match="32 bits"):
        read_image(saved(Image.fromarray(values), "TIFF"), 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "MPO", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_images_come_upright(kind, mode, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to the right
    content = saved(Image.fromarray(COLOURS).convert(mode), kind, exif=exif)
    assert read_image(content, 3).size == (24, 32)
    path = tmp_path / "picture"  # Pillow maps files into memory, and those are turned alike
    path.write_bytes(content.getvalue())
    with path.open("rb") as stream:
        assert read_image(stream, 3).size == (24, 32)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_other_modes_become_colours(mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert read_image(saved(Image.fromarray(COLOURS).convert(mode), kind), 3).mode == "RGB"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"<html>", "no picture of a known kind"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC picture, save it as JPEG"),
        (saved(Image.fromarray(COLOURS), "PNG").getvalue()[:60], "cannot be decoded"),
    ],
)
def test_the_reason_is_said(content, said):
    with pytest.raises(UnreadableError, match=said):
        read_image(io.BytesIO(content), 3)
    with pytest.raises(Refused, match=rf"a\.jpg in the data set cannot be used: .*{said}"):
        decode("a.jpg", io.BytesIO(content), 3, kind="dataset")


def test_all_that_cannot_be_read_is_counted(tmp_path):
    path = tmp_path / "images.tar"
    contents = {"b.jpg": b"", "c.jpg": b"x", "a.png": saved(Image.fromarray(COLOURS), "PNG").getvalue()}
    with tarfile.open(path, "w") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    found = unpacked(path, 3, kind="calibration")
    assert next(found)[0] == "a.png"
    with pytest.raises(Refused, match=r"2 of 3 pictures in the calibration images cannot be used; b\.jpg: it is empty"):
        next(found)
