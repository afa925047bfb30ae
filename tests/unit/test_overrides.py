import pytest

from edgecask.build_request import BuildRequest
from edgecask.common_options import CompileOptions, NumberFormatOptions, QuantizationOptions
from edgecask.errors import UsageError
from edgecask.target.target import load_target


def test_options_of_a_build_win_over_the_target():
    target = load_target("grove")
    assert target.quantized_as(QuantizationOptions()).quantization == target.quantization
    chosen = target.quantized_as(QuantizationOptions(gptq=True, compress_weights="smallest"))
    assert chosen.quantization.gptq and chosen.quantization.compress_weights == "smallest"
    assert target.quantized_as(NumberFormatOptions(granularity="per-channel")).quantization.granularity == "per-channel"
    separate = target.compiled_as(CompileOptions(fuse_silu=False, zero_copy_concat=False)).compile
    assert separate is not None and separate.silu == "separate" and not separate.zero_copy_concat
    assert target.compiled_as(CompileOptions()) is target


@pytest.mark.parametrize(
    ("chosen", "subject"),
    [
        ({"sram_limit": 300}, "SRAM"),
        ({"fuse_silu": False}, "SiLU"),
        ({"prefetch": False, "zero_copy_concat": True}, "copies and weights brought ahead"),
    ],
)
def test_where_nothing_is_compiled_a_choice_is_named(chosen, subject):
    with pytest.raises(UsageError, match=f"nothing to choose about {subject}\\."):
        load_target("xiao").compiled_as(CompileOptions(**chosen))


def test_by_sensitivity_is_left_where_another_way_is_asked_for_and_keeps_to_the_devices_steps():
    by_sensitivity = QuantizationOptions(rounding="sensitivity")
    made = {name: load_target(name).quantized_as(by_sensitivity) for name in ("grove", "xiao", "stm32mp2", "stm32n6")}
    assert {name: target.quantization.made for name, target in made.items()} == {
        "grove": "per-channel", "xiao": "per-channel", "stm32mp2": "per-tensor", "stm32n6": "per-channel",
    }  # fmt: skip
    asked = made["grove"].quantized_as(NumberFormatOptions(granularity="per-tensor"))
    assert asked.quantization.made == "per-tensor"
    for other in (QuantizationOptions(gptq=True), QuantizationOptions(range_search=False)):
        assert made["grove"].quantized_as(other).quantization.rounding == "nearest"
    assert made["grove"] == load_target("grove")
    nearest = load_target("grove").quantized_as(QuantizationOptions(rounding="nearest"))
    assert nearest.quantization.made == "per-tensor"


def test_fast_is_what_the_tools_do_by_themselves():
    target = load_target("grove").quantized_as(QuantizationOptions(fast=True))
    assert (target.quantization.rounding, target.quantization.range_search) == ("nearest", False)
    request = BuildRequest(target="grove", fast=True)
    compiled = load_target("grove").compiled_as(request).compile
    assert compiled is not None and not compiled.prefetch
    assert load_target("xiao").compiled_as(BuildRequest(target="xiao", fast=True)) == load_target("xiao")


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("grove", {"gptq": True, "range_search": False}, "--gptq and --no-range-search"),
        ("grove", {"compress_weights": "smallest", "range_search": False}, "--compress-weights and --no-range-search"),
        ("grove", {"rounding": "sensitivity", "range_search": False}, "--rounding=sensitivity and --no-range-search"),
        ("grove", {"rounding": "sensitivity", "gptq": True}, "--gptq and --rounding=sensitivity"),
        ("xiao", {"compress_weights": "smallest"}, "gains nothing"),
        ("grove", {"max_ms": 40.0, "rounding": "nearest"}, "--max-ms and --max-flash choose among"),
        ("grove", {"max_flash": 1700, "compress_weights": "smaller"}, "and so does --compress-weights"),
        ("xiao", {"max_flash": 1700}, "gains nothing"),
        ("grove", {"fast": True, "gptq": True}, "--fast and --gptq"),
        ("grove", {"fast": True, "compress_weights": "smallest"}, "--fast and --compress-weights"),
    ],
)
def test_options_that_contradict_each_other_or_the_device(name, options, match):
    with pytest.raises(UsageError, match=match):
        load_target(name).quantized_as(QuantizationOptions(**options))
