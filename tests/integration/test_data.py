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

import pytest
from locations import REPOSITORY
from PIL import Image

from edgecask.data import images
from edgecask.data.coco import ConvertRequest, Source, convert


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
    picture = folder / "demo-data" / "images" / "val" / "000003.jpg"
    content = picture.read_bytes()
    try:
        picture.write_bytes(content[: len(content) // 2])
        done = invoke("check-data", "demo-data/data.yaml", "--runner=venv", cwd=folder)
    finally:
        picture.write_bytes(content)
    assert done.returncode == 24 and "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("error: demo-data/data.yaml has 1 kind of errors")
    assert "images/val/000003.jpg: it cannot be decoded" in done.stdout


def test_a_conversion_is_what_ultralytics_makes(environment_python, execution, tmp_path):
    """Random people, with every case that its converter treats in a way of its own."""
    numbers = random.Random(0)
    (tmp_path / "pictures").mkdir()
    entries, annotations = [], []
    for index in range(24):
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
                    "category_id": 1,
                    "bbox": [numbers.randrange(40), numbers.randrange(30), width, 25.25],
                    "keypoints": numbers.choice([keypoints, keypoints, keypoints, [0] * 15]),
                    "iscrowd": numbers.choice([0, 0, 0, 1]),
                }
            )
        if annotations:
            annotations.append(annotations[-1])
    path = tmp_path / "people.json"
    categories = [{"id": 1, "name": "person", "keypoints": ["nose", "left_a", "right_a", "left_b", "right_b"]}]
    path.write_text(json.dumps({"images": entries, "annotations": annotations, "categories": categories}))
    source = Source(annotations=path, images=tmp_path / "pictures")
    inspect = functools.partial(images.inspect, execution, training=True, reader=False)
    conversion = convert(ConvertRequest(train=source, output=tmp_path / "ours"), inspect)
    script = Path(__file__).with_name("convert_coco.py")
    subprocess.run(
        [environment_python("export"), script, path, tmp_path / "theirs"],
        check=True, capture_output=True, env={**os.environ, "YOLO_OFFLINE": "true"},
    )  # fmt: skip

    def numbers_of(folder):
        return {
            file.stem: [[float(word) for word in line.split()] for line in file.read_text().splitlines()]
            for file in folder.rglob("*.txt")
            if file.stat().st_size
        }

    ours, theirs = numbers_of(tmp_path / "ours" / "labels"), numbers_of(tmp_path / "theirs")
    assert conversion.people == sum(map(len, ours.values())) > 15
    assert conversion.crowds and conversion.without_keypoints and conversion.without_size
    assert sorted(ours) == sorted(theirs)
    for name, lines in ours.items():
        assert len(lines) == len(theirs[name])
        for mine, other in zip(lines, theirs[name], strict=True):
            assert mine == pytest.approx(other, abs=2e-6)
