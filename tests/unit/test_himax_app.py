"""Himax' app on its serial line: it is listened to, and nothing is sent."""

import contextlib

import pytest
from sscma_board import HimaxApp, SscmaBoard, Terminal

from edgecask.errors import BoardError
from edgecask.firmware.board import himax_app
from edgecask.firmware.board.connection import Connection
from edgecask.firmware.board.himax_app import Himax
from edgecask.firmware.flash.serial_ports import open_port


@contextlib.contextmanager
def listening_to(board):
    board.start()
    with open_port(board.port, 921600) as port:
        yield Himax(Connection(port, name=board.port))
    board.stopped.set()


def test_what_it_sees():
    app = HimaxApp(ticks=[27_000_000, 29_000_000])
    with listening_to(app) as board:
        frames = list(board.frames(3))
    assert {frame.ticks for frame in frames} == {27_000_000, 29_000_000} and len(frames) == 3
    assert frames[0].people[0].score == 82 and len(frames[0].people[0].keypoints) == 2
    assert app.received == b""


def test_seeeds_firmware_is_told():
    board = SscmaBoard()
    with listening_to(board) as client:
        client.connection.write(b"AT+INVOKE=-1,0,1\r")
        with pytest.raises(BoardError, match="runs Seeed's firmware"):
            list(client.frames(1))


def test_a_silent_board(monkeypatch):
    monkeypatch.setattr(himax_app, "FRAME_SECONDS", 0.2)

    class Silent(Terminal):
        def converse(self):
            while not self.stopped.wait(0.05):
                self.send(b"perf: 41 ms\r\n")

    with listening_to(Silent()) as board, pytest.raises(BoardError, match="no result .* said 'perf: 41 ms'.*SPI"):
        list(board.frames(1))
