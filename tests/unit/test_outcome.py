"""From what a stage printed and left behind to its report, or to the error that the user sees."""

import json
import signal

import pytest

from edgecask.errors import CalibrationError, StageError, StageStoppedError, StorageError
from edgecask.plan.program import Program
from edgecask.plan.stage import Stage
from edgecask.runner.outcome import (
    EVENT,
    FAILURE,
    FINISHED,
    LAST_LINES,
    MEMORY_ADVICE,
    NO_SPACE_STATUS,
    REPORT,
    Output,
    Scratch,
    expected_files,
    read_outcome,
)
from edgecask.runner.protocol import Listener

STAGE = Stage(name="toy", program=Program(name="quantize", environment="convert"), outputs=("a.bin",))
SCRATCH = Scratch(place="the store", advice="Make room.")


def read(folder, *lines, listener=None, fetch=lambda name, path: False):
    said = []
    output = Output(said.append, listener)
    output.read((line + "\n" for line in lines), fetch, folder)
    return output, said


def outcome(folder, *lines):
    output, _ = read(folder, *lines)
    return read_outcome(STAGE, output, folder, SCRATCH)


def test_lines_are_passed_on_until_the_end(tmp_path):
    output, said = read(tmp_path, "one", "  ", "two", f"{FINISHED}0", "too late")
    assert said == ["one", "two"] and output.text == "one\ntwo" and output.status == 0


def test_the_last_lines_are_kept(tmp_path):
    output, said = read(tmp_path, *map(str, range(2 * LAST_LINES)))
    assert len(said) == 2 * LAST_LINES and output.status is None
    assert output.text.splitlines() == [str(number) for number in range(LAST_LINES, 2 * LAST_LINES)]


def test_events_and_published_files_go_to_the_listener(tmp_path):
    events, files = [], []

    def fetch(name, path):
        path.write_text(name)
        return name != "published/2.tar"  # that one is gone

    listener = Listener(event=events.append, files=lambda path: files.append(path.read_text()))
    lines = [f'{EVENT}{{"epoch": 1}}', *(f'{EVENT}{{"published": {number}}}' for number in (1, 2, '"../../x"'))]
    _, said = read(tmp_path, *lines, f"{EVENT}no JSON", f"{EVENT}[1]", listener=listener, fetch=fetch)
    assert events == [{"epoch": 1}] and files == ["published/1.tar"] and said == []
    assert list(tmp_path.iterdir()) == []


def test_nothing_else_is_taken_out_of_a_stage():
    assert expected_files(STAGE) == {"a.bin", REPORT, FAILURE}


def test_a_report(tmp_path):
    (tmp_path / "a.bin").touch()
    (tmp_path / REPORT).write_text('{"count": 3}')
    assert outcome(tmp_path, f"{FINISHED}0") == {"count": 3}


def test_an_output_that_was_not_written_is_named(tmp_path):
    (tmp_path / REPORT).write_text("{}")
    with pytest.raises(StageError, match=r"without writing a\.bin"):
        outcome(tmp_path, f"{FINISHED}0")


def test_a_program_says_itself_what_is_wrong(tmp_path):
    failure = {"kind": "calibration", "message": "No pictures.", "advice": "Pass some."}
    (tmp_path / FAILURE).write_text(json.dumps(failure))
    with pytest.raises(CalibrationError, match="No pictures") as caught:
        outcome(tmp_path, f"{FINISHED}1")
    assert caught.value.advice == "Pass some."


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "calibration"}', "\x00"])
def test_a_failure_that_cannot_be_read_is_a_death(tmp_path, text):
    (tmp_path / FAILURE).write_text(text)
    with pytest.raises(StageError, match="exit code 1") as caught:
        outcome(tmp_path, "last words", f"{FINISHED}1")
    assert caught.value.details == "last words"


def test_without_memory_it_says_how_to_give_more(tmp_path):
    with pytest.raises(StageError, match="SIGKILL") as caught:
        outcome(tmp_path, f"{FINISHED}{-signal.SIGKILL}")
    assert caught.value.advice == MEMORY_ADVICE
    with pytest.raises(StageError, match="SIGSEGV") as caught:
        outcome(tmp_path, f"{FINISHED}{-signal.SIGSEGV}")
    assert caught.value.advice != MEMORY_ADVICE


def test_a_stage_that_was_stopped_and_one_without_room(tmp_path):
    with pytest.raises(StageStoppedError, match="stopped from outside"):
        outcome(tmp_path, "a line")
    with pytest.raises(StorageError, match="No space left in the store for the files of the stage toy") as caught:
        outcome(tmp_path, f"{FINISHED}{NO_SPACE_STATUS}")
    assert caught.value.advice == "Make room."
