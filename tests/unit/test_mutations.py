"""Real files with seeded damage, into every reader of files from elsewhere: a value or one line, soon, in some memory.

Each kind is read in a process of its own, which has a gigabyte more than it begins with, and seconds for each file.
tests/unit/test_model_file.py does the same for .tflite files by hypothesis, which makes failures small.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgecask.data.coco_format import keypoint_count, read_document
from edgecask.data.dataset import load_dataset
from edgecask.data.label_files import read_labels
from edgecask.directories import REPOSITORY
from edgecask.errors import EdgecaskError
from edgecask.files import canonical_json
from edgecask.firmware.family import family_rows
from edgecask.firmware.st_quantize_config import load_config
from edgecask.package.manifest import read_manifest
from edgecask.store.record import MadeFrom, Record, packed, read_record
from edgecask.target.contract import check
from edgecask.target.model_file import parse_model, read_model
from edgecask.target.target import load_target
from edgecask.wording import shown

DATA = REPOSITORY / "tests" / "data"
SECONDS = 10
MEMORY = 1 << 30
AMOUNTS = [
    pytest.param(60, id="some"),
    pytest.param(500, marks=pytest.mark.extended, id="more"),
    pytest.param(100_000, marks=pytest.mark.campaign, id="hours"),
]
TOKENS = [
    b"NaN", b"1e999", b"-1", b"9" * 400, b"0", b"null", b"true", b'"\\ud800"', b"\x1b[31m", b"\xff", b"\0", b"[" * 500,
    b"{" * 500, b"&a [*a]", b"*a", b"<<: ", b"- ", b": ", b"\n", b"\t", b"!!int ''", b"2020-13-45", b"../../",
    b"/dev/zero", b"/proc/self", b"4294967295", b"2147483648", b"0.1", b"\xe2\x80\xae", b"train: /proc\n",
    b"nc: 99999999999\n",
]  # fmt: skip

DATASET = b"""path: .
train: images/train
val: images/val
kpt_shape: [2, 3]
flip_idx: [1, 0]
names: {0: person, 1: "caf\xc3\xa9"}
kpt_oks_sigmas: [0.1, 0.1]
"""
LABELS = b"0 0.5 0.5 0.2 0.2 0.4 0.4 2 0.6 0.6 1\n1 0.1 0.1 0.1 0.1 0.1 0.1 0 0.2 0.2 2\n"
COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 30.5, 40], "area": 9.0, "iscrowd": 0,
                     "keypoints": [1, 2, 2, 3, 4, 1], "num_keypoints": 2}],
    "categories": [{"id": 1, "name": "person", "keypoints": ["nose", "ear"], "skeleton": [[1, 2]]}],
}  # fmt: skip
QUANTIZE = b"""model: {name: yolov8n, uc: od_coco, model_path: ./saved_model, input_shape: [192, 192, 3]}
quantization:
  fake: false
  quantization_type: per_channel
  quantization_input_type: uint8
  quantization_output_type: int8
  calib_dataset_path: ./pictures
  export_path: ./out
pre_processing: {rescaling: {scale: 255, offset: 0}}
"""
MADE_FROM = MadeFrom(
    algorithm=1, stage="s", environment="e", parameters={}, inputs={}, outputs=[], programs={}, variables={}
)
RECORD = packed(Record(key=MADE_FROM.key(), made_from=MADE_FROM, outputs={}, report={"a": [1]}, toolchain={}))


def read_dataset_beside_images(path: Path) -> None:
    for split in ("train", "val"):
        folder = path.parent / "images" / split
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.jpg").touch()
    load_dataset(path)


def read_coco(path: Path) -> None:
    keypoint_count([(path, read_document(path))])


def check_model(path: Path) -> None:
    target = load_target("grove")
    model = parse_model(path.read_bytes(), name=str(path))
    read_model(path)
    canonical_json(check(model, target, family_rows=family_rows(model, target)).as_json())


READERS: dict[str, tuple[list[bytes], Callable[[Path], object]]] = {
    "data.yaml": ([DATASET], read_dataset_beside_images),
    "labels.txt": ([LABELS], lambda path: read_labels(path, 2, 3, 2)),
    "coco.json": ([json.dumps(COCO).encode()], read_coco),
    "quantize.yaml": ([QUANTIZE], load_config),
    "record": ([RECORD], lambda path: read_record(path, key=MADE_FROM.key())),
    "manifest.json": (
        [b'{"schema": 1, "target": "grove", "model": {"file": "model.tflite", "sha256": "' + b"0" * 64 + b'"}, '
         b'"toolchain": {}, "inputs": {}}'],
        lambda path: read_manifest(path.parent, target="grove"),
    ),
    "model.tflite": (sorted(path.read_bytes() for path in DATA.glob("*.tflite")), check_model),
}  # fmt: skip


def mutant(content: bytes, chance: random.Random) -> bytes:
    """The content with some damage: bytes, pieces taken out, doubled, exchanged or put in."""
    damaged = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        at = chance.randrange(len(damaged) + 1)
        end = min(len(damaged), at + chance.choice([1, 2, 4, 8, 64]))
        kind = chance.randrange(6)
        if kind == 0:
            damaged[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
        elif kind == 1:
            del damaged[at:end]
        elif kind == 2:
            damaged[at:at] = damaged[at:end] * chance.choice([1, 2, 100])
        elif kind == 3:
            damaged[at:at] = chance.choice(TOKENS)
        elif kind == 4:
            damaged[at:end] = chance.choice(TOKENS)
        else:
            damaged[at:end] = chance.choice([b"\0", b"\xff", b"\x80", b"\x7f"]) * (end - at)
    return bytes(damaged)


def attempt(kind: str, folder: Path, amount: int, seed: int) -> None:
    """In a process of its own: read so many mutants; what is wrong ends it with a note of the mutant."""
    contents, read = READERS[kind]
    chance = random.Random(f"{kind} {seed}")
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, resource.RLIM_INFINITY))
    path = folder / kind
    for number in range(amount):
        content = mutant(chance.choice(contents), chance)
        path.write_bytes(content)
        signal.alarm(SECONDS)
        try:
            read(path)
        except EdgecaskError as error:
            assert "\n" not in shown(error.message), error.message
            assert len(error.message) < 2000, (number, error.message)
        except BaseException:
            (folder / f"{kind}.{number}").write_bytes(content)
            raise
        finally:
            signal.alarm(0)


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("kind", READERS)
def test_a_damaged_file_is_a_value_or_one_line(tmp_path, kind, amount):
    started = time.monotonic()
    process = multiprocessing.get_context("fork").Process(target=attempt, args=(kind, tmp_path, amount, amount))
    process.start()
    process.join()
    left = [path for path in tmp_path.glob(f"{kind}.*") if path.is_file()]
    assert process.exitcode == 0, (
        f"{left or tmp_path / kind}, after {time.monotonic() - started:.1f} s (pid {os.getpid()})"
    )
