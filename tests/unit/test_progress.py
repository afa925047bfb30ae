"""What a build shows where its output is piped."""

import io

from edgecask.progress import PlainDisplay, StageLine, summary


def shown(act):
    stream = io.StringIO()
    act(PlainDisplay(stream))
    return stream.getvalue().splitlines()


def test_a_stage_is_one_line_when_it_has_ended():
    def act(display):
        with display.stage("convert") as line:
            line.say("something of the program's own")
            line.cached = True

    assert shown(act) == ["convert     from the store"]


def test_what_takes_long_is_said_before():
    def act(display):
        with display.stage("export"):
            display.announce("fetching the wheels of export")

    lines = shown(act)
    assert lines[0] == "fetching the wheels of export …" and lines[1].startswith("export")


def test_notes_and_warnings():
    assert shown(lambda display: (display.note("a"), display.warn("b"))) == ["a", "warning: b"]


def test_progress_as_text():
    line = StageLine("detect")
    line.progress(1, 2)
    assert line.activity.endswith("1 of 2")
    assert summary(line).startswith("detect ")
