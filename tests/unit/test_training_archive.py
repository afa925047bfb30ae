import os
import tarfile

import pytest
from PIL import Image

from edgecask.data.dataset import load_dataset
from edgecask.errors import DatasetError
from edgecask.training.archive import pack_data


@pytest.fixture
def data(tmp_path):
    for split, names in (("train", ["b c.PNG", "a.png", "ünlabelled.png"]), ("val", ["a.png"])):
        for kind in ("images", "labels"):
            (tmp_path / split / kind).mkdir(parents=True)
        for name in names:
            Image.new("RGB", (4, 4)).save(tmp_path / split / "images" / name, format="PNG")
            if name.isascii():
                label = (tmp_path / split / "labels" / name).with_suffix(".txt")
                label.write_text(f"0 .5 .5 1 1 .5 .5 {1 if split == 'val' else 2}")
    (tmp_path / "data.yaml").write_text("train: train\nval: val\nkpt_shape: [1, 3]\nnames: [person]\n")
    return tmp_path / "data.yaml"


def members(path):
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def test_images_keep_their_order_and_their_labels(data, tmp_path):
    packed = pack_data(load_dataset(data), tmp_path / "data.tar")
    found = members(packed.archive.path)
    assert list(found) == [
        "train/images/000000-a.png", "train/labels/000000-a.txt",
        "train/images/000001-b_c.png", "train/labels/000001-b_c.txt",
        "train/images/000002-_nlabelled.png",
        "val/images/000000-a.png", "val/labels/000000-a.txt",
    ]  # fmt: skip
    assert found["val/labels/000000-a.txt"].endswith(b" 1")
    assert packed.images == {"train": 3, "val": 1}


def test_the_same_files_give_the_same_bytes(data, tmp_path):
    first = pack_data(load_dataset(data), tmp_path / "1.tar").archive
    for path in data.parent.rglob("*"):
        os.utime(path, (1, 1))
    assert pack_data(load_dataset(data), tmp_path / "2.tar").archive.sha256 == first.sha256
    (data.parent / "train" / "labels" / "a.txt").write_text("")
    assert pack_data(load_dataset(data), tmp_path / "3.tar").archive.sha256 != first.sha256


def test_nothing_to_validate_on_is_refused(data, tmp_path):
    data.write_text(data.read_text().replace("val: val\n", ""))
    with pytest.raises(DatasetError, match="split val"):
        pack_data(load_dataset(data), tmp_path / "data.tar")


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_split_without_a_label_is_refused(data, tmp_path, split):
    for path in (data.parent / split / "labels").iterdir():
        path.write_text("\n")
    with pytest.raises(DatasetError, match=rf"nobody is labelled in {split}\. Label people; .*{split}/labels/a\.txt"):
        pack_data(load_dataset(data), tmp_path / "data.tar")


@pytest.mark.parametrize("content", ["0 .5 .5 1 1 .5", "0 .5 .5 1 1 .5 1.5 2", "1 .5 .5 1 1 .5 .5 2"])
def test_labels_that_ultralytics_would_leave_out_with_their_image_are_refused(data, tmp_path, content):
    (data.parent / "val" / "labels" / "a.txt").write_text(f"\n{content}\n")
    with pytest.raises(DatasetError, match=r"val/labels/a\.txt, line 2: .*check-data"):
        pack_data(load_dataset(data), tmp_path / "data.tar")


def test_the_users_files_are_known_by_their_names_in_the_archive(data, tmp_path):
    names = pack_data(load_dataset(data), tmp_path / "data.tar").names
    assert names["train/images/000001-b_c.png"] == data.parent / "train" / "images" / "b c.PNG"
    assert len(names) == 4
