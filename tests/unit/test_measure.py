"""`edgecask measure`, against simulated boards: what it prints, and what it keeps."""

import json

import pytest
from sscma_board import GROVE, XIAO, Faults, HimaxApp, Scene, SscmaBoard

from edgecask.cli import measure as command
from edgecask.errors import BoardError
from edgecask.files import sha256_bytes
from edgecask.firmware.board.model_note import write_note

MODEL = b"a model"


@pytest.fixture
def run(tmp_path, capsysbinary):
    """Runs the command with a board; gives what was printed, and what was kept."""

    def call(board, target, *, json_output=False, **options):
        board.start()
        dist = tmp_path / "dist"
        request = command.Measure(target=target, port=board.port, output=dist, json=json_output, **options)
        try:
            command.run(request)
        finally:
            board.stopped.set()
        kept = json.loads((tmp_path / "measured" / f"{target}.json").read_bytes())
        return capsysbinary.readouterr().out.decode(), kept

    return call


@pytest.fixture
def package(tmp_path):
    write_package(tmp_path, "grove")


def write_package(tmp_path, target):
    folder = tmp_path / "dist" / target
    folder.mkdir(parents=True)
    (folder / "model.tflite").write_bytes(MODEL)
    manifest = {
        "schema": 1, "target": target, "toolchain": {}, "inputs": {},
        "model": {"file": "model.tflite", "sha256": sha256_bytes(MODEL), "bytes": len(MODEL)},
        "metrics": {"npu_ms": 55.4, "timeline_ms": 61.23, "flash_kib": 1.0},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))


SCENE = Scene(milliseconds=[(6, 56, 2), (7, 57, 3), (6, 90, 2)], seconds=0.005)


def board_told(content, kind=GROVE, **faults):
    board = SscmaBoard(kind, scene=SCENE, faults=Faults(**faults))
    note = write_note({"name": "best 192", "sha256": sha256_bytes(content)})
    board.settings.info = {0: note, 1: note}
    return board


def test_beside_the_estimates_of_the_package(run, package):
    printed, kept = run(board_told(MODEL), "grove", frames=12)
    assert "Grove Vision AI V2, firmware of 2024.12.07" in printed
    assert (
        f"\nmodel        best 192 {sha256_bytes(MODEL)[:12]}… (said by the last flash, the one of the package)"
        in printed
    )
    assert "57 ms, 95 of 100 frames at most 90; estimated 55.4 by Vela, 61.2 by the timeline" in printed
    assert kept["milliseconds"]["preprocess"] == {"median": 6.0, "percentile_95": 7.0}
    assert kept["estimate"] == {"npu_ms": 55.4, "timeline_ms": 61.23} and kept["frames"] == 12
    assert 5 < kept["frames_per_second"] < 200 and kept["people"] == 12


def test_another_model_has_no_estimate(run, package):
    printed, kept = run(board_told(b"another"), "grove", frames=3)
    assert "the package holds another one" in printed and "estimate" not in kept


def test_a_board_that_was_told_nothing(run):
    printed, kept = run(SscmaBoard(XIAO), "xiao", frames=3)
    assert "which the board was not told" in printed and kept["model"]["sha256"] is None


def test_json_is_what_is_kept(run):
    printed, kept = run(board_told(MODEL, half=frozenset({2})), "grove", frames=4, json_output=True)
    assert json.loads(printed) == kept and (kept["frames"], kept["broken"]) == (3, 1)


def test_himax_app_says_one_figure(run, tmp_path):
    printed, kept = run(HimaxApp(ticks=[27_415_000]), "grove-himax", frames=5)
    assert "whole        68.54 ms" in printed and kept["milliseconds"]["whole"]["median"] == 68.54
    assert "a second, by when results came, with pictures" in printed  # it sends them with every result
    assert "results, with pictures" in (tmp_path / "measured" / "grove-himax.html").read_text()


def test_nothing_is_kept_of_what_fails(run, tmp_path):
    with pytest.raises(BoardError, match="broke off"):
        run(board_told(MODEL, unplug_at=3), "grove", frames=5)
    assert not (tmp_path / "measured").exists()


@pytest.mark.parametrize("held", [True, False])
def test_a_xiao_is_verified_whatever_it_was_told(run, tmp_path, monkeypatch, held):
    write_package(tmp_path, "xiao")
    monkeypatch.setattr("edgecask.firmware.flash.holds", lambda flash, port, content: held)
    printed, kept = run(board_told(b"another", XIAO), "xiao", frames=3)
    assert (kept["model"]["in_package"], "estimate" in kept) == (held, held)
    assert ("verified by the MD5 of the board's flash, the one of the package" in printed) == held
    assert (kept["model"]["sha256"] == sha256_bytes(MODEL)) == held
