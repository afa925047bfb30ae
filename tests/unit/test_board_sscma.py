"""Seeed's firmware on its serial line, against a simulated board; every fault is one clear line."""

import contextlib
import time

import pytest
from sscma_board import GROVE, JPEG, MAIN_LINE, XIAO, Faults, HimaxApp, MainLineBoard, Scene, SscmaBoard

from edgecask.errors import BoardError
from edgecask.firmware.board import sscma
from edgecask.firmware.board.connection import Connection
from edgecask.firmware.board.sscma import Sscma
from edgecask.firmware.board.sscma_replies import Model, Thresholds
from edgecask.firmware.flash.serial_ports import open_port


@contextlib.contextmanager
def talking_to(board):
    board.start()
    with open_port(board.port, 921600) as port:
        yield Sscma(Connection(port, name=board.port), reset_line="rts", patience=0.3)
    board.stopped.set()


@pytest.fixture(params=[{}, {"chop": True}, {"chatter": b"\x1b[0;32mI (312) main_task: boot\x1b[0m\n"}], ids=str)
def faults(request):
    return Faults(**request.param)


@pytest.mark.parametrize("kind", [GROVE, XIAO], ids=["grove", "xiao"])
def test_who_it_is(kind, faults):
    with talking_to(SscmaBoard(kind, faults=faults)) as board:
        found = board.identify()
    assert (found.name, found.software, found.hardware) == (kind.name, kind.software, "1")
    assert found.models == (Model(id=1, address=0x400000),) and found.chosen == found.models[0]
    assert found.info == ""


@pytest.mark.parametrize("images", [True, False])
@pytest.mark.parametrize("kind", [GROVE, XIAO], ids=["grove", "xiao"])
def test_what_it_sees(kind, images, faults):
    scene = Scene(milliseconds=[(6, 56, 2), (7, 57, 3)])
    simulated = SscmaBoard(kind, scene=scene, faults=faults)
    with talking_to(simulated) as board:
        board.wake()
        frames = list(board.frames(5, images=images))
    assert [frame.count for frame in frames] == [1, 2, 3, 4, 5]
    assert [frame.milliseconds for frame in frames] == [(6, 56, 2), (7, 57, 3), (6, 56, 2), (7, 57, 3), (6, 56, 2)]
    assert {frame.image for frame in frames} == {JPEG if images else None}
    # The XIAO's firmware leaves the resolution out where there is a picture.
    assert {frame.resolution for frame in frames} == {None if kind is XIAO and images else (240, 240)}
    (person,) = frames[0].people
    assert (person.x, person.y, person.width, person.height, person.score) == (120, 110, 60, 160, 82)
    assert [(point.x, point.y, point.score) for point in person.keypoints] == [(120, 40, 91), (126, 36, 88)]
    assert board.thresholds == Thresholds(score=50, iou=45)
    assert f"INVOKE=5,0,{0 if images else 1}" in " ".join(simulated.commands)
    assert simulated.commands[-1].endswith("BREAK")


@pytest.mark.parametrize("stale", [b"\0", b"A", b"="])
def test_one_byte_too_many_behind_the_image(stale):
    with talking_to(SscmaBoard(faults=Faults(stale=stale))) as board:
        assert [frame.image for frame in board.frames(2, images=True)] == [JPEG, JPEG]
        assert board.connection.broken == 0


def test_half_a_reply_is_left_out(monkeypatch):
    monkeypatch.setattr(sscma, "SLICE_SECONDS", 0.2)
    with talking_to(SscmaBoard(faults=Faults(half=frozenset({2, 5})))) as board:
        frames = list(board.frames(5, images=True))
    assert [frame.count for frame in frames] == [1, 3, 4] and board.connection.broken == 2


def test_thresholds_are_set_while_it_runs_and_read_back():
    simulated = SscmaBoard()
    with talking_to(simulated) as board:
        assert board.set_thresholds(score=40, iou=None) == Thresholds(score=40, iou=45)
        assert board.set_thresholds(score=None, iou=55) == Thresholds(score=40, iou=55)
    assert (simulated.settings.tscore, simulated.settings.tiou) == (40, 55)
    assert simulated.commands[-1].endswith("BREAK")


def test_what_it_is_told_of_its_model_is_read_back():
    with talking_to(SscmaBoard()) as board:
        board.leave_info("eyJhIjoxfQ==")
        assert board.info() == "eyJhIjoxfQ=="
    with talking_to(SscmaBoard(faults=Faults(info_flips=1))) as board, pytest.raises(BoardError, match=r"AT\+INFO"):
        board.leave_info("eyJhIjoxfQ==")


def test_a_model_is_chosen():
    board = SscmaBoard(flash={0x400000: b"\0\0\0\0TFL3", 0xB7B000: b"\0\0\0\0TFL3"})
    with talking_to(board) as client:
        assert client.choose(2) == Model(id=2, address=0xB7B000)
        with pytest.raises(BoardError, match="has no model"):
            client.choose(3)


@pytest.mark.parametrize(
    ("faults", "flash", "words"),
    [
        (Faults(model_code=2), None, "cannot load its model: an operator .* arena"),
        (Faults(), {}, "has no model.*flash"),
        (Faults(no_decoder=True), None, "No decoder .* takes the outputs"),
        (Faults(camera_state=2), None, "camera does not answer.*ribbon"),
        (Faults(fail_at=(3, 4)), None, "stopped at a frame with code 4: no camera answers"),
        (Faults(fail_at=(3, 2)), None, "stopped at a frame with code 2: it could not be run"),
        (Faults(unplug_at=3), None, "broke off"),
    ],
    ids=["code-2", "no-model", "no-decoder", "no-camera", "camera-stops", "invoke-fails", "cable"],
)
def test_every_fault_is_one_line(faults, flash, words):
    with talking_to(SscmaBoard(faults=faults, flash=flash)) as board, pytest.raises(BoardError, match=words) as caught:
        list(board.frames(5, images=False))
    assert "\n" not in str(caught.value) and caught.value.advice


@pytest.mark.parametrize("kind", [GROVE, XIAO], ids=["grove", "xiao"])
def test_a_model_that_does_not_load_stays_told(kind):
    """The second INVOKE after a failure says no more than code 5, and so does the first one of a XIAO."""
    with talking_to(SscmaBoard(kind, faults=Faults(model_code=2))) as board:
        for _ in range(2):
            with pytest.raises(BoardError, match="cannot load its model"):
                list(board.frames(1, images=False))


def test_a_board_that_never_answers():
    with talking_to(SscmaBoard(faults=Faults(silent=True))) as board:
        started = time.monotonic()
        with pytest.raises(BoardError, match="did not answer 'BREAK'.*reset button"):
            board.identify()
        assert time.monotonic() - started < 5


def test_himax_app_is_told():
    with talking_to(HimaxApp()) as board, pytest.raises(BoardError, match="Himax' app, .*--target=grove-himax"):
        board.identify()


def test_the_main_branch_is_told():
    with talking_to(MainLineBoard(MAIN_LINE)) as board, pytest.raises(BoardError, match=r"main branch \(2025.02.11\)"):
        board.identify()


def test_what_an_earlier_program_left_of_a_line():
    with talking_to(SscmaBoard()) as board:
        board.connection.write(b"1111")
        assert board.identify().name == GROVE.name


def test_an_invocation_of_an_earlier_program_is_ended():
    with talking_to(SscmaBoard()) as board:
        board.connection.write(b"AT+INVOKE=-1,0,0\r")
        assert board.identify().software == GROVE.software
        assert [frame.count for frame in board.frames(2, images=False)] == [1, 2]


def test_no_command_holds_a_byte_that_himax_app_acts_on():
    app = HimaxApp()
    with talking_to(app) as board, contextlib.suppress(BoardError):
        board.wake()
    assert app.received and not set(app.received) & {0x00, 0xFD, 0xFE, 0xFF}
