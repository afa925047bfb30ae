"""The board of a target, opened in the language of its firmware."""

import pytest
from sscma_board import SscmaBoard

from edgecask.errors import FlashError, UsageError
from edgecask.firmware.board.himax_app import Himax
from edgecask.firmware.board.opening import open_board
from edgecask.firmware.board.sscma import Sscma
from edgecask.target.target import load_target


@pytest.mark.parametrize(("name", "kind"), [("grove", Sscma), ("xiao", Sscma), ("grove-himax", Himax)])
def test_each_firmware_has_its_language(name, kind):
    board = SscmaBoard()
    with open_board(load_target(name), port=board.port) as opened:
        assert isinstance(opened, kind)


@pytest.mark.parametrize("name", ["stm32n6", "stm32mp2"])
def test_firmware_that_says_nothing(name):
    with pytest.raises(UsageError, match="grove-himax and xiao"), open_board(load_target(name), port="/dev/null"):
        pass


def test_no_such_port(tmp_path):
    with pytest.raises(FlashError, match="no such port"), open_board(load_target("grove"), port=str(tmp_path / "tty")):
        pass


def test_a_recording_replaces_no_file(tmp_path):
    path = tmp_path / "session.jsonl"
    path.write_text("mine")
    board = SscmaBoard()
    with (
        pytest.raises(UsageError, match="exists already"),
        open_board(load_target("grove"), port=board.port, record=path),
    ):
        pass
    assert path.read_text() == "mine"
