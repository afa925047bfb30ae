import os
from pathlib import Path

import pytest

from edgecask.data import image_folder
from edgecask.data.image_folder import IMAGE_SUFFIXES, READABLE_SUFFIXES, describe_left_out, find_images


@pytest.fixture
def folder(tmp_path):
    def make(*names):
        for name in names:
            path = tmp_path / "pictures" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        return tmp_path / "pictures"

    return make


def names(found):
    return [path.name for path in found.images]


def test_images_of_any_depth_and_letter_case_in_order(folder):
    found = find_images(folder("b.jpg", "a.PNG", "deep/c.mpo", "deep/d.AVIF", "notes.txt"), IMAGE_SUFFIXES)
    assert names(found) == ["a.PNG", "b.jpg", "c.mpo", "d.AVIF"] and not found.left_out


def test_what_macos_and_editors_hide_is_no_image(folder):
    found = find_images(folder("a.jpg", "._a.jpg", ".DS_Store", ".thumbnails/b.jpg", ".c.jpg"), IMAGE_SUFFIXES)
    assert names(found) == ["a.jpg"] and not found.left_out


def test_what_is_left_out_is_counted(folder):
    found = find_images(folder("a.jpg", "b.HEIC", "c.heic", "d.svg", "e.txt"), READABLE_SUFFIXES)
    assert names(found) == ["a.jpg"]
    assert describe_left_out(found.left_out) == "2 .heic, 1 .svg"


def test_links_are_followed_once(folder, tmp_path):
    root = folder("a.jpg")
    (tmp_path / "session1").mkdir()
    (tmp_path / "session1" / "b.jpg").write_bytes(b"x")
    os.symlink(tmp_path / "session1", root / "session1")
    os.symlink(tmp_path / "session1", root / "session2")
    os.symlink(root, root / "loop")
    os.symlink("gone.jpg", root / "broken.jpg")
    found = find_images(root, READABLE_SUFFIXES)
    assert names(found) == ["a.jpg", "broken.jpg", "b.jpg"]  # who needs the broken one names it
    assert found.images[2] == root / "session1" / "b.jpg"  # under the name that the user sees


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_no_empty_one(folder):
    root = folder("a.jpg", "closed/b.jpg")
    (root / "closed").chmod(0)
    with pytest.raises(PermissionError):
        find_images(root, READABLE_SUFFIXES)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="there is no /proc")
def test_a_search_stays_on_its_file_system_and_has_an_end(folder, monkeypatch):
    for place in (Path("/proc/self"), Path("/proc/self/task")):
        with pytest.raises(OSError, match="another file system"):
            find_images(place, IMAGE_SUFFIXES)
    images = folder("a.png", "b.png", "c.png")
    (images / "all").symlink_to("/proc")
    with pytest.raises(OSError, match="another file system than"):
        find_images(images, IMAGE_SUFFIXES)
    (images / "all").unlink()
    monkeypatch.setattr(image_folder, "MOST_FILES", 2)
    with pytest.raises(OSError, match="more than 2 files"):
        find_images(images, IMAGE_SUFFIXES)
