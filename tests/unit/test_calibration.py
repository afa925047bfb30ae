import os

import pytest

from edgecask.data.calibration import find_calibration, images_in, pack_images
from edgecask.errors import CalibrationError
from edgecask.store.image_archives import pack
from edgecask.store.store import Store


def test_any_common_format_and_letter_case_in_sorted_order(tmp_path):
    for name in ("b.JPG", "a.jpeg", "sub/c.PNG", "d.webp", "e.TiFf", "f.MPO", "g.avif", "notes.txt", "._a.jpeg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    names = [path.relative_to(tmp_path).as_posix() for path in find_calibration(tmp_path).images]
    assert names == ["a.jpeg", "b.JPG", "d.webp", "e.TiFf", "f.MPO", "g.avif", "sub/c.PNG"]


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: None, lambda p: p.write_bytes(b"")])
def test_nothing_to_calibrate_with_is_an_error(tmp_path, make):
    folder = tmp_path / "images"
    make(folder)
    with pytest.raises(CalibrationError, match="images"):
        find_calibration(folder)


def test_images_that_were_left_out_are_named_with_their_number(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("a.HEIC", "b.heic", "c.nef"):
        (folder / name).write_bytes(b"x")
    with pytest.raises(CalibrationError, match=r"holds no picture.*it holds 2 \.heic, 1 \.nef"):
        pack_images(Store(tmp_path / "store"), folder)
    (folder / "d.jpg").write_bytes(b"x")
    packed = pack_images(Store(tmp_path / "store"), folder)
    assert packed.count == 1
    assert packed.warning().startswith("3 of 4 pictures were left out of calibration (2 .heic, 1 .nef)")
    for path in folder.glob("[abc]*"):
        path.unlink()
    assert pack_images(Store(tmp_path / "store"), folder).warning() == ""


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    os.symlink("gone.jpg", folder / "a.jpg")
    with pytest.raises(CalibrationError, match=r"a\.jpg, a calibration picture, cannot be read"):
        pack_images(Store(tmp_path / "store"), folder)


def test_the_archive_depends_on_names_and_contents_alone(tmp_path):
    store = Store(tmp_path / "store")
    digests = []
    for time in (1, 2):
        folder = tmp_path / f"images{time}"
        folder.mkdir()
        for name in ("b.png", "a.png") if time == 1 else ("a.png", "b.png"):
            (folder / name).write_bytes(name.encode())
            os.utime(folder / name, (time, time))
        packed = pack_images(store, folder)
        assert packed.count == 2
        digests.append(packed.archive.sha256)
    assert digests[0] == digests[1]
    (tmp_path / "images1" / "a.png").write_bytes(b"other")
    assert pack_images(store, tmp_path / "images1").archive.sha256 != digests[0]


def test_names_that_are_no_text_are_escaped(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"x")
    packed = pack_images(Store(tmp_path / "store"), folder)
    assert images_in(packed.archive) == ["caf\\xe9.jpg"]


def test_the_images_of_an_archive(tmp_path):
    for name in ("a.png", "c.jpg", "b.txt"):
        (tmp_path / name).write_bytes(name.encode())
    named = [(f"images/{name}", tmp_path / name) for name in ("c.jpg", "b.txt", "a.png")]
    assert images_in(pack(Store(tmp_path / "store"), named).archive) == ["images/a.png", "images/c.jpg"]
