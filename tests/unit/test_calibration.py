import os

import pytest

from edgecask.data.calibration import find_images, names_in, pack, pack_images, repack
from edgecask.errors import CalibrationError
from edgecask.store.store import Store


def test_any_common_format_and_letter_case_in_sorted_order(tmp_path):
    for name in ("b.JPG", "a.jpeg", "sub/c.PNG", "d.webp", "e.TiFf", "notes.txt", ".DS_Store"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    names = [path.relative_to(tmp_path).as_posix() for path in find_images(tmp_path)]
    assert names == ["a.jpeg", "b.JPG", "d.webp", "e.TiFf", "sub/c.PNG"]


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: None, lambda p: p.write_bytes(b"")])
def test_nothing_to_calibrate_with_is_an_error(tmp_path, make):
    folder = tmp_path / "images"
    make(folder)
    with pytest.raises(CalibrationError, match="images"):
        find_images(folder)


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


def test_some_pictures_of_an_archive_make_another(tmp_path):
    store = Store(tmp_path / "store")
    for name in ("a.png", "c.jpg", "b.png", "b.txt"):
        (tmp_path / name).write_bytes(name.encode())
    everything = pack(store, [(f"images/{name}", tmp_path / name) for name in ("c.jpg", "b.txt", "b.png", "a.png")])
    assert names_in(everything) == ["images/a.png", "images/b.png", "images/c.jpg"]
    some = repack(store, everything, {"images/c.jpg", "images/a.png"})
    assert some == pack(store, [(f"images/{name}", tmp_path / name) for name in ("c.jpg", "a.png")])
