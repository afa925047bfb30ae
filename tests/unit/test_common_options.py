"""Options that several commands share are one option: read in one way, under one name."""

import dataclasses
from pathlib import Path

import pytest
from locations import REPOSITORY

from edgecask import common_options
from edgecask.build_request import BuildRequest
from edgecask.cli.tasks import COMMANDS
from edgecask.common_options import CompileOptions, QuantizationOptions
from edgecask.errors import UsageError
from edgecask.option_kinds import ListOf
from edgecask.options import options_of

ONE = ["imgsz", "target", "weights", "runner", "json", *(each.name for each in options_of(CompileOptions)),
       *(each.name for each in options_of(QuantizationOptions))]  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_it_is_declared_alike_wherever_it_is(name):
    """A matrix takes several values of it, each read in the same way."""
    found = {
        (
            type(option.kind.kind if isinstance(option.kind, ListOf) else option.kind).__name__,
            option.kind.choices,
            option.placeholder,
            option.old_names,
        )
        for command in COMMANDS.values()
        for option in command.options
        if option.name == name
    }
    assert len(found) == 1


def test_the_names_are_written_in_one_file():
    """Nobody else gives an option one of these names."""
    for path in sorted((REPOSITORY / "edgecask").rglob("*.py")):
        if path != Path(common_options.__file__):
            text = path.read_text(encoding="utf-8")
            assert 'name="imgsz"' not in text and "target: str = option(" not in text, path
            assert "weights: str = option(" not in text and "zero_copy_concat: bool" not in text.replace(
                "    zero_copy_concat: bool\n", ""
            ), path


def test_a_build_has_every_group():
    names = {option.name for option in options_of(BuildRequest)}
    assert {"target", "weights", "imgsz", "calibration", "data", "gptq", "granularity", "zero-copy-concat"} <= names
    assert all(each.default is not dataclasses.MISSING for each in options_of(BuildRequest) if not each.required)


@pytest.mark.parametrize(
    ("options", "silu"),
    [
        ({}, None),
        ({"fuse_silu": True}, "table"),
        ({"fuse_silu": False}, "separate"),
        ({"experimental_fuse_into_conv": True}, "convolution"),
        ({"experimental_fuse_into_conv": False}, None),
    ],
)
def test_what_becomes_of_a_silu(options, silu):
    assert CompileOptions(**options).silu == silu


def test_what_excludes_each_other():
    with pytest.raises(UsageError, match="exclude each other"):
        CompileOptions(fuse_silu=False, experimental_fuse_into_conv=True)
    with pytest.raises(UsageError, match="needs labelled images"):
        BuildRequest(target="grove", max_ap_drop=1.0)
