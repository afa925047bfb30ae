"""Flashing, against a simulated boot loader on a pseudo-terminal and stand-in programs that record their arguments."""

import os
import shlex
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from boot_loader import SEEED_PROMPT, BootLoader

from pipeline.errors import FlashError
from pipeline.flash import FlashRequest, cube_programmer, espressif, flash, ports, xmodem_loader
from pipeline.flash.xmodem_loader import Timing, preamble
from pipeline.target import load_target

TIMING = Timing(boot=3, answer=3, block=0.3, retries=4)


@pytest.fixture
def request_for(tmp_path):
    def make(target="grove", *, port=None, dry_run=False, size=128 * 300 + 57):
        model = tmp_path / "model.tflite"
        model.write_bytes(bytes(range(256)) * (size // 256) + bytes(size % 256))
        lines, steps = [], []
        made = FlashRequest(
            flash=load_target(target).flash,
            model=model,
            port=port,
            dry_run=dry_run,
            say=lines.append,
            progress=lambda done, total: steps.append((done, total)),
        )
        return made, lines, steps

    return make


@pytest.mark.parametrize(
    "behaviour",
    [
        {},
        {"prompt": SEEED_PROMPT},
        {"corrupt": {1, 2, 7, 150}},
        {"drop": {3, 80}},
        {"corrupt": {2, 20}, "drop": {1, 30}},
    ],
    ids=["well", "seeed", "corrupt", "drop", "both"],
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
    assert model[: len(content)] == content and len(model) - len(content) < 128
    assert board.answers == [b"n", b"y"] and board.rebooted
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


def test_a_board_that_refuses(request_for):
    board = BootLoader(refuse=True)
    board.start()
    made, _, _ = request_for(port=board.port)
    with pytest.raises(FlashError, match="did not take the address"):
        xmodem_loader.flash(made, TIMING)


def test_a_board_that_never_acknowledges(request_for):
    board = BootLoader(corrupt=set(range(2, 100)))
    board.start()
    made, _, _ = request_for(port=board.port)
    with pytest.raises(FlashError, match="did not take model.tflite"):
        xmodem_loader.flash(made, TIMING)


def test_the_cable_is_pulled(request_for):
    board = BootLoader(unplug_after=40)
    board.start()
    made, _, _ = request_for(port=board.port)
    with pytest.raises(FlashError, match="broke off|did not take"):
        xmodem_loader.flash(made, TIMING)


def test_a_port_that_is_not_there(request_for):
    made, _, _ = request_for(port="/dev/does-not-exist")
    with pytest.raises(FlashError, match="there is no such port"):
        flash(made)


def test_a_port_that_another_program_uses(request_for):
    board = BootLoader(silent=True)
    board.start()
    with ports.open_port(board.port, 921600):
        made, _, _ = request_for(port=board.port)
        with pytest.raises(FlashError, match="another program uses it"):
            flash(made)


def test_no_permission(tmp_path):
    port = tmp_path / "port"
    port.touch(mode=0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)  # root may open every port
    try:
        with pytest.raises(FlashError, match="no permission.*dialout"):
            ports.open_port(str(port), 921600)
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
    monkeypatch.setattr(ports.list_ports, "comports", lambda: connected)
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


def test_esptools_arguments_are_what_esptool_takes(request_for):
    """esptool itself parses them, and fails at the port, which is not there."""
    made, lines, _ = request_for("xiao", port="/dev/does-not-exist")
    with pytest.raises(FlashError, match="does-not-exist"):
        espressif.flash(made)
    assert any("write-flash 0x400000" in line for line in lines)
    assert not any("No such option" in line or "Usage" in line for line in lines)


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
        "ai_fsbl.hex", "application_signed.hex", "network_atonbuf.xSPI2.raw",
    ]  # fmt: skip
    assert [line[line.index("-w") + 2 :] for line in ran] == [[], ["0x70100000"], ["0x70380000"]]
    assert all("MX66UW1G45G_STM32N6570-DK.stldr" in line for line in ran)


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
    assert len(lines) == 3
