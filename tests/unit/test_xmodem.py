"""The Himax boot loader's XMODEM, against a simulated boot loader on a pseudo-terminal."""

import struct
import time
from dataclasses import replace

import msgspec
import pytest
from boot_loader import BootLoader

from edgecask.errors import FlashError
from edgecask.firmware.flash import flash
from edgecask.firmware.flash import xmodem as xmodem_loader
from edgecask.firmware.flash.xmodem import Timing, preamble

TIMING = Timing(boot=3, reset=0.3, choose=0.2, answer=3, block=0.3, retries=4)


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
        xmodem_loader.flash(made, replace(TIMING, boot=0.5, reset=0.1))


def test_a_board_that_talks_about_something_else(request_for):
    board = BootLoader(chatty=True)
    board.start()
    made, _, _ = request_for(port=board.port)
    started = time.monotonic()
    with pytest.raises(FlashError, match="No boot loader answered .* said .*perf: 41 ms"):
        xmodem_loader.flash(made, replace(TIMING, boot=0.5, reset=0.1))
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


def test_an_address_within_a_sector(request_for):
    made, _, _ = request_for(dry_run=True)
    with pytest.raises(FlashError, match="0x400100 does not begin a flash sector"):
        flash(replace(made, flash=msgspec.structs.replace(made.flash, address=0x400100)))


def test_a_dry_run_says_the_bytes(request_for):
    made, lines, _ = request_for(dry_run=True)
    flash(made)
    said = "\n".join(lines)
    assert "c0 5a 00 00 40 00 00 00 00 00 5a c0, then 116 × ff" in said
    assert "921600" in said and f"{len(made.content)} bytes in 301 blocks" in said
