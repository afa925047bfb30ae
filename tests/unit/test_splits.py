import os
from collections import Counter

import pytest
from four_pictures import four_pictures, names

from edgecask.data.dataset import load_dataset
from edgecask.data.splits import images_of
from edgecask.errors import DatasetError


@pytest.fixture
def write(tmp_path):
    return four_pictures(tmp_path)


def test_paths_are_relative_to_the_file(write, tmp_path, monkeypatch):
    path = write(path=None)
    monkeypatch.chdir("/")
    assert load_dataset(path).splits["val"] == (tmp_path / "images" / "val" / "d.webp",)
    other = tmp_path / "elsewhere" / "data.yaml"
    other.parent.mkdir()
    other.write_text(path.read_text() + "path: ..\n")
    assert names(load_dataset(other), "val") == ["d.webp"]


def test_a_path_that_is_not_beside_the_file_is_looked_for_where_one_stands(write, tmp_path, monkeypatch):
    path = write(path="images")
    path.write_text(path.read_text().replace("images/train", "train").replace("images/val", "val"))
    moved = tmp_path / "elsewhere" / "data.yaml"
    moved.parent.mkdir()
    path.rename(moved)
    monkeypatch.chdir(tmp_path)
    assert names(load_dataset(moved), "val") == ["d.webp"]


def test_one_folder_too_high_as_roboflow_writes_it(write, tmp_path):
    path = write(train="../images/train", val="../images/val")
    assert names(load_dataset(path), "train") == ["a.PNG", "b.jpg", "c.jpeg"]
    sub = tmp_path / "sub" / "data.yaml"
    sub.parent.mkdir()
    sub.write_text(path.read_text())
    assert names(load_dataset(sub), "val") == ["d.webp"]  # where it is really one higher
    with pytest.raises(DatasetError, match="does not exist"):
        load_dataset(write(train=["../images/train"]))  # as Ultralytics: no second try in a list


def test_a_tilde_is_the_users_folder(write, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "list.txt").write_text("~/images/val/d.webp\n")
    dataset = load_dataset(write(path="/", train="~/images/train", val="~/list.txt"))
    assert names(dataset, "train") == ["a.PNG", "b.jpg", "c.jpeg"] and names(dataset, "val") == ["d.webp"]
    assert names(load_dataset(write(path="~")), "val") == ["d.webp"]


def test_hidden_files_are_no_images_and_others_are_counted(write, tmp_path):
    for name in ("._b.jpg", ".cache/e.jpg", "f.gif", "g.NEF"):
        (tmp_path / "images" / "train" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "images" / "train" / name).write_bytes(b"x")
    dataset = load_dataset(write())
    assert names(dataset, "train") == ["a.PNG", "b.jpg", "c.jpeg"]
    assert dataset.left_out == {".gif": 1, ".nef": 1}


def test_lists_of_folders_list_files_and_single_images(write, tmp_path):
    (tmp_path / "images" / "list.txt").write_text("./val/d.webp\n\ntrain/b.jpg\n./train/b.jpg\n")
    assert names(load_dataset(write(train="images/list.txt")), "train") == ["b.jpg", "d.webp"]
    assert names(load_dataset(write(train=["images/train", "images/val"])), "train") == [
        "a.PNG", "b.jpg", "c.jpeg", "d.webp",
    ]  # fmt: skip
    assert names(load_dataset(write(train=["images/list.txt", "images/train/a.PNG"])), "train") == [
        "a.PNG", "b.jpg", "d.webp",
    ]  # fmt: skip


def test_a_folder_without_images(write, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="val holds no picture"):
        load_dataset(write(val="empty"))


def test_links_to_folders_are_followed_and_loops_end(write, tmp_path):
    os.symlink(tmp_path / "images" / "val", tmp_path / "images" / "train" / "linked")
    os.symlink(tmp_path / "images" / "train", tmp_path / "images" / "train" / "deep" / "loop")
    os.symlink("round", tmp_path / "round")
    assert names(load_dataset(write()), "train") == ["a.PNG", "b.jpg", "c.jpeg", "d.webp"]
    with pytest.raises(DatasetError, match="round"):
        load_dataset(write(train="round"))


def test_an_export_leads_nowhere_else_and_may_lack_a_split_that_it_names(write, tmp_path):
    left_out = Counter()
    path, root = write(), tmp_path / "images"
    assert images_of(root, "../test/images", "test", path, left_out, tmp_path) == ()
    with pytest.raises(DatasetError, match="lies outside of the data set"):
        images_of(root, "../images/val", "val", path, left_out, root / "train")
    (tmp_path / "list.txt").write_text("/elsewhere/a.png\n")
    with pytest.raises(DatasetError, match="lies outside of the data set"):
        images_of(tmp_path, "list.txt", "val", path, left_out, tmp_path)
