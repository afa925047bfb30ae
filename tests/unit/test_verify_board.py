"""`verify-board`: which frames are taken, and what a verdict ends with."""

import pytest
from sscma_board import Faults, HimaxApp, Scene, SscmaBoard
from test_jpeg_brightness import image, jpeg

from edgecask.cli import verify_board as command
from edgecask.errors import BoardDiffersError, BoardError, UndecidedError, UsageError
from edgecask.firmware.board.opening import open_board
from edgecask.target.target import load_target
from edgecask.task.task import task_of

DIFFERENT = [jpeg(image(48, 48, seed), quality=30) for seed in range(4)]
SIDE = {"people": 7, "missed": 0, "difference": 0.1, "pixels": 1.0}


def taken(board, target="grove", **options):
    target = load_target(target)
    if board is not None:
        board.start()
    where = {"port": board.port} if board is not None else {"port": None, "replay": options["replay"]}
    if "record" in options:
        where["record"] = options["record"]
    try:
        with open_board(target, **where) as opened:
            return command.take_frames(opened, target, command.VerifyBoard(target=target.name, **options))
    finally:
        if board is not None:
            board.stopped.set()


def test_frames_that_differ_with_the_thresholds_in_force():
    board = SscmaBoard(scene=Scene(images=[*DIFFERENT[:2], DIFFERENT[0], b"no JPEG", *DIFFERENT[2:]]))
    board.settings.tscore, board.settings.tiou = 40, 60
    sent, score, iou = taken(board, frames=4)
    assert [each.image for each in sent] == DIFFERENT and (score, iou) == (0.4, 0.6)
    assert sent[0].people[0]["box"] == [90, 30, 150, 190] and board.commands[-1].endswith("BREAK")


def test_himax_app_has_its_own_thresholds():
    sent, score, iou = taken(HimaxApp(image=DIFFERENT[0]), "grove-himax", frames=1)
    assert (score, iou) == (0.25, 0.45) and sent[0].people[0]["box"] == [90, 30, 150, 190]


def test_where_nothing_moves_any_more_there_are_fewer(monkeypatch):
    monkeypatch.setattr(command, "TRIES", 3)
    assert len(taken(SscmaBoard(scene=Scene(images=DIFFERENT[:2])), frames=10)[0]) == 2


def test_no_picture_at_all(monkeypatch):
    monkeypatch.setattr(command, "TRIES", 3)
    with pytest.raises(BoardError, match="no picture that can be read"):
        taken(SscmaBoard(scene=Scene(images=[b"x"])), frames=2)


def test_turned_pictures_are_not_compared():
    with pytest.raises(BoardError, match="turns its pictures by 90 degrees.*AT.SENSOR"):
        taken(SscmaBoard(scene=Scene(images=DIFFERENT), faults=Faults(rotate=90)), frames=2)


def test_a_recording_does_as_well(tmp_path):
    record = tmp_path / "session.jsonl"
    first = taken(SscmaBoard(scene=Scene(images=DIFFERENT)), frames=3, record=record)
    assert taken(None, frames=3, replay=record) == first
    # It ends before, with what the board had sent until it was told to stop.
    whole = taken(None, frames=50, replay=record)
    assert whole[0][:3] == first[0] and whole[1:] == first[1:]


def test_a_fault_ends_it():
    with pytest.raises(BoardError, match="code 4"):
        taken(SscmaBoard(scene=Scene(images=DIFFERENT), faults=Faults(fail_at=(2, 4))), frames=4)


@pytest.mark.parametrize(
    ("verdict", "error", "code"), [("differs", BoardDiffersError, 31), ("cannot tell", UndecidedError, 32)]
)
def test_what_a_verdict_ends_with(verdict, error, code):
    found = {"verdict": verdict, "frames": 5, "board": SIDE, "loss": SIDE, "ratio": None, "offset": None}
    with pytest.raises(error) as caught:
        command.conclude(found, task_of("pose").words)
    assert caught.value.exit_code == code and caught.value.advice
    command.conclude({**found, "verdict": "same"}, task_of("pose").words)


def test_of_detection_nobody_is_asked_for():
    found = {"verdict": "cannot tell", "frames": 5, "board": SIDE, "loss": SIDE, "ratio": None, "offset": None}
    with pytest.raises(UndecidedError, match=r"boxes \d+, different frames 5.*Let things of its classes move"):
        command.conclude(found, task_of("detect").words)


def test_a_recording_is_no_board():
    with pytest.raises(UsageError, match="Leave one out"):
        command.VerifyBoard(target="grove", replay="a.jsonl", record="b.jsonl")


@pytest.mark.parametrize(("about", "warned"), [("this", 0), ("other", 1), (None, 0)])
def test_another_model_is_told_before(monkeypatch, about, warned):
    from edgecask.firmware.board.model_note import write_note

    monkeypatch.setattr("edgecask.cli.measure.packaged", lambda packages, target: iter([(b"this", {})]))
    board, target, said = SscmaBoard(), load_target("grove"), []
    if about is not None:
        from edgecask.files import sha256_bytes

        board.settings.info[1] = write_note({"name": "x", "sha256": sha256_bytes(about.encode())})
    board.start()
    with open_board(target, port=board.port) as opened:
        command.warn_of_another_model(opened, target, None, said.append)
    board.stopped.set()
    assert len(said) == warned
