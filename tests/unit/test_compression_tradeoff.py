"""The levels of compression side by side, from what their stages report."""

import pytest

from edgecask.analysis.compression_tradeoff import measured, other_levels, points, table
from edgecask.common_options import QuantizationOptions
from edgecask.plan.graph import Results
from edgecask.target.target import load_target

METRICS = {
    "off": {"npu_ms": 55.4, "flash_kib": 2229.0, "sram_kib": 253.0, "npu_ops": 149},
    "smaller": {"npu_ms": 51.0, "flash_kib": 2019.0, "sram_kib": 253.0, "npu_ops": 149},
    "smallest": {"npu_ms": 40.6, "flash_kib": 1436.0, "sram_kib": 253.0, "npu_ops": 149},
}
AP = {"off": 0.129, "smaller": 0.128, "smallest": 0.12}


def made(chosen, *, with_data, agreements=None):
    others = [name for name in METRICS if name != chosen]
    return table(
        load_target("grove").quantized_as(QuantizationOptions(compress_weights=chosen)),
        metrics=METRICS,
        accuracy={"int8": {"AP": AP[chosen]}, "float": {"AP": 0.136}} if with_data else None,
        of_levels={name: {"model": {"AP": AP[name]}} for name in others} if with_data else {},
        agreements=agreements,
    )


@pytest.mark.parametrize("chosen", ["smaller", "smallest"])
def test_every_level_has_its_own_figures(chosen):
    found = made(chosen, with_data=True)
    assert found["level"] == chosen
    assert {name: entry["AP"] for name, entry in found["levels"].items()} == AP
    assert [point.name for point in points(found)] == ["off", "smaller", "smallest"]
    assert [point.npu_ms for point in points(found)] == [55.4, 51.0, 40.6]
    assert [point.accuracy for point in points(found)] == pytest.approx([12.9, 12.8, 12.0])


def test_without_labelled_images_there_is_no_accuracy():
    assert all(point.accuracy is None for point in points(made("smallest", with_data=False)))


def test_agreement_needs_no_labels():
    found = made(
        "smallest", with_data=False, agreements={"off": {"AP": 0.9}, "smaller": {"people": 0}, "smallest": {"AP": 0.8}}
    )
    assert [point.agreement for point in points(found)] == pytest.approx([90, None, 80])
    assert "agreement" not in found["levels"]["smaller"]
    assert all(point.agreement is None for point in points(made("smallest", with_data=True)))


@pytest.mark.parametrize("target", ["grove", "xiao"])
def test_one_level_alone_is_no_curve(target):
    """And nothing is run for it."""
    loaded = load_target(target)
    assert other_levels(loaded) == ()
    assert measured(loaded, Results(), None) is None
    assert points(None) == ()
