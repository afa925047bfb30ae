import pytest

from edgecask.errors import UsageError
from edgecask.target.firmware_changes import as_of, is_decoded
from edgecask.target.target import load_target, target_names


@pytest.mark.parametrize("name", target_names())
def test_the_newest_firmware_is_the_default(name):
    target = load_target(name)
    assert target.firmware_date is None and target.firmware_named == target.firmware
    given_out = [change for change in target.changes if not change.own_build]
    if given_out:
        newest = as_of(target, str(given_out[-1].since))
        assert newest.memory == target.memory and newest.operators == target.operators
        assert newest.firmware_named == f"{target.firmware} of {given_out[-1].since}"


def test_an_older_firmware_registers_less():
    grove = load_target("grove")
    before = as_of(grove, "2025-01-01").operators.registered
    assert set(grove.operators.registered) - set(before) == {"BATCH_MATMUL"}
    assert as_of(grove, "2023-11-02").operators.registered == [
        "PADV2", "TRANSPOSE", "ETHOS_U", "DEQUANTIZE", "QUANTIZE", "FULLY_CONNECTED", "GATHER",
    ]  # fmt: skip
    assert as_of(grove, "2024.12.07") == as_of(grove, "2024-12-07")
    assert not is_decoded(as_of(grove, "2024-01-10")) and is_decoded(as_of(grove, "2024-01-11"))
    detection = grove.for_task("detect")
    assert not is_decoded(as_of(detection, "2024-04-27")) and is_decoded(as_of(detection, "2024-04-28"))


def test_a_firmware_that_people_build_themselves():
    """A XIAO's has another SSCMA-Micro than its day says, so that no day stands for it."""
    raw = next(form for form in load_target("xiao").forms() if (form.model.task, form.model.head) == ("detect", "raw"))
    assert not is_decoded(raw) and not is_decoded(as_of(raw, "2026-01-01"))
    own = as_of(raw, "sscma-micro-1.0.x")
    assert is_decoded(own) and own.firmware_named.endswith("built by yourself with sscma-micro-1.0.x")
    assert is_decoded(as_of(load_target("xiao"), "sscma-micro-1.0.x"))
    with pytest.raises(UsageError, match=r"is no date.*or sscma-micro-1\.0\.x for one that you build yourself"):
        as_of(raw, "1.0")


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "2024", "07.12.2024", "2024-12-07T00:00"])
def test_what_is_no_date(text):
    with pytest.raises(UsageError, match="is no date"):
        as_of(load_target("grove"), text)


def test_a_firmware_that_never_was():
    with pytest.raises(UsageError, match="2023-11-02"):
        as_of(load_target("grove"), "2023-11-01")
    with pytest.raises(UsageError, match="X-LINUX-AI"):
        as_of(load_target("stm32mp2"), "2024-12-07")
