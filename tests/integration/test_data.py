"""Data sets through the commands and the real environments."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from locations import REPOSITORY
from PIL import Image

from edgecask.data import images
from edgecask.data.coco import convert
from edgecask.data.conversion import ConvertRequest, Source
from edgecask.data.dataset import label_path, read_dataset
from edgecask.data.label_files import read_labels
from edgecask.errors import DatasetError


@pytest.fixture(scope="module")
def invoke(session_directories):
    def call(*arguments, cwd) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "invoke", "--search-root", REPOSITORY, *arguments],
            cwd=cwd, capture_output=True, text=True, check=False,
            env={**os.environ, "EDGECASK_STORE": str(session_directories.store)},
        )  # fmt: skip

    return call


@pytest.fixture(scope="module")
def demo(invoke, tmp_path_factory):
    """By runner: a folder with demo data and its contact sheet, and what the commands printed."""
    made = {}

    def get(runner):
        if runner not in made:
            folder = tmp_path_factory.mktemp(f"data-{runner}")
            options = ("--count=100", "--val=12", "--imgsz=96", f"--runner={runner}")
            done = invoke("make-demo-data", *options, cwd=folder)
            assert done.returncode == 0, done.stderr
            checked = invoke("check-data", "demo-data/data.yaml", "--target=grove", f"--runner={runner}", cwd=folder)
            made[runner] = (folder, done.stdout, checked)
        return made[runner]

    return get


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_both_runners_make_the_same_bytes(demo, engine_or_skip):
    made = [demo(runner) for runner in ("venv", "docker")]
    first, second = (digests(folder) for folder, _, _ in made)
    assert first == second
    assert {"contact-sheet.png", "demo-data/data.yaml", "demo-data/images/train/000099.jpg"} <= set(first)
    line = [[line for line in printed.splitlines() if line.startswith("sha256")] for _, printed, _ in made]
    assert line[0] == line[1] and len(line[0]) == 1


def test_demo_data_passes_its_check(demo, runner):
    _, _, checked = demo(runner.name)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "no error was found" in checked.stdout
    assert "right ankle" in checked.stdout


def test_a_bad_data_set_ends_with_its_code(demo, invoke):
    folder = demo("venv")[0]
    image = folder / "demo-data" / "images" / "val" / "000003.jpg"
    content = image.read_bytes()
    try:
        image.write_bytes(content[: len(content) // 2])
        done = invoke("check-data", "demo-data/data.yaml", "--runner=venv", cwd=folder)
    finally:
        image.write_bytes(content)
    assert done.returncode == 24 and "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("error: demo-data/data.yaml has 1 kind of errors")
    assert "images/val/000003.jpg: it cannot be decoded" in done.stdout


@pytest.mark.parametrize("task", ["pose", "detect"])
def test_a_conversion_is_what_ultralytics_makes(environment_python, execution, tmp_path, task):
    """Random labels of three classes, with every case that its converter treats in a way of its own."""
    numbers = random.Random(0)
    (tmp_path / "pictures").mkdir()
    entries, annotations = [], []
    for index in range(48):
        entries.append({"id": index + 7, "file_name": f"{index}.png", "width": 90 + index, "height": 70})
        Image.new("RGB", (90 + index, 70), (index, 0, 0)).save(tmp_path / "pictures" / f"{index}.png")
        for _ in range(index % 4):
            keypoints = []
            for _ in range(5):
                visibility = numbers.choice([0, 1, 2])
                keypoints += [numbers.randrange(90), numbers.randrange(70), visibility] if visibility else [0, 0, 0]
            width = numbers.choice([0, 20.5, 30, 40])
            annotations.append(
                {
                    "image_id": index + 7,
                    "category_id": numbers.choice([1, 2, 3]),
                    "bbox": [numbers.randrange(40), numbers.randrange(30), width, 25.25],
                    "keypoints": numbers.choice([keypoints, keypoints, keypoints, [0] * 15]),
                    "iscrowd": numbers.choice([0, 0, 0, 1]),
                }
            )
        if annotations:
            annotations.append(annotations[-1])
    path = tmp_path / "people.json"
    keypoints = ["nose", "left_a", "right_a", "left_b", "right_b"]
    categories = [{"id": at, "name": f"kind {at}", "keypoints": keypoints} for at in (1, 2, 3)]
    path.write_text(json.dumps({"images": entries, "annotations": annotations, "categories": categories}))
    source = Source(annotations=path, images=tmp_path / "pictures")
    inspect = functools.partial(images.inspect, execution, training=True, reader=False)
    conversion = convert(ConvertRequest(sources=(source,), output=tmp_path / "ours", task=task), inspect)
    script = Path(__file__).with_name("convert_coco.py")
    subprocess.run(
        [environment_python("export"), script, path, tmp_path / "theirs", task],
        check=True, capture_output=True, env={**os.environ, "YOLO_OFFLINE": "true"},
    )  # fmt: skip

    def numbers_of(folder):
        return {
            file.stem: [[float(word) for word in line.split()] for line in file.read_text().splitlines()]
            for file in folder.rglob("*.txt")
            if file.stat().st_size
        }

    ours, theirs = numbers_of(tmp_path / "ours" / "labels"), numbers_of(tmp_path / "theirs")
    assert conversion.labelled == sum(map(len, ours.values())) > 15
    assert conversion.crowds and conversion.without_size
    assert bool(conversion.without_keypoints) == (task == "pose")
    assert sorted(ours) == sorted(theirs)
    for name, lines in ours.items():
        assert len(lines) == len(theirs[name])
        for mine, other in zip(lines, theirs[name], strict=True):
            assert mine == pytest.approx(other, abs=2e-6)


def images_of_many_kinds(folder: Path) -> None:
    """One of each kind that cameras, phones and tools write, and that Pillow can write."""
    ramp = numpy.linspace(0, 65535, 32 * 24).reshape(24, 32).astype(numpy.uint16)
    colours = Image.fromarray(
        numpy.stack([ramp >> 8, ramp.T.reshape(24, 32) >> 8, 255 - (ramp >> 8)], 2).astype("uint8")
    )
    grey, turned = colours.convert("L"), Image.Exif()
    turned[0x0112] = 6
    for suffix in ("jpg", "png", "tif", "webp", "avif", "mpo", "jp2", "bmp"):
        colours.save(
            folder / f"plain.{suffix}", **({"quality": 95} if suffix in ("jpg", "mpo", "avif", "webp") else {})
        )
    for suffix in ("jpg", "png", "tif", "webp", "avif"):
        colours.save(folder / f"turned.{suffix}", exif=turned)
    grey.save(folder / "turned-grey.tif", exif=turned)
    for suffix in ("png", "tif", "jp2"):
        Image.fromarray(ramp).save(folder / f"sixteen.{suffix}")
    Image.fromarray(ramp.astype(">u2")).save(folder / "sixteen-big-endian.tif")
    Image.fromarray(ramp.astype(numpy.float32) / 65535).save(folder / "float.tif")
    Image.fromarray(ramp.astype(numpy.int32)).save(folder / "int32.tif")
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "zstd", "lzma"):
        colours.save(folder / f"{compression}.tif", compression=compression)
    for mode in ("1", "L", "LA", "P", "RGBA"):
        colours.convert(mode).save(folder / f"mode-{mode}.png")
    colours.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    colours.convert("CMYK").save(folder / "cmyk.tif")
    colours.convert("LAB").save(folder / "lab.tif")
    colours.save(folder / "pages.tif", save_all=True, append_images=[colours.rotate(180)])
    for name, kind in (("really-a-gif.png", "GIF"), ("really-a-png.jpg", "PNG")):
        colours.save(folder / name, kind)
    whole = (folder / "plain.jpg").read_bytes()
    for name, content in (("half.jpg", whole[: len(whole) // 2]), ("empty.jpg", b""), ("page.jpg", b"<html>")):
        (folder / name).write_bytes(content)
    (folder / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")


def test_what_check_data_passes_training_reads_as_it_is(environment_python, tmp_path):
    """Held against Ultralytics' own check_image and imread, for every kind of picture."""
    images_of_many_kinds(tmp_path)
    done = subprocess.run(
        [environment_python("export"), Path(__file__).with_name("read_images.py"), tmp_path],
        check=True, capture_output=True, text=True,
        env={**os.environ, "YOLO_OFFLINE": "true", "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    bad = {name for name, entry in found.items() if entry["problem"]}
    assert bad == {
        "float.tif", "int32.tif", "zstd.tif", "lzma.tif", "lab.tif", "turned.webp", "really-a-gif.png", "half.jpg",
        "empty.jpg", "page.jpg", "phone.heic",
    }  # fmt: skip
    assert len(found) > 30
    for name in set(found) - bad:
        # To the pixel where it is not lossy; the two have different ways from CMYK to RGB.
        assert found[name]["trains"] and found[name]["difference"] < 2, name


def test_a_data_yaml_is_read_as_ultralytics_reads_it(environment_python, tmp_path):
    folders = data_sets(tmp_path)
    done = subprocess.run(
        [environment_python("validate"), Path(__file__).with_name("read_datasets.py"), *folders],
        check=True, capture_output=True, text=True, env={**os.environ, "YOLO_OFFLINE": "true"},
    )  # fmt: skip
    theirs = json.loads(done.stdout.splitlines()[-1])
    for folder in folders:
        dataset = read_dataset(folder / "data.yaml")
        assert {
            "names": list(dataset.classes),
            "images": {split: [str(path) for path in images] for split, images in dataset.splits.items()},
            "labels": {split: [str(label_path(path)) for path in images] for split, images in dataset.splits.items()},
        } == theirs[str(folder)], folder.name


def data_sets(root: Path) -> list[Path]:
    """Folders with a data.yaml, each written as another tool or user does."""
    usual, splits = ("images/train/a.jpg", "images/val/b.jpg"), "train: images/train\nval: images/val\n"
    written = {
        "roboflow": (
            ("train/images/a.jpg", "valid/images/b.jpg"),
            "train: ../train/images\nval: ../valid/images\nnc: 1\n",
        ),
        "windows": (("images/train/a.JPG", "images/val/b.Jpeg"), f"{splits}# f\udcfcr\n"),
        "booleans": (usual, f"{splits}names: [yes, no]\n"),
        "text-keys": (usual, f"{splits}names: {{'0': a}}\n"),
        "nc-alone": (usual, f"{splits}names:\nnc: '2'\n"),
        "hidden": (usual, splits),
        "validation": (usual, "train: images/train\nvalidation: images/val\n"),
        "list": (usual, "train: [images/train, images/val]\nval: list.txt\n"),
        "apart": (("train/deep/a.b.jpg", "val/b.jpg"), "train: train\nval: val\n"),
    }
    folders = []
    for name, (names, text) in written.items():
        folder = root / name
        for image in names:
            (folder / image).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (16, 16)).save(folder / image, "JPEG")
        text += "" if "names" in text else "names: {0: person}\n"
        (folder / "data.yaml").write_text(f"{text}kpt_shape: [3, 3]\n", encoding="utf-8", errors="surrogateescape")
        folders.append(folder)
    for hidden in ("._a.jpg", ".cache/c.jpg"):
        path = root / "hidden" / "images" / "train" / hidden
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (root / "hidden" / "images" / "train" / "linked").symlink_to(root / "apart" / "train")
    (root / "list" / "list.txt").write_text("./images/val/b.jpg\n\n")
    return folders


def test_a_phone_photograph_is_labelled_as_it_is_seen(execution, tmp_path):
    """On its side in the file, with a note to turn it; the JSON has that size, and labels of the upright picture."""
    turned = Image.Exif()
    turned[0x0112] = 6
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (40, 20)).save(tmp_path / "pictures" / "phone.jpg", exif=turned)
    person = {"image_id": 1, "category_id": 1, "bbox": [2, 10, 10, 20], "keypoints": [5, 30, 2]}
    table = {
        "images": [{"id": 1, "file_name": "phone.jpg", "width": 40, "height": 20}],
        "annotations": [person],
        "categories": [{"id": 1, "name": "person", "keypoints": ["nose"]}],
    }
    path = tmp_path / "people.json"
    path.write_text(json.dumps(table))
    sources = (Source(annotations=path, images=tmp_path / "pictures"),)
    request = ConvertRequest(sources=sources, output=tmp_path / "made", validation_share=0)
    inspect = functools.partial(images.inspect, execution, training=True, reader=False)
    assert convert(request, inspect).sideways == ["phone.jpg"]
    (label,) = read_labels(tmp_path / "made" / "labels" / "train" / "phone.txt", 1, 3)
    assert label.box == (0.35, 0.5, 0.5, 0.5) and label.keypoints == ((0.25, 0.75, 2),)
    path.write_text(json.dumps(table | {"annotations": [person | {"bbox": [25, 2, 10, 10]}]}))
    with pytest.raises(DatasetError, match="has 40 × 20 pixels, upright it has 20 × 40"):
        convert(request, inspect)
