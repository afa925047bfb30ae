"""Flashing, against a simulated boot loader on a pseudo-terminal and stand-in programs that record their arguments."""

import os
import random
import shlex
import shutil
import struct
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from boot_loader import BootLoader

from edgecask.errors import FlashError, ModelFileError
from edgecask.firmware.flash import FlashRequest, cube_programmer, flash
from edgecask.firmware.flash import esptool as espressif
from edgecask.firmware.flash import serial_ports as ports
from edgecask.firmware.flash import xmodem as xmodem_loader
from edgecask.firmware.flash.xmodem import Timing, preamble
from edgecask.target.target import load_target

TIMING = Timing(boot=3, choose=0.2, answer=3, block=0.3, retries=4)
SIZE = 128 * 300 + 57  # more than 256 blocks, whose numbers begin again, and no multiple of a block


@pytest.fixture
def request_for(tmp_path):
    def make(target="grove", *, port=None, dry_run=False, size=SIZE, space_kib=None):
        model = tmp_path / "model.tflite"
        content = random.Random(size).randbytes(size)
        model.write_bytes(content)
        lines, steps = [], []
        made = FlashRequest(
            flash=load_target(target).flash,
            model=model,
            content=content,
            port=port,
            dry_run=dry_run,
            say=lines.append,
            progress=lambda done, total: steps.append((done, total)),
            space_kib=space_kib,
        )
        return made, lines, steps

    return make


@pytest.mark.parametrize(
    "behaviour",
    [
        {},
        {"menu": True},
        {"checksum": True},
        {"corrupt": {1, 2, 7, 150}},
        {"drop": {3, 80}},
        {"corrupt": {2, 20}, "drop": {1, 30}},
        {"lose_answer": {2, 60}},
        {"late_request": {1, 2, 40}},
        {"noise": {2, 50}},
        {"drop_end": True},
        {"menu": True, "corrupt": {1, 3}, "drop": {90}, "lose_answer": {2}, "drop_end": True},
    ],
    ids=lambda behaviour: "-".join(behaviour) or "well",
)
def test_the_board_gets_the_file(request_for, behaviour):
    board = BootLoader(**behaviour)
    board.start()
    made, lines, steps = request_for(port=board.port)
    xmodem_loader.flash(made, TIMING)
    board.join(5)
    assert board.wrong == []
    address, model = board.files
    content = made.model.read_bytes()
    assert address == preamble(0x400000)
    assert model == content + b"\x1a" * (len(model) - len(content)) and len(model) - len(content) < 128
    assert board.answers == [b"n", b"y"] and board.rebooted
    assert board.sent_again == len(board.lose_answer)
    # One block for the address, and none is sent twice without need.
    again = len(board.corrupt) + len(board.drop) + len(board.lose_answer)
    assert board.blocks == 1 + len(model) // 128 + again
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1] == (len(content), len(content))
    assert any("reset" in line for line in lines)


def test_the_address_block():
    block = preamble(0x3BB000, 16)
    assert len(block) == 128
    assert block[:2] == b"\xc0\x5a" and block[10:12] == b"\x5a\xc0"
    assert struct.unpack("<II", block[2:10]) == (0x3BB000, 16)
    assert set(block[12:]) == {0xFF}


def test_a_board_that_does_not_answer(request_for):
    board = BootLoader(silent=True)
    board.start()
    made, _, _ = request_for(port=board.port)
    with pytest.raises(FlashError, match="No boot loader answered .* reset button"):
        xmodem_loader.flash(made, replace(TIMING, boot=0.5))


def test_a_board_that_talks_about_something_else(request_for):
    board = BootLoader(chatty=True)
    board.start()
    made, _, _ = request_for(port=board.port)
    started = time.monotonic()
    with pytest.raises(FlashError, match="No boot loader answered .* said .*perf: 41 ms"):
        xmodem_loader.flash(made, replace(TIMING, boot=0.5))
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("behaviour", [{"refuse": True}, {"cancel": 1}, {"cancel": 40}], ids=str)
def test_a_board_that_cancels(request_for, behaviour):
    board = BootLoader(**behaviour)
    board.start()
    made, _, _ = request_for(port=board.port)
    started = time.monotonic()
    with pytest.raises(FlashError, match="cancelled the transfer"):
        xmodem_loader.flash(made, replace(TIMING, block=5))
    assert time.monotonic() - started < 2  # and not after sixteen times five seconds


def test_a_board_that_never_acknowledges(request_for):
    board = BootLoader(corrupt=set(range(2, 100)))
    board.start()
    made, _, _ = request_for(port=board.port)
    with pytest.raises(FlashError, match="did not take model.tflite"):
        xmodem_loader.flash(made, TIMING)


@pytest.mark.parametrize("moment", ["reset", "request", 1, 2, 40, "end"])
def test_the_cable_is_pulled(request_for, moment):
    board = BootLoader(unplug_at=moment)
    board.start()
    made, _, _ = request_for(port=board.port)
    with pytest.raises(FlashError, match="broke off .* start over"):
        xmodem_loader.flash(made, TIMING)


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


def test_an_address_within_a_sector(request_for):
    made, _, _ = request_for(dry_run=True)
    with pytest.raises(FlashError, match="0x400100 does not begin a flash sector"):
        flash(replace(made, flash=msgspec.structs.replace(made.flash, address=0x400100)))


@pytest.mark.parametrize("target", ["grove", "xiao"])
def test_a_port_that_is_not_there(request_for, target):
    made, _, _ = request_for(target, port="/dev/does-not-exist")
    with pytest.raises(FlashError, match="there is no such port"):
        flash(made)


def test_a_port_that_is_a_file(request_for, tmp_path):
    (tmp_path / "port").touch()
    made, _, _ = request_for(port=str(tmp_path / "port"))
    with pytest.raises(FlashError, match="is not a serial port"):
        flash(made)


def test_a_port_that_another_program_uses(request_for):
    board = BootLoader(silent=True)
    board.start()
    with ports.open_port(board.port, 921600):
        made, _, _ = request_for(port=board.port)
        with pytest.raises(FlashError, match="another program uses it"):
            flash(made)


@pytest.mark.parametrize("use", [lambda port: ports.open_port(port, 921600), ports.require_port], ids=["open", "look"])
def test_no_permission(tmp_path, use):
    port = tmp_path / "port"
    port.touch(mode=0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)  # root may open every port
    try:
        with pytest.raises(FlashError, match="no permission.*dialout"):
            use(str(port))
    finally:
        if root:
            os.seteuid(0)


class Port:
    def __init__(self, device, vid, pid):
        self.device, self.vid, self.pid = device, vid, pid


@pytest.mark.parametrize(
    ("connected", "result"),
    [
        ([], "No board"),
        ([Port("/dev/ttyUSB0", 0x10C4, 0xEA60), Port("/dev/ttyS0", None, None)], "No board"),
        ([Port("/dev/ttyACM1", 0x1A86, 0x55D3), Port("/dev/ttyACM0", 0x1A86, 0x55D2)], "/dev/ttyACM0, /dev/ttyACM1"),
        ([Port("/dev/ttyACM0", 0x1A86, 0x55D3), Port("/dev/ttyUSB0", 0x10C4, 0xEA60)], None),
    ],
)
def test_looking_for_the_board(monkeypatch, connected, result):
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: connected)
    usb_ids = load_target("grove").flash.usb_ids
    if result is None:
        assert ports.find_port(usb_ids) == "/dev/ttyACM0"
    else:
        with pytest.raises(FlashError, match=result):
            ports.find_port(usb_ids)


@pytest.mark.parametrize("target", ["grove", "grove-himax", "xiao", "stm32n6", "stm32mp2"])
def test_a_dry_run_touches_nothing_and_says_where(request_for, target, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    made, lines, _ = request_for(target, dry_run=True)
    flash(made)
    said = "\n".join(lines)
    address = made.flash.address
    assert not address or f"{address:#x}" in said or f"{address:#08x}" in said
    assert lines


def test_a_dry_run_says_the_bytes(request_for):
    made, lines, _ = request_for(dry_run=True)
    flash(made)
    said = "\n".join(lines)
    assert "c0 5a 00 00 40 00 00 00 00 00 5a c0, then 116 × ff" in said
    assert "921600" in said and f"{SIZE} bytes in 301 blocks" in said


def test_esptools_arguments_are_what_esptool_takes(request_for, tmp_path):
    """esptool itself parses them, and fails at the port, which is a plain file."""
    (tmp_path / "port").touch()
    made, lines, _ = request_for("xiao", port=str(tmp_path / "port"))
    with pytest.raises(FlashError, match=r"did not write .*ERROR: .*Could not open .*port"):
        espressif.flash(made)
    assert any("--chip esp32s3" in line and "write-flash 0x400000" in line for line in lines)
    assert not any("No such option" in line or "Usage" in line for line in lines)


def test_esptools_progress_is_understood():
    """What esptool's own logger prints where its output is not a terminal."""
    program = (
        "from esptool.logger import log\n"
        "for done in range(0, 5):\n"
        "    log.progress_bar(done, 4, prefix='Writing at 0x00400000 ', suffix=f' {done}/4 bytes...')\n"
        "log.print('Hash of data verified.')\n"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True).stdout
    assert [espressif.percent_written(line) for line in printed.splitlines()] == [0, 25, 50, 75, 100, None]


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
