"""Flash and tensor arena, by the firmware's date."""

from dataclasses import replace
from pathlib import Path

import pytest

from edgecask.target.firmware_changes import as_of
from edgecask.target.memory_rules import KIBIBYTE, memory_rows
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

DATA = Path(__file__).resolve().parents[1] / "data"
RAW, VELA = (read_model(DATA / f"{name}.tflite") for name in ("raw", "raw_vela"))
GROVE, XIAO, HIMAX = (load_target(name) for name in ("grove", "xiao", "grove-himax"))


def needing(kibibytes: float):
    return replace(VELA, npu=(replace(VELA.npu[0], scratch_bytes=int(kibibytes * KIBIBYTE)),))


def arena_row(model, target, arena_bytes=None):
    return next(row for row in memory_rows(model, target, arena_bytes) if row.rule == "tensor arena")


@pytest.mark.parametrize(
    ("kibibytes", "verdict"),
    [(8, "pass"), (1024, "pass"), (1024.5, "warn"), (1108, "warn"), (1108.5, "fail"), (1110, "fail")],
)
def test_the_arena_of_grove(kibibytes, verdict):
    row = arena_row(needing(kibibytes), GROVE)
    assert row.verdict == verdict
    assert row.needed == "at most 1108 KiB: 1110 less 2 for the interpreter (firmware from 2024-04-28 on)"


def test_a_warning_says_how_much_is_left():
    row = arena_row(needing(1080), GROVE)
    assert row.found == "1080.0 KiB, 28.0 KiB left" and "1024 KiB" in row.advice


@pytest.mark.parametrize(
    ("day", "arena", "since"),
    [
        ("2023-11-28", 600, "2023-11-02"),
        ("2023-11-29", 1200, "2023-11-29"),
        ("2024-01-11", 1200, "2023-11-29"),
        ("2024-01-12", 800, "2024-01-12"),
        ("2024-01-23", 1060, "2024-01-23"),
        ("2024-04-27", 1060, "2024-01-23"),
        ("2024-04-28", 1110, "2024-04-28"),
        ("2026-01-01", 1110, "2024-04-28"),
    ],
)
def test_the_arena_of_a_day(day, arena, since):
    row = arena_row(needing(arena - 2), as_of(GROVE, day))
    assert row.verdict != "fail"
    assert f"{arena} less 2" in row.needed and f"firmware from {since} on" in row.needed
    assert arena_row(needing(arena - 1.5), as_of(GROVE, day)).verdict == "fail"


@pytest.mark.parametrize(("size", "arena"), [(192, 294), (224, 398), (256, 518)])
def test_himax_arena_depends_on_the_size(size, arena):
    model = replace(VELA, inputs=(replace(VELA.inputs[0], shape=(1, size, size, 3)),))
    for kibibytes, verdict in ((arena - 1.5, "pass"), (arena - 1.25, "fail")):
        judged = replace(model, npu=(replace(VELA.npu[0], scratch_bytes=int(kibibytes * KIBIBYTE)),))
        assert arena_row(judged, HIMAX).verdict == verdict


def test_what_tflite_micro_measured_holds_the_interpreter_already():
    assert arena_row(RAW, XIAO, 1024 * KIBIBYTE).verdict == "pass"
    assert arena_row(RAW, XIAO, 1024 * KIBIBYTE + 1).verdict == "fail"
    assert arena_row(RAW, XIAO).verdict == "unknown"


def test_nobody_here_knows_the_arena_of_an_st_device():
    row = arena_row(RAW, load_target("stm32n6"))
    assert row.verdict == "unknown" and "AXISRAM2" in row.needed


@pytest.mark.parametrize(("kibibytes", "verdict"), [(10240, "pass"), (10240.5, "fail")])
def test_flash(kibibytes, verdict):
    model = replace(VELA, size=int(kibibytes * KIBIBYTE))
    assert next(row for row in memory_rows(model, GROVE, None) if row.rule == "flash").verdict == verdict
