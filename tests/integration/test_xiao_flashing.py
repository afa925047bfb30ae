"""`flash` and `measure` on a simulated XIAO: Espressif's own esptool talks to its boot loader."""

import json
import random

import pytest
from esp32s3_rom import XiaoBoard
from sscma_board import Scene

from edgecask.cli.measure import VERIFIED, Measure, measure, verify
from edgecask.errors import FlashError
from edgecask.files import sha256_bytes
from edgecask.firmware.board.flashing import tell_after
from edgecask.firmware.board.model_note import write_note
from edgecask.firmware.board.opening import open_board
from edgecask.firmware.flash import FlashRequest, flash, holds
from edgecask.target.target import load_target

pytestmark = pytest.mark.extended
MODEL = b"\x1c\0\0\0TFL3" + random.Random(5).randbytes(30_001)
TARGET = load_target("xiao")


@pytest.fixture
def board():
    simulated = XiaoBoard(scene=Scene(milliseconds=[(6, 1500, 2)]))
    simulated.start()
    yield simulated
    simulated.stopped.set()


def written(board, path, content):
    path.write_bytes(content)
    said = []
    flash(
        FlashRequest(
            flash=TARGET.flash,
            model=path,
            content=content,
            port=board.port,
            dry_run=False,
            say=said.append,
            progress=lambda done, total: None,
        )
    )
    return said


def test_the_model_is_written_verified_and_measured(board, tmp_path):
    before = bytes(board.chip.flash)
    said = written(board, tmp_path / "model.tflite", MODEL)
    assert any("Hash of data verified" in line for line in said)
    end = 0x400000 + len(MODEL)
    assert board.chip.flash[0x400000:end] == MODEL and board.chip.flash[:0x400000] == before[:0x400000]
    assert not holds(TARGET.flash, board.port, MODEL[:-1] + b"x")

    identity, _ = tell_after(TARGET, port=board.port, note=write_note({"name": "best"}), score=None, iou=None)
    assert identity.chosen.address == 0x400000 and not board.in_rom
    package = tmp_path / "dist" / "xiao"
    package.mkdir(parents=True)
    (package / "model.tflite").write_bytes(MODEL)
    manifest = {
        "schema": 1, "target": "xiao", "metrics": {}, "inputs": {},
        "model": {"file": "model.tflite", "sha256": sha256_bytes(MODEL), "bytes": len(MODEL)},
    }  # fmt: skip
    (package / "manifest.json").write_text(json.dumps(manifest))
    verified = verify(TARGET, board.port, tmp_path / "dist")
    assert verified == MODEL
    with open_board(TARGET, port=board.port) as opened:
        request = Measure(target="xiao", output=tmp_path / "dist", frames=3)
        found = measure(opened, TARGET, request, verified)
    assert found["model"]["said_by"] == VERIFIED and found["model"]["sha256"] == sha256_bytes(MODEL)
    assert found["milliseconds"]["inference"]["median"] == 1500


@pytest.mark.campaign
def test_blocks_that_arrive_damaged_are_sent_again(tmp_path):
    board = XiaoBoard(corrupt=frozenset({2}))
    board.start()
    written(board, tmp_path / "model.tflite", MODEL)
    board.stopped.set()
    assert board.chip.flash[0x400000 : 0x400000 + len(MODEL)] == MODEL


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chip_id": 5}, "esptool did not read the partition table"),
        ({"table": (("factory", 0, 0, 0x10000, 0x3BC000),)}, "no partition for models"),
        ({"table": (("models", 1, 0x82, 0x400000, 0x4000),)}, "has room for 16,384 bytes"),
    ],
    ids=["another-chip", "no-models", "small"],
)
def test_another_board_is_left_alone(tmp_path, options, words):
    board = XiaoBoard(**options)
    board.start()
    with pytest.raises(FlashError, match=words):
        written(board, tmp_path / "model.tflite", MODEL)
    board.stopped.set()
    assert board.chip.erased == []
