"""The README's table, from packages with figures of each kind."""

import json

import pytest

from edgecask.cli.target_table import markdown_table
from edgecask.errors import StorageError
from edgecask.firmware.board.measurement import measured_path, write_measured
from edgecask.target.target import load_target

MANIFEST = {
    "schema": 1, "imgsz": 192, "toolchain": {}, "inputs": {},
    "model": {"file": "model.tflite", "sha256": "1" * 64, "bytes": 2_284_368},
}  # fmt: skip
NPU = {"npu_ms": 6.76, "sram_kib": 254.25, "flash_kib": 2229.4, "npu_ops": 70, "cpu_ops": 0}
ACCURACY = {"float": {"AP": 0.25}, "int8": {"AP": 0.2384}}


def line(tmp_path, target, metrics, **more):
    folder = tmp_path / target
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, "target": target, "metrics": metrics, **more}))
    text = markdown_table([load_target(target)], tmp_path)
    titles, rule, found = text.splitlines()
    assert titles.startswith("| target | device |") and rule == "|" + "---|" * (titles.count("|") - 1)
    cells = [cell.strip() for cell in found.strip("|").split("|")]
    assert len(cells) == titles.count("|") - 1
    return cells


def test_with_an_npu_and_labelled_data(tmp_path):
    assert line(tmp_path, "grove", NPU, accuracy=ACCURACY) == [
        "`grove`", load_target("grove").title, "192", "2,284,368 bytes", "254 KiB", "2,229 KiB", "70 / 0", "6.8 ms",
        "25.0 → 23.8",
    ]  # fmt: skip


def test_the_timeline_stands_in_for_velas_estimate_and_the_second_file_behind_it(tmp_path):
    metrics = NPU | {"timeline_ms": 7.06}
    prefetch = {"file": "model-prefetch.tflite", "metrics": {"timeline_ms": 5.12, "sram_kib": 300.0}}
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert line(tmp_path / "one", "grove", metrics)[7] == "7.1 ms"
    assert line(tmp_path / "one", "grove-himax", metrics, prefetch=prefetch)[7] == "7.1 → 5.1 ms"
    assert line(tmp_path / "two", "grove", metrics, prefetch={"reason": "it would gain nothing"})[7] == "7.1 ms"


def test_without_an_npu_the_arena_stands_for_sram(tmp_path):
    cells = line(tmp_path, "xiao", {"flash_kib": 3302.5, "operators": 318, "arena_kib": 640.0})
    assert cells[4:] == ["640 KiB", "3,302 KiB", "318 in all", "–", "–"]


@pytest.mark.parametrize(
    ("digest", "cell"), [("1", "57 ms (Grove Vision AI V2, firmware of 2024.12.07, 2026-11-26)"), ("2", "25.0 → 23.8")]
)
def test_a_figure_of_a_board_stands_with_its_own_model_alone(tmp_path, digest, cell):
    measured = {
        "schema": 1, "date": "2026-11-26", "board": {"name": "Grove Vision AI V2", "software": "2024.12.07"},
        "model": {"sha256": digest * 64}, "milliseconds": {"inference": {"median": 57.0, "percentile_95": 58.0}},
    }  # fmt: skip
    write_measured(measured_path(tmp_path / "dist", "grove"), measured)
    (tmp_path / "dist").mkdir()
    assert line(tmp_path / "dist", "grove", NPU, accuracy=ACCURACY)[8] == cell


def test_what_nobody_measured_is_a_dash(tmp_path):
    assert line(tmp_path, "stm32mp2", {"flash_kib": 1.0, "operators": 3})[4] == "–"


def test_a_line_a_target_in_the_order_that_is_asked_for(tmp_path):
    line(tmp_path, "grove", NPU)
    line(tmp_path, "xiao", {"flash_kib": 1.0, "operators": 3})
    targets = [load_target("xiao"), load_target("grove")]
    lines = markdown_table(targets, tmp_path).splitlines()[2:]
    assert ["`xiao`" in lines[0], "`grove`" in lines[1]] == [True, True]
    assert markdown_table([*targets, load_target("grove-himax")], tmp_path).splitlines()[2:] == lines
    with pytest.raises(StorageError, match="There is no package in") as caught:
        markdown_table([load_target("grove-himax")], tmp_path)
    assert "--target=grove-himax" in caught.value.advice


def test_agreement_stands_before_ap_where_there_is_any(tmp_path):
    agreement = {"AP": 0.776, "interval": [0.731, 0.815]}
    assert line(tmp_path, "grove", NPU, accuracy=ACCURACY, agreement=agreement)[8:] == [
        "77.6 (73 to 82)",
        "25.0 → 23.8",
    ]
    (tmp_path / "none").mkdir()
    assert line(tmp_path / "none", "grove", NPU, agreement={"reason": "few images"})[8:] == ["–"]
