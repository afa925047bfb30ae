"""The formulas for the NuMaker-M55M1 against Nuvoton's own post-processing, compiled here, on the same outputs.

    git clone https://github.com/OpenNuvoton/ML_M55M1_SampleCode
    EDGECASK_FIRMWARE_SOURCES=FOLDER_OF_IT .venv/bin/python -m pytest tests/firmware/test_nuvoton_samples.py

Needs g++. Without sources or tools it skips.
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy
import pytest
from test_against_sources import HERE, source, tool

from edgecask.target.model_file import parse_model
from edgecask.target.target import load_target
from pipeline.heads.detect_decode import decode_raw as decode_boxes
from pipeline.heads.pose_decode import decode_raw
from pipeline.shared import suppression

pytestmark = pytest.mark.extended
NUVOTON = ("ML_M55M1_SampleCode", "b4fa393")
SAMPLES = "M55M1BSP-3.01.002/SampleCode/NuEdgeWise"
FRAME = (320, 240)
FILES = {
    "pose": ("PoseLandmark_YOLOv8n", "YOLOv8nPose", "PoseResult.hpp"),
    "detect": ("ObjectDetection_YOLOv8n", "YOLOv8nOD", "DetectionResult.hpp"),
}
DATA = Path(__file__).resolve().parents[1] / "data"


def compiled(folder: Path, task: str, *definitions: str) -> Path:
    """Nuvoton's post-processing as a program (nuvoton.cpp), with headers of ours for what TFLite Micro brings."""
    sample, name, result = FILES[task]
    for file in (f"{name}PostProcessing.cpp", f"{name}PostProcessing.hpp", result):
        (folder / file).write_bytes(source(NUVOTON, f"{SAMPLES}/{sample}/{file}"))
    for header in (f"{name}Model.hpp", "PlatformMath.hpp"):
        (folder / header).write_text("#pragma once\n#include <algorithm>\n")
    command = [
        tool("g++"), "-w", "-std=c++17", "-O1", f"-I{folder}", f'-DSAMPLE="{name}PostProcessing.cpp"', *definitions,
        str(HERE / "nuvoton.cpp"), "-o", str(folder / task),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder / task


def run(program: Path, side: int, threshold: float, tensors) -> list[list[float]]:
    """What it shows of outputs (int8 rows, scale, zero point)."""
    content = struct.pack("<3if", *FRAME, side, threshold)
    for tensor, scale, zero in tensors:
        content += struct.pack("<fiii", scale, zero, *tensor.shape) + tensor.tobytes()
    done = subprocess.run([program], input=content, check=True, capture_output=True)
    return [[float(number) for number in line.split()] for line in done.stdout.decode().splitlines()]


def boxes_of(generator, side: int) -> dict[str, numpy.ndarray]:
    """Boxes of noise on three grids."""
    grids = {stride: (side // stride) ** 2 for stride in (8, 16, 32)}
    return {
        f"box_s{stride}": generator.integers(-128, 128, (grid, 64)).astype(numpy.int8) for stride, grid in grids.items()
    }


QUANTIZATION = {"box": (0.0912, -20), "score": (0.107, 20), "keypoints": (0.0317, 5)}


def quantization(name: str) -> tuple[float, int]:
    return QUANTIZATION[name.split("_")[0]]


def real(tensors: dict[str, numpy.ndarray]) -> list[numpy.ndarray]:
    found = []
    for name, tensor in tensors.items():
        scale, zero = quantization(name)
        found.append((tensor.astype(numpy.float32) - numpy.float32(zero)) * numpy.float32(scale))
    return found


@pytest.fixture(scope="module", params=[192, 224, 256])
def pose(request, tmp_path_factory):
    definitions = ("-DPOSE", "-DOUTPUTS=7", f"-DYOLOV8_POSE_INPUT_TENSOR={request.param}")
    return request.param, compiled(tmp_path_factory.mktemp("nuvoton"), "pose", *definitions)


@pytest.mark.parametrize("seed", range(8))
def test_pose(pose, seed):
    side, program = pose
    target, generator = load_target("numaker-m55m1"), numpy.random.default_rng(seed)
    tensors = boxes_of(generator, side)
    for stride in (8, 16, 32):
        grid = (side // stride) ** 2
        scores = numpy.full(grid, -100)
        count = min((4, 14, 40)[seed % 3], grid)
        scores[generator.choice(grid, count, replace=False)] = generator.integers(0, 11, count) * 10
        tensors[f"score_s{stride}"] = scores.astype(numpy.int8).reshape(grid, 1)
    anchors = sum((side // stride) ** 2 for stride in (8, 16, 32))
    tensors["keypoints"] = generator.integers(-128, 128, (anchors, 51)).astype(numpy.int8)
    ordered = [(tensors[name], *quantization(name)) for name in target.outputs.order]
    theirs = numpy.array(run(program, side, target.nms.score, ordered))
    found = suppression.shown(decode_raw(real(tensors), side), target.nms.rules(), FRAME, side)
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    corner = numpy.concatenate([found.boxes[:, :2], sides], 1) * numpy.tile(FRAME, 2)
    points = (found.keypoints * [*FRAME, 1]).reshape(len(corner), -1)
    ours = numpy.concatenate([corner, points], 1)
    assert len(theirs) > 3 and ours.shape == theirs.shape
    # Single precision: what lies next to a whole pixel may come out one off.
    different = numpy.abs(ours - theirs)
    assert different.max() < 1.01 and (different > 0.01).mean() < 0.01


@pytest.fixture(scope="module", params=[(192, 3), (224, 80)])
def detect(request, tmp_path_factory):
    side, classes = request.param
    definitions = ("-DOUTPUTS=6", f"-DYOLOV8_OD_INPUT_TENSOR={side}", f"-DYOLOV8N_OD_CLASS={classes}")
    return side, classes, compiled(tmp_path_factory.mktemp("nuvoton"), "detect", *definitions)


@pytest.mark.parametrize("seed", range(8))
def test_detection(detect, seed):
    side, classes, program = detect
    target, generator = load_target("numaker-m55m1").for_task("detect"), numpy.random.default_rng(seed)
    tensors = boxes_of(generator, side)
    for stride in (8, 16, 32):
        grid = (side // stride) ** 2
        scores = generator.integers(-100, 0, (grid, classes))
        rows = generator.choice(grid, min((4, 14, 30)[seed % 3], grid), replace=False)
        # Many are equal, also within a box; some boxes have several classes.
        scores[rows] = generator.integers(-10, 11, (len(rows), classes)) * 10
        tensors[f"score_s{stride}"] = scores.astype(numpy.int8)
    ordered = [(tensors[name], *quantization(name)) for name in target.outputs.order]
    theirs = numpy.array(run(program, side, target.nms.score, ordered))
    found = suppression.shown(decode_boxes(real(tensors), side), target.nms.rules(), FRAME, side)
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    corner = numpy.concatenate([found.boxes[:, :2], sides], 1) * numpy.tile(FRAME, 2)
    ours = numpy.concatenate([corner, numpy.stack([found.classes, found.scores], 1)], 1)
    assert len(theirs) > 3 and ours.shape == theirs.shape
    assert (ours[:, 4] == theirs[:, 4]).all()
    # Single precision: what lies next to a whole pixel may come out one off.
    different = numpy.abs(ours - theirs)
    assert different.max() < 1.01 and (different > 0.01).mean() < 0.01


def test_what_is_said_of_the_files_that_nuvoton_ships():
    """tests/data/nuvoton.json is what read_model says of them."""
    recorded = json.loads((DATA / "nuvoton.json").read_text())
    places = {
        "YOLOv8n-pose.tflite": "PoseLandmark_YOLOv8n",
        "YOLOv8n-pose_256.tflite": "PoseLandmark_YOLOv8n",
        "YOLOv8n-od.tflite": "ObjectDetection_YOLOv8n",
    }
    for name, sample in places.items():
        content = source(NUVOTON, f"{SAMPLES}/{sample}/Model/{name}")
        assert hashlib.sha256(content).hexdigest() == recorded[name]["sha256"]
        facts = msgspec.to_builtins(replace(parse_model(content, name=name), name=name))
        assert json.loads(json.dumps(facts)) == recorded[name]["facts"]
