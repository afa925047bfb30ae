"""`edgecask watch`: a line a frame, from a board or a recording."""

import pytest
from sscma_board import Faults, HimaxApp, Scene, SscmaBoard

from edgecask.cli import watch as command
from edgecask.errors import BoardError, UsageError

PEOPLE = [(((60 + place, 110, 60, 160, 52 + place, 0), ((1, 2, 3, 0),)),) for place in range(6)]


@pytest.fixture
def lines(capsys):
    def call(board, target="grove", **options):
        if board is not None:
            board.start()
            options["port"] = board.port
        try:
            command.run(command.Watch(target=target, **options))
        finally:
            if board is not None:
                board.stopped.set()
        return capsys.readouterr().out.splitlines()

    return call


def test_a_line_a_frame(lines):
    scene = Scene(people=[(), PEOPLE[0], tuple(each[0] for each in PEOPLE)])
    first, told, *found = lines(SscmaBoard(scene=scene), frames=3)
    assert first.startswith("Grove Vision AI V2, firmware of 2024.12.07") and told == "people from 50 % on, IoU 45 %"
    assert "6 + 56 + 2 ms" in found[0] and found[0].endswith("nobody")
    assert found[1].endswith("52 % at (60, 110), 60 × 160, 1 keypoints") and "/s" in found[1]
    assert found[2].count("%") == 4 and found[2].endswith("; 2 more") and "57 % at (65, 110)" in found[2]


def test_himax_app(lines):
    found = lines(HimaxApp(ticks=[27_415_000]), "grove-himax", frames=2)
    assert len(found) == 2 and "68.5 ms" in found[0]


def test_a_recording_says_the_same(lines, tmp_path):
    record = tmp_path / "session.jsonl"
    first = lines(SscmaBoard(faults=Faults(chop=True)), frames=4, record=record, images=True)
    again = lines(None, frames=4, replay=record, images=True)
    assert [line.split("/s")[-1] for line in again] == [line.split("/s")[-1] for line in first]
    assert "/s" in again[4]


def test_ctrl_c_ends_it_and_stops_the_board(lines, monkeypatch):
    shown = []

    def interrupted(*arguments):
        shown.append(arguments)
        if len(shown) > 2:
            raise KeyboardInterrupt
        return "line"

    monkeypatch.setattr(command, "described", interrupted)
    board = SscmaBoard()
    assert lines(board)[-1] == "line" and board.commands[-1].endswith("BREAK")


def test_a_fault_ends_it(lines):
    with pytest.raises(BoardError, match="broke off"):
        lines(SscmaBoard(faults=Faults(unplug_at=2)))


def test_a_recording_is_no_board():
    with pytest.raises(UsageError, match="Leave one out"):
        command.Watch(target="grove", replay="a.jsonl", port="/dev/ttyACM0")
