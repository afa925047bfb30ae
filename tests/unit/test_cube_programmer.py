"""STM32CubeProgrammer, with a stand-in that records its arguments: ST's own cannot be had without an account."""

import os
import shlex
import shutil
from pathlib import Path

import pytest

from edgecask.errors import FlashError
from edgecask.firmware.flash import cube_programmer, flash


@pytest.fixture
def programmer(tmp_path, monkeypatch):
    """A stand-in for STM32_Programmer_CLI that records its arguments."""
    record = tmp_path / "arguments"
    program = tmp_path / "bin" / cube_programmer.PROGRAM
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {record}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return record


def test_stm32_writes_every_part_in_order(request_for, programmer):
    made, _, _ = request_for("stm32n6")
    for name in ("ai_fsbl.hex", "application_signed.hex", "stedgeai/output/network_atonbuf.xSPI2.raw"):
        (made.model.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (made.model.parent / name).write_bytes(b"x")
    flash(made)
    ran = [shlex.split(line) for line in programmer.read_text().splitlines()]
    assert [Path(line[line.index("-w") + 1]).name for line in ran] == [
        "ai_fsbl.hex", "application_signed.hex", "network_atonbuf.xSPI2.bin",
    ]  # fmt: skip
    assert [line[line.index("-w") + 2 :] for line in ran] == [[], ["0x70100000"], ["0x70380000"]]
    assert all("MX66UW1G45G_STM32N6570-DK.stldr" in line for line in ran)
    assert Path(ran[2][ran[2].index("-w") + 1]).read_bytes() == b"x"


def test_stm32_takes_the_loader_from_where_the_programmer_is(request_for, programmer):
    loader = Path(shutil.which(cube_programmer.PROGRAM)).parent / "ExternalLoader" / "MX66UW1G45G_STM32N6570-DK.stldr"
    loader.parent.mkdir()
    loader.touch()
    made, lines, _ = request_for("stm32n6", dry_run=True)
    flash(made)
    assert sum(f"-el {loader} " in line for line in lines) == 3


@pytest.mark.parametrize(
    ("script", "message"), [("#!/bin/sh\nexit 3\n", r"failed \(3\)"), ("#!/nowhere/sh\n", "could not be run")]
)
def test_stm32_when_the_programmer_fails(request_for, programmer, script, message):
    Path(shutil.which(cube_programmer.PROGRAM)).write_text(script)
    made, _, _ = request_for("stm32n6")
    for part in made.flash.parts:
        (made.model.parent / part.file).write_bytes(b"x")
    with pytest.raises(FlashError, match=message):
        flash(made)


def test_stm32_says_what_is_missing(request_for, programmer):
    made, _, _ = request_for("stm32n6")
    with pytest.raises(FlashError, match="network_atonbuf"):
        flash(made)
    assert not programmer.exists()


def test_stm32_without_the_programmer(request_for, monkeypatch):
    made, lines, _ = request_for("stm32n6")
    for part in made.flash.parts:
        (made.model.parent / part.file).write_bytes(b"x")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FlashError, match="not on PATH"):
        flash(made)
    assert [shlex.split(line)[0] for line in lines] == [cube_programmer.PROGRAM] * 2 + ["cp", cube_programmer.PROGRAM]
