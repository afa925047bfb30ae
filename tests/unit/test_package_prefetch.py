"""Whether the file with weights brought ahead is packaged: only where it is possible, faster, and as sound."""

import msgspec
import pytest
from locations import REPOSITORY

from edgecask.errors import CompileError, ContractError
from edgecask.files import sha256_file
from edgecask.package.prefetch import FILE, METRICS, Prefetch, look_at_prefetch
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.target import load_target

DATA = REPOSITORY / "tests" / "data"
GROVE = load_target("grove")
OWN = {"timeline_ms": 6.5, "sram_kib": 250.0, "flash_kib": 2000.0, "npu_ms": 7.0}
FASTER = {**OWN, "timeline_ms": 6.0, "sram_kib": 300.0}


@pytest.fixture
def look(directories):
    store = Store(directories.store)

    def result(metrics, model, **report):
        outputs = {"model.tflite": store.ingest(DATA / model)}
        return StageResult(key="k", outputs=outputs, report={"metrics": metrics, **report}, toolchain={})

    def call(metrics=FASTER, *, target=GROVE, model="raw_vela.tflite", possible=True, reason=""):
        prefetched = result(metrics, model, prefetch={"possible": possible, "reason": reason})
        return look_at_prefetch(store, target, result(OWN, "raw_vela.tflite"), prefetched)

    return call


def limited(kib):
    return msgspec.structs.replace(GROVE, compile=msgspec.structs.replace(GROVE.compile, sram_limit=kib))


def test_a_faster_file_is_taken_with_its_own_figures(look):
    found = look()
    facts = found.facts()
    assert facts["file"] == FILE and facts["sha256"] == sha256_file(DATA / "raw_vela.tflite")
    assert facts["bytes"] == (DATA / "raw_vela.tflite").stat().st_size
    assert facts["metrics"] == {name: FASTER[name] for name in METRICS}


@pytest.mark.parametrize("milliseconds", [6.5, 7.0])
def test_a_file_that_is_no_faster_is_not(look, milliseconds):
    found = look({**FASTER, "timeline_ms": milliseconds})
    assert found == Prefetch(reason="it would gain nothing")
    assert found.facts() == {"reason": "it would gain nothing"}


def test_why_it_is_not_possible_is_said(look):
    assert look(possible=False, reason="no room").facts() == {"reason": "no room"}


def test_a_limit_below_what_the_model_needs_anyhow_is_the_users_mistake(look):
    with pytest.raises(CompileError, match=r"--sram-limit=249 KiB is less than the 250\.0 KiB") as caught:
        look(target=limited(249))
    assert caught.value.advice
    assert look(target=limited(250)).model is not None


def test_it_keeps_the_rules_that_the_first_file_keeps(look):
    with pytest.raises(ContractError):
        look(model="raw.tflite")  # not compiled
