"""A data.yaml's data set made anew; whole zips are in test_exported.py."""

import pytest

from edgecask.data.conversion import ConvertRequest
from edgecask.data.images import ImageFile
from edgecask.data.yolo import convert_described
from edgecask.errors import DatasetError


@pytest.fixture
def make(tmp_path):
    def call(line, description, *, problem="", **options):
        folder = tmp_path / "in"
        for name in ("images/deep", "labels/deep"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for at in range(4):
            (folder / f"images/deep/{at}.jpg").write_bytes(bytes([at]))
            (folder / f"labels/deep/{at}.txt").write_text(f"{line}\n")
        (folder / "images" / "top.jpg").write_bytes(b"top")
        path = folder / "data.yaml"
        path.write_text(f"train: images\n{description}\n")

        def inspect(images):
            return {
                image: ImageFile(sha256="", width=9, height=9, problem=problem if image.name == "0.jpg" else "")
                for image in images
            }

        request = ConvertRequest(sources=(), output=tmp_path / "out", validation_share=0.2, **options)
        return convert_described(path, folder, request, inspect), tmp_path / "out"

    return call


def test_folders_are_kept_and_pictures_without_labels_are_background(make):
    conversion, out = make("0 0.5 0.5 0.1 0.1", "names: [a]")
    assert conversion.images == {"train": 4, "val": 1} and conversion.labelled == 4
    assert len(list(out.glob("images/*/deep/*.jpg"))) == 4
    (background,) = out.glob("labels/*/top.txt")
    assert background.read_text() == ""


def test_roundings_of_keypoints_are_cut_and_constants_kept(make):
    description = "names: [a]\nkpt_shape: [1, 3]\nkpt_oks_sigmas: [0.1]\nflip_idx: [0]"
    _, out = make("0 0.5 0.5 0.1 0.1 1.005 -0.005 2", description)
    assert next(out.glob("labels/*/deep/1.txt")).read_text() == (
        "0 0.500000 0.500000 0.100000 0.100000 1.000000 0.000000 2\n"
    )
    assert "kpt_oks_sigmas: [0.1]" in (out / "data.yaml").read_text()


def test_labels_without_keypoints_are_no_pose_data(make):
    with pytest.raises(DatasetError, match="has no kpt_shape"):
        make("0 0.5 0.5 0.1 0.1", "names: [a]", task="pose")


def test_a_picture_that_cannot_be_decoded(make):
    with pytest.raises(DatasetError, match=r"1 of 5 pictures cannot be used.*0\.jpg: it is empty"):
        make("0 0.5 0.5 0.1 0.1", "names: [a]", problem="it is empty")
    conversion, out = make("0 0.5 0.5 0.1 0.1", "names: [a]", problem="it is empty", skip_missing=True)
    assert conversion.unusable == 1 and not list(out.glob("*/*/deep/0.*"))
