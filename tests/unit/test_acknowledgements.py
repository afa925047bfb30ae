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
from xmodem import ACK, CAN, EOT, NAK

from edgecask.errors import FlashError
from edgecask.firmware.flash import acknowledgements, xmodem
from edgecask.firmware.flash.acknowledgements import Acknowledgements, Patience
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


def test_a_board_that_answers_at_once_is_not_told_about():
    assert send(BootLoader()) == []


class Script:
    """A port on which these bytes arrive at these seconds of a clock that moves when it is read."""

    def __init__(self, arrivals):
        self.arrivals, self.now, self.timeout, self.sent = list(arrivals), 0.0, None, []

    def monotonic(self):
        return self.now

    def write(self, data):
        self.sent.append(data)
        return len(data)

    def reset_input_buffer(self):
        self.arrivals = [arrival for arrival in self.arrivals if arrival[0] > self.now]

    def read(self, size=1):
        until = self.now + self.timeout
        if self.arrivals and self.arrivals[0][0] <= until:
            self.now, byte = self.arrivals.pop(0)
            return byte
        self.now = until
        return b""


@pytest.fixture
def scripted(monkeypatch):
    def make(arrivals, say=lambda text: None, **patience):
        port = Script(arrivals)
        monkeypatch.setattr(acknowledgements, "time", port)
        waits = {"block": 5.0, "end": 5.0, "whole": 600.0, "retries": 4, **patience}
        return port, Acknowledgements(port, Patience(**waits), request=b"", end_prompt=b"y?", say=say)

    return make


def test_a_slow_board_is_told_about_once(scripted):
    said = []
    _, answers = scripted([(0.5, ACK), (2.5, ACK), (4.6, ACK), (9.0, ACK)], said.append, whole=1200.0)
    for number in range(4):
        answers.write(f"block {number}".encode())
        assert answers.read(1) == ACK
    assert said == ["the board needed 2 s for block 3 of 128 bytes; the whole may take 20 minutes at most"]


@pytest.mark.parametrize(
    ("block", "took", "second", "until"),
    [(5.0, 6.0, 17.5, 17.5), (5.0, 6.0, 18.5, 18.0), (3.0, 4.0, 11.5, 11.5), (3.0, 4.0, 12.5, 12.0)],
)
def test_the_answer_to_a_copy_is_waited_for_twice_as_long_as_the_first_took(scripted, block, took, second, until):
    port, answers = scripted([(took, ACK), (second, NAK)], block=block)
    answers.write(b"a block")
    while answers.read(1) is None:
        answers.write(b"a block")
    assert port.now == until
    assert bool(port.arrivals) == (second > until)


def test_a_board_that_was_late_once_is_waited_for_twice_as_long(scripted):
    port, answers = scripted([(6.0, ACK), (7.0, ACK)])
    answers.write(b"a block")
    assert answers.read(1) is None
    answers.write(b"a block")
    assert answers.read(1) == ACK
    answers.write(b"the next block")
    assert answers.read(1) is None
    assert port.now == 7.0 + 2 * 6.0


@pytest.mark.parametrize(("said", "is_the_end"), [(b"y!", False), (b"y?", True)])
def test_the_end_was_taken_where_the_board_asks_what_it_asks_then(scripted, said, is_the_end):
    _, answers = scripted([(1.0 + place, said[place : place + 1]) for place in range(2)])
    answers.write(EOT)
    assert answers.read(1) == (ACK if is_the_end else None)
    assert answers.end_was_asked == is_the_end


def test_what_a_board_says_between_blocks_is_not_the_end(scripted):
    _, answers = scripted([(1.0, b"y"), (2.0, b"?"), (3.0, NAK)])
    answers.write(b"a block")
    assert answers.read(1) == NAK
    assert not answers.end_was_asked


def test_a_silent_board_is_listened_to_twice_before_the_end_is_sent(scripted):
    port, answers = scripted([(6.0, ACK)])
    answers.write(b"a block")
    assert answers.read(1) is None
    answers.write(b"a block")
    assert answers.read(1) == ACK  # the other answer did not come
    silent = port.now
    answers.write(EOT)
    assert port.now - silent == 10.0  # twice the wait of a block


def test_nobody_is_waited_for_when_the_whole_has_taken_too_long(scripted):
    port, answers = scripted([], block=60.0, whole=10.0)
    answers.write(b"a block")
    with pytest.raises(FlashError, match="too slow to go on"):
        answers.read(1)
    assert 10.0 < port.now < 10.1
    assert port.sent[-1] == CAN + CAN


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
