"""What an event timeline says of waits and kinds, and which chip a file is put on."""

import json
from types import SimpleNamespace

import pytest

from edgecask.analysis.timeline import known_estimates, read_timeline, refuse_other_files, target_of
from edgecask.errors import ModelFileError, UsageError
from edgecask.store.record import MadeFrom
from edgecask.store.store import Store

FOUND = {
    "total_ms": 10.0,
    "sensitivity": {"flash 20 % slower": 11.0},
    "core_clock_hz": 4e8,
    "macs_per_cycle": 64,
    "flash_bytes_per_second": 5e7,
    "spans": [
        ["transfer", "weights", 0.0, 2.0, 1000],
        ["kernel", "convolution 3×3 → 24×24×64", 2.0, 5.0, 0],
        ["transfer", "table", 5.0, 5.5, 256],
        ["kernel", "elementwise → 24×24×64 by table", 5.5, 6.5, 0],
        ["kernel", "depthwise convolution 3×3 → 1×1×8", 6.5, 9.0, 0],
        ["transfer", "weights", 6.5, 10.0, 500],
    ],
}


def file_for(*products, macs=64):
    payloads = tuple(SimpleNamespace(product=product, macs=macs) for product in products)
    return SimpleNamespace(name="model.tflite", npu=payloads)


def test_waits_are_what_no_kernel_fills_the_longest_first():
    found = read_timeline(json.dumps(FOUND))
    assert [(wait.start, wait.length, wait.before) for wait in found.waits] == [
        (0.0, 2.0, "convolution 3×3 → 24×24×64"),
        (9.0, 1.0, "the end"),
        (5.0, 0.5, "elementwise → 24×24×64 by table"),
    ]
    assert found.waiting == pytest.approx(sum(wait.length for wait in found.waits))


def test_kinds_add_up():
    found = read_timeline(json.dumps(FOUND))
    assert found.kernels == {"convolution": 3.0, "elementwise": 1.0, "depthwise convolution": 2.5}
    assert found.transfers == {"weights": 5.5, "table": 0.5}
    assert found.transferred == {"weights": 1500, "table": 256}


def test_other_files_are_told_by_name():
    refuse_other_files(file_for("Ethos-U55", "Ethos-U55"))
    with pytest.raises(ModelFileError, match="holds no NPU code"):
        refuse_other_files(file_for())
    with pytest.raises(ModelFileError, match="Ethos-U65"):
        refuse_other_files(file_for("Ethos-U55", "Ethos-U65"))
    with pytest.raises(ModelFileError, match="does not name"):
        refuse_other_files(file_for(None))


def test_the_chip_is_that_of_a_target_with_as_many_multipliers():
    model = file_for("Ethos-U55")
    found = target_of(None, model)
    assert found.npu.macs == 64 and found.vela_config.is_file()
    assert target_of("grove-himax", model).name == "grove-himax"
    assert target_of("grove-himax", file_for("Ethos-U55", macs=256)).name == "grove-himax"
    with pytest.raises(UsageError, match="No target has an NPU with 32 multipliers"):
        target_of(None, file_for("Ethos-U55", macs=32))
    with pytest.raises(UsageError, match="xiao has no Ethos-U"):
        target_of("xiao", model)


def published(store, stage, *, inputs, outputs, report, folder):
    made_from = MadeFrom(
        algorithm=1, stage=stage, environment="e", parameters={}, inputs=inputs, outputs=list(outputs), programs={},
        variables={},
    )  # fmt: skip
    files = {name: folder / f"{stage}-{name}" for name in outputs}
    for name, path in files.items():
        path.write_bytes(outputs[name])
    return store.publish(made_from, outputs=files, report=report, toolchain={})


def test_what_the_store_knows_of_a_files_time(tmp_path):
    store = Store(tmp_path / "store")
    blob = store.ingest_bytes(b"compiled")
    assert known_estimates(store, blob.sha256).facts() == {}
    published(
        store, "timeline", inputs={"model.tflite": blob.sha256}, outputs={"timeline.json": b"{}"},
        report={"timeline": {"total_ms": 57.5}}, folder=tmp_path,
    )  # fmt: skip
    assert known_estimates(store, blob.sha256).facts() == {"timeline_ms": 57.5}
    assert known_estimates(store, "0" * 64).facts() == {}
    published(
        store, "compile", inputs={"model.tflite": "1" * 64}, outputs={"model.tflite": b"compiled"},
        report={"metrics": {"npu_ms": 56.9, "timeline_ms": 57.1}}, folder=tmp_path,
    )  # fmt: skip
    assert known_estimates(store, blob.sha256).facts() == {"npu_ms": 56.9, "timeline_ms": 57.1}
