"""What a board is asked before it is written to, what that costs, and what it is told afterwards."""

import pytest
from boot_loader import BootLoader
from sscma_board import MAIN_LINE, XIAO, Faults, HimaxApp, MainLineBoard, SscmaBoard

from edgecask.errors import BoardError, FlashError
from edgecask.firmware.board.flashing import (
    Before,
    as_the_board_has_it,
    ask_before,
    overwritten,
    remarks_before,
    tell_after,
)
from edgecask.firmware.board.sscma_replies import Identity, Model, Thresholds
from edgecask.target.target import load_target

GROVE, HIMAX = load_target("grove"), load_target("grove-himax")
IDENTITY = Identity(
    name="Grove Vision AI V2", software="2024.12.07", hardware="1", models=(Model(id=1, address=0x400000),),
    chosen=Model(id=1, address=0x400000), info="",
)  # fmt: skip


@pytest.mark.parametrize(
    ("board", "runs"),
    [
        (SscmaBoard(), "sscma"),
        (HimaxApp(), "himax"),
        (MainLineBoard(MAIN_LINE), "main-branch"),
        (SscmaBoard(faults=Faults(silent=True)), "nothing that answers"),
    ],
    ids=["sscma", "himax", "main-branch", "silent"],
)
@pytest.mark.parametrize("target", [GROVE, HIMAX], ids=["grove", "grove-himax"])
def test_which_firmware_runs(board, runs, target, monkeypatch):
    monkeypatch.setattr("edgecask.firmware.board.flashing.PATIENCE", 0.3)
    if not board.is_alive():
        board.start()
    before = ask_before(target, port=board.port)
    assert before.runs == runs and (before.identity is not None) == (runs == "sscma")
    list(remarks_before(target, before))


def test_what_is_asked_chooses_nothing_in_a_boot_loader(monkeypatch):
    """Neither a digit of its menu nor a byte that Himax' apps act on."""
    monkeypatch.setattr("edgecask.firmware.board.flashing.PATIENCE", 0.2)
    heard = bytearray()

    class Listening(BootLoader):
        def run(self):
            while data := self._read(1, 1):
                heard.extend(data)

    board = Listening()
    board.start()
    assert ask_before(GROVE, port=board.port).runs == "nothing that answers"
    asked = SscmaBoard()
    asked.start()
    ask_before(GROVE, port=asked.port)
    everything = bytes(heard) + "".join(asked.commands).encode()
    assert b"BREAK" in everything and not set(everything) & set(b"0123456789\x00\xfd\xfe\xff")


def test_what_is_overwritten():
    assert list(overwritten(GROVE.flash, 2_282_640, IDENTITY)) == []
    said = list(overwritten(HIMAX.flash, 2_281_536, IDENTITY))
    assert [line.rpartition(" ")[2] for line in said] == ["0x3df000", "0x400000"]
    assert "device id" in said[0] and "the model of Seeed's firmware" in said[1]
    assert list(overwritten(HIMAX.flash, 0x3DF000 - 0x3BB000, None)) == []
    two = [Model(id=1, address=0x400000), Model(id=2, address=0x500000)]
    identity = Identity(name="", software="", hardware="", models=tuple(two), chosen=two[0], info="")
    assert list(overwritten(GROVE.flash, 0x100001, identity)) == ["model 2 of Seeed's firmware, at 0x500000"]


@pytest.mark.parametrize(
    ("target", "before", "words"),
    [
        (GROVE, Before(runs="sscma", identity=IDENTITY), ["firmware of 2024.12.07"]),
        (HIMAX, Before(runs="sscma", identity=IDENTITY), ["firmware of", "only tflm_yolov8_pose will look"]),
        (GROVE, Before(runs="himax"), ["Himax' app", "will not look at this model"]),
        (HIMAX, Before(runs="himax"), ["Himax' app"]),
        (GROVE, Before(runs="main-branch"), ["may print no keypoints"]),
        (GROVE, Before(runs="nothing that answers"), ["not known"]),
        (HIMAX, Before(runs="nothing that answers"), []),
    ],
)
def test_what_is_said_before(target, before, words):
    lines = list(remarks_before(target, before))
    assert len(lines) == len(words) and all(word in line for word, line in zip(words, lines, strict=True))


def test_the_boards_own_firmware_counts():
    assert as_the_board_has_it(GROVE, Before(runs="sscma", identity=IDENTITY)).firmware_named.endswith("2024-12-07")
    assert as_the_board_has_it(GROVE, Before(runs="himax")) is GROVE
    old = Identity(name="", software="1970.01.01", hardware="", models=(), chosen=Model(id=0, address=0), info="")
    with pytest.raises(FlashError, match=r"'1970\.01\.01'.*--force"):
        as_the_board_has_it(GROVE, Before(runs="sscma", identity=old))


def test_what_it_is_told():
    board = SscmaBoard(flash={0x400000: b"\0\0\0\0TFL3", 0x300: b"", 0x800000: b"\0\0\0\0TFL3"})
    board.settings.model_id = 2
    board.start()
    identity, thresholds = tell_after(GROVE, port=board.port, note="e30=", score=40, iou=None)
    assert (identity.chosen, identity.info, thresholds) == (
        Model(id=1, address=0x400000), "e30=", Thresholds(score=40, iou=45)
    )  # fmt: skip
    assert (board.settings.model_id, board.settings.info, board.settings.tscore) == (1, {1: "e30="}, 40)


def test_the_first_model_of_a_board_that_has_its_own_address():
    board = SscmaBoard(XIAO, flash={0x410000: b"\0\0\0\0TFL3"})
    board.start()
    identity, thresholds = tell_after(load_target("xiao"), port=board.port, note="e30=", score=None, iou=None)
    assert (identity.chosen, thresholds, board.settings.info) == (Model(id=1, address=0x410000), None, {0: "e30="})


def test_a_model_that_is_not_there_afterwards():
    board = SscmaBoard(flash={})
    board.start()
    with pytest.raises(BoardError, match="does not list the model at 0x400000"):
        tell_after(GROVE, port=board.port, note="e30=", score=None, iou=None)
