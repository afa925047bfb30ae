"""What a build refuses, and what it advises: never the build itself."""

from pathlib import Path

import pytest

from edgecask.common_options import QuantizationOptions
from edgecask.errors import CompileError, ContractError
from edgecask.store.result import StageResult
from edgecask.target.acceptance import OWN_FAULT, check, refuse_cpu_operators, refuse_too_large
from edgecask.target.memory_rules import smaller_network
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

DATA = Path(__file__).resolve().parents[1] / "data"
GROVE, XIAO = load_target("grove"), load_target("xiao")
SMALL = {"weights": 11_600_000, "weight_entropy_bytes": 11_400_000}
"""About yolov8s-pose with random weights."""
TRAINED = {"weights": 11_600_000, "weight_entropy_bytes": 6_900_000}
NANO = {"weights": 3_284_110, "weight_entropy_bytes": 1_957_984}
"""yolov8n-pose, as the export counts it."""


def result(report):
    return StageResult(key="k", outputs={}, report=report, toolchain={}, cached=False)


@pytest.mark.parametrize(("target", "counted"), [(GROVE, SMALL), (XIAO, SMALL), (XIAO, TRAINED)])
def test_weights_that_cannot_fit_are_refused_before_anything_is_made_of_them(target, counted):
    with pytest.raises(ContractError, match="yolov8s-pose.pt is too large") as caught:
        refuse_too_large(target, "yolov8s-pose.pt", counted)
    line = str(caught.value)
    assert "11.6 million weights" in line and "one of the size n" in line and "edgecask build" not in line
    assert ("--compress-weights=smallest" in line) == (target is GROVE)


def test_what_may_fit_is_tried():
    refuse_too_large(GROVE, "best.pt", NANO)
    refuse_too_large(XIAO, "best.pt", NANO)
    refuse_too_large(GROVE, "best.pt", TRAINED)
    coarser = GROVE.quantized_as(QuantizationOptions(compress_weights="smallest"))
    refuse_too_large(coarser, "best.pt", SMALL)


def test_what_fills_the_room_to_the_last_byte_fits():
    room = int(XIAO.memory.flash_limit_kib * 1024)
    refuse_too_large(XIAO, "best.pt", {**NANO, "weights": room})
    with pytest.raises(ContractError):
        refuse_too_large(XIAO, "best.pt", {**NANO, "weights": room + 1})


def test_a_model_that_breaks_no_rule_has_its_report():
    model = read_model(DATA / "raw.tflite")
    report = check(XIAO, model, {}, family_rows=(), claimed_granularity=None)
    assert report.rows and report.failures == ()


def refusal(target, name):
    with pytest.raises(ContractError) as caught:
        check(target, read_model(DATA / f"{name}.tflite"), {}, family_rows=(), claimed_granularity=None)
    return caught.value


def test_a_broken_rule_without_advice_of_its_own_is_our_fault():
    """`check` says how to build the model; a build that has just done so cannot."""
    error = refusal(load_target("stm32mp2"), "raw")
    assert error.advice == OWN_FAULT and "invoke build" not in str(error)
    assert "breaks 5 rules" in str(error) and "; input type: found" in str(error)


def test_operators_on_the_cpu_are_named():
    left = {"metrics": {"cpu_ops": 2}, "cpu_operators": ["GELU"]}
    with pytest.raises(CompileError, match=r"2 operators stay on the CPU.*GELU"):
        refuse_cpu_operators(GROVE, result(left))
    refuse_cpu_operators(GROVE, result({"metrics": {"cpu_ops": 0}, "cpu_operators": []}))


def test_what_helps_against_size():
    assert "--compress-weights" in smaller_network(GROVE) and "--compress-weights" not in smaller_network(XIAO)
