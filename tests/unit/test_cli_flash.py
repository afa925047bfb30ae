"""`edgecask flash` from the question before to what the board is told afterwards, against a simulated board."""

import base64
import json
import time

import pytest
from locations import REPOSITORY
from sscma_board import GROVE, Faults, HimaxApp, Kind, SscmaBoard

from edgecask.cli import flash as command
from edgecask.errors import BoardError, ContractError, FlashError, UsageError
from edgecask.files import sha256_bytes
from edgecask.firmware.flash import xmodem
from edgecask.target.model_file import read_model

MODEL = REPOSITORY / "tests" / "data" / "raw_vela.tflite"
CONTENT = MODEL.read_bytes()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("edgecask.firmware.board.flashing.PATIENCE", 0.4)
    monkeypatch.setattr("edgecask.firmware.board.flashing.START_SECONDS", 0.3)


@pytest.fixture
def flash(capsys):
    def call(board, target="grove", **options):
        board.start()
        try:
            command.run(command.Flash(target=target, model=MODEL, port=board.port, **options))
        finally:
            board.stopped.set()
        return " ".join(capsys.readouterr().out.split())

    return call


def test_no_button_is_pressed_and_the_board_knows_its_model(flash):
    board = SscmaBoard(loader={"menu": True})
    board.settings.model_id = 1
    board.settings.info = {1: "an older text"}
    said = flash(board, score_threshold=40)
    assert "Grove Vision AI V2, firmware of 2024.12.07" in said and "reset button" not in said
    assert "has chosen model 1 at 0x400000" in said and "from a score of 40 % on; IoU 45 %" in said
    assert board.resets == 1 and board.loaders[0].wrong == []
    assert board.flash[0x400000].startswith(CONTENT)
    told = json.loads(base64.b64decode(board.settings.info[1]))
    assert told["sha256"] == sha256_bytes(CONTENT) and told["name"] == "raw_vela"
    assert (board.settings.model_id, board.settings.tscore) == (1, 40)


def test_firmware_that_is_too_old_is_told_before_anything_is_written(flash):
    board = SscmaBoard(Kind(name=GROVE.name, software="2023.12.19"))
    with pytest.raises(ContractError, match=r"is not flashed.* of 2023-12-19"):
        flash(board)
    assert board.resets == 0 and board.flash[0x400000] != CONTENT


def test_a_board_that_does_not_keep_what_it_is_told(flash):
    board = SscmaBoard(faults=Faults(info_flips=1))
    with pytest.raises(BoardError, match=r"The model is written, but: .*AT\+INFO"):
        flash(board)
    assert board.flash[0x400000].startswith(CONTENT)


def test_a_model_that_the_board_cannot_load(flash):
    with pytest.raises(BoardError, match=r"The model is written, but: .*cannot load its model"):
        flash(SscmaBoard(faults=Faults(model_code=2)))


def test_what_the_loader_refuses_is_said_in_words(flash):
    with pytest.raises(FlashError, match=r"'Xmodem: ERR_FLASH_VERIFY': what is in the flash is not what was sent"):
        flash(SscmaBoard(loader={"cancel": 4, "why": b"\r\nXmodem: ERR_FLASH_VERIFY\r\n"}))


@pytest.mark.extended
def test_what_a_model_for_himax_app_covers(flash, monkeypatch):
    board = SscmaBoard()
    monkeypatch.setattr(command, "refuse", lambda *arguments: None)
    target_size = 0x400000 - 0x3BB000 + 10
    monkeypatch.setattr("edgecask.target.model_file.read_content", lambda path: CONTENT.ljust(target_size, b"\0"))
    parsed = read_model(MODEL)
    monkeypatch.setattr("edgecask.target.model_file.parse_model", lambda content, name: parsed)
    said = flash(board, "grove-himax")
    assert "only tflm_yolov8_pose will look" in said
    assert "overwrites the device id of Seeed's firmware" in said and "model of Seeed's firmware, at 0x400000" in said
    deadline = time.monotonic() + 5
    while set(board.flash) != {0x3BB000} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert set(board.flash) == {0x3BB000}
    assert not board.settings.info


def test_thresholds_are_for_firmware_that_has_them():
    with pytest.raises(UsageError, match="takes no thresholds"):
        command.run(command.Flash(target="grove-himax", model=MODEL, score_threshold=40))


def test_a_dry_run_opens_no_port(capsys):
    command.run(command.Flash(target="grove", model=MODEL, dry_run=True, port="/nowhere"))
    assert "would reset the board by RTS, AT+RST, or its button" in " ".join(capsys.readouterr().out.split())


def test_himax_app_takes_no_command_so_the_button_is_the_last_resort(flash, monkeypatch):
    quick = xmodem.Timing(boot=0.2, reset=0.2)
    monkeypatch.setattr(xmodem, "Timing", lambda: quick)
    app = HimaxApp()
    with pytest.raises(FlashError, match="No boot loader answered"):
        flash(app)
    assert not set(app.received) & {0x00, 0xFD, 0xFE, 0xFF} and b"2" not in app.received
