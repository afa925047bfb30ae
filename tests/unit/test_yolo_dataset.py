"""The data set that Ultralytics' validator gets."""

import io
import json
import tarfile

import numpy
import pytest
from PIL import Image

from pipeline.harness import Refused
from pipeline.validate.yolo_dataset import label_lines, unpack_data


def person(box, keypoints, crowd=0):
    return {"box": box, "area": None, "crowd": crowd, "keypoints": keypoints}


def test_labels_in_pixels_become_parts_of_the_image():
    entry = {"normalised": False, "people": [person([20, 10, 40, 30], [[20, 10, 2], [60, 40, 1], [7, 8, 0]])]}
    (line,) = label_lines(entry, 200, 100)
    assert [float(word) for word in line.split()] == pytest.approx(
        [0, 0.2, 0.25, 0.2, 0.3, 0.1, 0.1, 2, 0.3, 0.4, 1, 0, 0, 0]
    )


def test_labels_that_are_parts_of_the_image_stay():
    entry = {"normalised": True, "people": [person([0.1, 0.2, 0.4, 0.6], [[0.25, 0.5, 2]])]}
    (line,) = label_lines(entry, 640, 480)
    assert [float(word) for word in line.split()] == pytest.approx([0, 0.3, 0.5, 0.4, 0.6, 0.25, 0.5, 2])


def test_what_ultralytics_converter_leaves_out_is_left_out():
    keypoints = [[0.5, 0.5, 2]]
    people = [person([0.1, 0.1, 0.5, 0.5], keypoints, crowd=1), person([0.1, 0.1, 0, 0.5], keypoints)]
    assert list(label_lines({"normalised": True, "people": people}, 10, 10)) == []


def test_a_box_over_the_edge_is_cut():
    """Ultralytics leaves out the whole picture otherwise."""
    entry = {"normalised": False, "people": [person([-10, 50, 60, 60], [[-5, 104, 2]])]}
    (line,) = label_lines(entry, 100, 100)
    assert [float(word) for word in line.split()] == pytest.approx([0, 0.25, 0.75, 0.5, 0.5, 0, 1, 2])


def test_boxes_have_their_class_and_no_keypoints():
    thing = {**person([20, 10, 40, 30], []), "class": 7}
    (line,) = label_lines({"normalised": False, "people": [thing]}, 200, 100)
    assert line == "7 0.2 0.25 0.2 0.3"


def packed(folder, images):
    """A stage's inputs with one person in the middle of every picture; `images` are (name, width, height)."""
    folder.mkdir()
    middle = person([0.25, 0.25, 0.5, 0.5], [[0.5, 0.5, 2]])
    entries = [{"name": name, "normalised": True, "people": [middle]} for name, _, _ in images]
    (folder / "ground-truth.json").write_text(json.dumps({"images": entries}))
    for number, (name, width, height) in enumerate(images):
        content = io.BytesIO()
        suffix = name.rpartition(".")[2].upper()
        Image.fromarray(numpy.zeros((height, width, 3), numpy.uint8)).save(content, suffix.replace("JPG", "JPEG"))
        member = tarfile.TarInfo(name)
        member.size = content.tell()
        content.seek(0)
        with tarfile.open(folder / f"images-{number:04}.tar", "w") as archive:
            archive.addfile(member, content)
    return folder


def test_the_data_set(tmp_path):
    inputs = packed(tmp_path / "inputs", [("z/../a b.PNG", 20, 10), ("c.jpg", 10, 10)])
    path, names = unpack_data(inputs, tmp_path / "data", ["person"], {"kpt_oks_sigmas": [0.5]})
    assert names == ["z/../a b.PNG", "c.jpg"]
    files = sorted(file.relative_to(tmp_path / "data").as_posix() for file in (tmp_path / "data").rglob("*.*"))
    assert files == ["data.yaml", "images/000000.png", "images/000001.jpg", "labels/000000.txt", "labels/000001.txt"]
    assert (tmp_path / "data" / "labels" / "000000.txt").read_text() == "0 0.5 0.5 0.5 0.5 0.5 0.5 2\n"
    assert json.loads(path.read_text())["kpt_oks_sigmas"] == [0.5]


@pytest.mark.parametrize(("name", "side"), [("small.png", 9), ("moving.gif", 20)])
def test_an_image_that_ultralytics_would_leave_out_is_named(tmp_path, name, side):
    with pytest.raises(Refused, match=name):
        unpack_data(packed(tmp_path / "inputs", [(name, side, 20)]), tmp_path / "data", ["person"], {})
