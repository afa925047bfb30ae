"""What holds for every way of flashing."""

import pytest

from edgecask.errors import FlashError, ModelFileError
from edgecask.firmware.flash import flash
from edgecask.target.target import load_target, target_names


@pytest.mark.parametrize("target", ["grove", "xiao"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_model_that_does_not_fit_is_refused_before_a_port_is_looked_for(request_for, target, dry_run):
    space_kib = load_target(target).memory.flash_limit_kib
    made, lines, _ = request_for(target, dry_run=dry_run, size=int(space_kib * 1024) + 1, space_kib=space_kib)
    with pytest.raises(FlashError, match="overwrite what lies behind"):
        flash(made)
    assert lines == []


@pytest.mark.parametrize("target", ["grove", "xiao"])
def test_a_model_that_just_fits(request_for, target):
    space_kib = load_target(target).memory.flash_limit_kib
    made, lines, _ = request_for(target, dry_run=True, size=int(space_kib * 1024), space_kib=space_kib)
    flash(made)
    assert lines


@pytest.mark.parametrize("target", ["grove", "xiao"])
def test_no_model(request_for, target):
    made, _, _ = request_for(target, size=0)
    with pytest.raises(ModelFileError, match="is empty"):
        flash(made)


@pytest.mark.parametrize("target", target_names())
def test_a_dry_run_touches_nothing_and_says_where(request_for, target, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    made, lines, _ = request_for(target, dry_run=True)
    flash(made)
    said = "\n".join(lines)
    address = made.flash.address
    assert not address or f"{address:#x}" in said or f"{address:#08x}" in said
    assert lines
