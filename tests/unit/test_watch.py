"""`edgecask watch`: a line a frame, from a board or a recording."""

import json
import re
import webbrowser

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


def test_boxes_have_the_names_of_the_packages_classes(lines, tmp_path):
    scene = Scene(boxes=True, people=[(((60, 110, 60, 160, 87, 1), ()), ((9, 9, 4, 4, 60, 7), ())), ()])
    target = tmp_path / "grove"
    target.mkdir()
    manifest = {
        "schema": 2, "target": "grove", "task": "detect", "classes": ["cat", "dog"], "keypoints": 0, "inputs": {},
        "model": {"file": "model.tflite", "sha256": "0" * 64},
    }  # fmt: skip
    (target / "manifest.json").write_text(json.dumps(manifest))
    _, told, first, second = lines(SscmaBoard(scene=scene), frames=2, output=tmp_path)
    assert told.startswith("boxes from 50 % on") and second.endswith("nothing")
    assert first.endswith("dog 87 % at (60, 110), 60 × 160; class 7 60 % at (9, 9), 4 × 4")


def test_himax_app(lines):
    found = lines(HimaxApp(ticks=[27_415_000]), "grove-himax", frames=2)
    assert len(found) == 2 and "68.5 ms" in found[0]


def without_rate(line):
    """A busy machine may get two frames at once, and says nothing of their rate."""
    return re.sub(r" +([\d.]+/s)? +", " ", line)


def test_a_recording_says_the_same(lines, tmp_path):
    record = tmp_path / "session.jsonl"
    first = lines(SscmaBoard(faults=Faults(chop=True)), frames=4, record=record, images=True)
    again = lines(None, frames=4, replay=record, images=True)
    assert again[0] == "Grove Vision AI V2, firmware of 2024.12.07; a recording"
    assert [without_rate(line) for line in again[1:]] == [without_rate(line) for line in first[1:]]
    assert any("/s" in line for line in again)


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


def test_another_programs_recording_says_the_same(lines, tmp_path):
    """What the page asks has other tags and another order."""
    path = tmp_path / "page.jsonl"
    event = (
        '\r{"type": 1, "name": "ECAAD@INVOKE", "code": 0, "data": {"count": 1, "perf": [6, 56, 2], "keypoints": []}}\n'
    )
    told = [
        '\r{"type": 0, "name": "ECAAC@NAME?", "code": 0, "data": "Grove Vision AI V2"}\n',
        '\r{"type": 0, "name": "ECAAB@VER?", "code": 0, "data": {"software": "2025.01.02"}}\n',
        event,
    ]
    path.write_text("".join(json.dumps({"t": place, "in": text}) + "\n" for place, text in enumerate(told)))
    header, line, end = lines(None, replay=path)
    assert header == "Grove Vision AI V2, firmware of 2025.01.02; a recording" and "6 + 56 + 2 ms" in line
    assert end.endswith("ends here.")


def test_a_recorded_fault_is_told_again(lines, tmp_path):
    record = tmp_path / "session.jsonl"
    for options in ({"record": record}, {"replay": record}):
        board = SscmaBoard(faults=Faults(model_code=2)) if "record" in options else None
        with pytest.raises(BoardError, match="cannot load its model"):
            lines(board, **options)


@pytest.mark.parametrize("option", [{"frames": 3}, {"images": True}])
def test_options_of_lines_are_none_of_the_page(option):
    with pytest.raises(UsageError, match="is for lines"):
        command.Watch(target="grove", view="page", **option)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [("linux", {}, False), ("linux", {"DISPLAY": ":0"}, True), ("darwin", {}, True), ("win32", {}, True)],
)
def test_the_page_is_for_machines_with_windows(monkeypatch, platform, variables, expected):
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("webbrowser.get", lambda: object())
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert command.has_browser() is expected


def test_without_a_browser_there_are_lines(monkeypatch):
    def nothing():
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.get", nothing)
    assert command.has_browser() is False


def test_a_recording_is_no_board():
    with pytest.raises(UsageError, match="Leave one out"):
        command.Watch(target="grove", replay="a.jsonl", port="/dev/ttyACM0")
