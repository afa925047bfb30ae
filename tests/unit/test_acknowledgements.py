"""Late, lost and doubled answers, by a simulated board and by lrzsz's receiver, which nobody here wrote."""

import os
import random
import shutil
import subprocess
import threading
import time
import tty
from dataclasses import replace

import pytest
from boot_loader import BootLoader

from edgecask.errors import FlashError
from edgecask.firmware.flash import xmodem
from edgecask.firmware.flash.serial_ports import open_port
from edgecask.firmware.flash.xmodem import Timing

TIMING = Timing(boot=3, choose=0.2, answer=3, block=0.2, retries=4)
BLOCKS = 20
CONTENT = random.Random(1).randbytes(128 * BLOCKS - 30)


def send(board, content=CONTENT, timing=TIMING):
    """The dialogue of a flash without its file names; what the user was told."""
    said = []
    board.start()
    with open_port(board.port, 921600) as port:
        loader = xmodem.BootLoader(port, timing, said.append)
        loader.enter()
        loader.send(b"\xc0\x5a".ljust(128, b"\xff"), "the address", lambda done, total: None)
        loader.answer(b"n")
        loader.send(content, "model.tflite", lambda done, total: None)
        loader.answer(b"y")
    board.join(5)
    return said


# Blocks are counted over both files with those sent again: 1 is the address, 2 to 21 are the model's.
@pytest.mark.parametrize(
    "behaviour",
    [
        {"late": {5: 0.3}},
        {"late": {5: 0.3}, "corrupt": {22}},
        {"late": {5: 0.3, 6: 0.3}, "corrupt": {22, 23}},
        {"late": {5: 0.5}, "corrupt": {23, 24}},
        {"late": {21: 0.3}, "corrupt": {21, 22}},
        {"late": {5: 0.3}, "lose_answer": {9}, "corrupt": {23}},
        {"late": {1: 0.3, 2: 0.3, 9: 0.3}, "drop": {12}},
        {"late": {5: 0.3}, "checksum": True, "menu": True, "corrupt": {7, 22}},
        {"lose_end": True},
        {"late": {21: 0.3}, "lose_end": True},
    ],
    ids=str,
)
def test_every_block_arrives_whatever_comes_late(behaviour):
    board = BootLoader(**behaviour)
    send(board)
    assert board.wrong == []
    assert board.files[1] == CONTENT.ljust(128 * BLOCKS, b"\x1a")
    assert board.answers == [b"n", b"y"] and board.rebooted


@pytest.mark.parametrize("seed", range(5))
def test_any_mixture_of_faults(seed):
    """The whole file, or an error: never a good end with a block missing."""
    chance = random.Random(seed)

    def some():
        return set(chance.sample(range(1, 30), chance.randrange(3)))

    late = {block: chance.choice((0.1, 0.25, 0.35)) for block in some()}
    board = BootLoader(late=late, corrupt=some(), drop=some(), lose_answer=some(), noise=some(), late_request=some())
    try:
        send(board, timing=replace(TIMING, block=0.15))
    except FlashError:
        assert not board.rebooted
    else:
        assert board.wrong == [] and board.files[1] == CONTENT.ljust(128 * BLOCKS, b"\x1a")


def test_a_board_that_is_always_slow_is_waited_for_without_sending_everything_twice():
    board = BootLoader(slow=0.25)
    send(board, CONTENT[: 128 * 8])
    assert board.wrong == [] and board.files[1] == CONTENT[: 128 * 8]
    assert board.sent_again <= 2  # one in each file, until it is known


def test_the_whole_has_a_limit():
    board = BootLoader(slow=0.15)
    started = time.monotonic()
    with pytest.raises(FlashError, match=r"taken \d+ blocks after .* too slow to go on"):
        send(board, timing=replace(TIMING, whole=1.0))
    assert time.monotonic() - started < 4
    assert not board.rebooted


def test_a_slow_board_is_told_about_once(monkeypatch):
    monkeypatch.setattr("edgecask.firmware.flash.acknowledgements.SLOW_SECONDS", 0.1)
    said = send(BootLoader(late={4: 0.15, 9: 0.15}))
    assert len(said) == 1 and "for block 3 of 128 bytes" in said[0] and "20 minutes at most" in said[0]


def test_the_loaders_own_reason_is_shown():
    board = BootLoader(cancel=7, why=b"Xmodem: ERR_FLASH_VERIFY\r\n")
    with pytest.raises(FlashError, match="cancelled the transfer and said 'Xmodem: ERR_FLASH_VERIFY'"):
        send(board)


@pytest.mark.skipif(shutil.which("rx") is None, reason="needs lrzsz")
@pytest.mark.parametrize("late", [0, 0.4])
def test_lrzsz_receives_the_file(tmp_path, late):
    """Its receiver's answers are held back for a while, so that blocks are sent twice: it drops and answers both."""
    received = tmp_path / "received"
    controller, terminal = os.openpty()
    tty.setraw(terminal)
    answers = 0
    with open_port(os.ttyname(terminal), 921600) as port:
        receiver = subprocess.Popen(
            ["rx", "--with-crc", "--binary", str(received)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )

        def to_receiver():
            while receiver.poll() is None:
                receiver.stdin.write(os.read(controller, 4096))

        def to_sender():
            nonlocal answers
            while data := receiver.stdout.read(1):
                answers += data == b"\x06"
                if data == b"\x06" and answers == 7:
                    time.sleep(late)
                os.write(controller, data)

        for forward in (to_receiver, to_sender):
            threading.Thread(target=forward, daemon=True).start()
        loader = xmodem.BootLoader(port, TIMING, lambda text: None)
        loader.send(CONTENT, "model.tflite", lambda done, total: None)
    assert receiver.wait(10) == 0
    assert received.read_bytes() == CONTENT.ljust(128 * BLOCKS, b"\x1a")
    assert answers >= BLOCKS + 1 + (late > 0)  # the end, and the block that went twice
