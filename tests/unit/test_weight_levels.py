"""Which level of weights a build takes: by agreement, by what the device needs, or by its name alone."""

from __future__ import annotations

import pytest
from locations import REPOSITORY
from PIL import Image

from edgecask.analysis.unlabelled_images import UnlabelledImages, images_of
from edgecask.analysis.weight_levels import (
    FEWEST_IMAGES,
    Curve,
    cheapest,
    choice,
    curve_of,
    described,
    text_of,
    within,
)
from edgecask.common_options import QuantizationOptions
from edgecask.errors import LimitError
from edgecask.plan.graph import Results
from edgecask.plan.model_stages import LEVEL_BITS
from edgecask.store.result import Blob, StageResult
from edgecask.store.store import Store
from edgecask.target.target import load_target

CONFIG = Blob(path=REPOSITORY, sha256="1" * 64, size=1)
ROUND = {"levels": [{"bits": bits, "bytes": round(bits * 400_000)} for bits in LEVEL_BITS]}


def target_with(name="grove", **options):
    return load_target(name).quantized_as(QuantizationOptions(**options))


def results_of(**reports):
    results = Results()
    for name, report in reports.items():
        results.add(name, None, StageResult(key="k", outputs={}, report=report, toolchain={}))
    return results


def judged(agreements, people=60):
    """Results of a curve whose levels have so much agreement."""
    reports = {f"a{number}": {"AP": points / 100, "people": people} for number, points in enumerate(agreements)}
    return Curve(needs=tuple(reports), judged=True), results_of(round=ROUND, **reports)


@pytest.fixture
def judging(directories, tmp_path):
    def make(count):
        for number in range(count):
            Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"{number}.png")
        return images_of(Store(directories.store), tmp_path, cores=2)

    return make


@pytest.mark.parametrize(
    ("agreements", "tolerance", "chosen"),
    [
        ((90, 89.6, 89.4, 85, 80), 0.5, 1),
        ((90, 89.6, 89.5, 85, 80), 0.5, 2),
        ((90, 89.0, 89.8, 85, 80), 0.5, 2),  # the one before it lost more: that is chance
        ((88, 90, 89.8, 85, 80), 0.5, 2),  # the finest is not the best
        ((90, 89, 88, 85, 80), 2, 2),
        ((90, 89, 88, 85, 80), 5, 3),
        ((90, 89, 88, 85, 80), 10, 4),
        ((90, 90, 90, 90, 90), 0.5, 4),
    ],
)
def test_the_fewest_bytes_that_lose_no_more(agreements, tolerance, chosen):
    assert cheapest(agreements, tolerance=tolerance) == chosen


@pytest.mark.parametrize(("level", "number"), [("auto", 1), ("smaller", 2), ("smallest", 4)])
def test_agreement_chooses_where_there_are_people_enough(level, number):
    curve, results = judged([90, 89.8, 88.5, 87.0, 85.5])
    assert choice(target_with(compress_weights=level), curve)(results) == number


def test_few_people_choose_nothing():
    curve, results = judged([90, 95, 95, 95, 95], people=8)
    assert choice(target_with(), curve)(results) == 0
    table = described(target_with(), curve, results)
    assert table["bits"] == LEVEL_BITS[0] and "fewer than 30 people" in text_of(table)
    assert choice(target_with(compress_weights="smaller"), Curve())(results_of()) == 1


def test_the_finest_weights_that_fit():
    needed = [(56.0, 2200.0), (50.0, 1900.0), (44.0, 1650.0)]
    assert within(needed, max_ms=50, max_flash=None) == 1
    assert within(needed, max_ms=50, max_flash=1700) == 2
    assert within(needed, max_ms=None, max_flash=2200) == 0
    with pytest.raises(LimitError, match=r"small enough for --max-ms=40: the smallest take 44\.0 ms and 1,650 KiB"):
        within(needed, max_ms=40, max_flash=None)


def test_what_a_curve_takes(judging):
    few, many = judging(FEWEST_IMAGES - 1), judging(FEWEST_IMAGES)
    nothing = {"images": None, "judging": few, "vela_config": CONFIG}
    assert not curve_of(target_with(), **nothing).nodes
    found = curve_of(target_with(), images=None, judging=many, vela_config=CONFIG)
    assert found.judged and len(found.needs) == len(found.bits) == len(LEVEL_BITS)
    assert not {node.stage_name for node in found.nodes} & {"compile"}
    limited = curve_of(target_with(max_ms=40.0), **nothing)
    assert limited.compiled and all(need.startswith("compile ") for need in limited.needs)
    for other in ({"compress_weights": "off"}, {"rounding": "nearest"}):
        assert not curve_of(target_with(**other), images=None, judging=many, vela_config=CONFIG).nodes
    reason = UnlabelledImages(reason="they calibrate", parts=many.parts)
    assert not curve_of(target_with(), images=None, judging=reason, vela_config=CONFIG).nodes
    assert not curve_of(target_with("xiao"), images=None, judging=many, vela_config=None).nodes


def test_what_the_package_says():
    curve, results = judged([90, 89.8, 80, 70, 60])
    table = described(target_with(), curve, results)
    assert (table["level"], table["bits"], len(table["levels"])) == ("auto", 4.0, 5)
    assert text_of(table) == "4 bits each: 89.8 points of agreement, where the best of 5 sizes has 90.0"
    single = results_of(round={"levels": ROUND["levels"][:1]})
    table = described(target_with(), Curve(), single)
    assert text_of(table) == "4.75 bits each, not chosen by agreement: fewer than 25 images judge"
    off = described(target_with(compress_weights="off"), Curve(), single)
    assert text_of(off) == "4.75 bits each" and "reason" not in off
    assert described(target_with(rounding="nearest"), Curve(), single) is None
    metrics = {"metrics": {"timeline_ms": 44.0, "flash_kib": 1700.0}}
    limited = target_with(max_flash=1800)
    compiled = Curve(needs=("c",), compiled=True)
    assert described(limited, compiled, results_of(round=ROUND, c=metrics))["levels"][0]["flash_kib"] == 1700.0
