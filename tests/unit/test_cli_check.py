"""What `edgecask check` prints, as table, JSON and Markdown, and its exit code."""

import contextlib
import json
from pathlib import Path

import pytest
from locations import REPOSITORY

from edgecask.analysis.timeline import NpuEstimates
from edgecask.cli.check import Check, describe_time, print_report, run
from edgecask.errors import ContractError, UsageError
from edgecask.target.contract import Report
from edgecask.target.rules import Row

DATA = REPOSITORY / "tests" / "data"
GOOD, PLAIN = DATA / "raw_vela.tflite", DATA / "raw.tflite"


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def rows(*verdicts, **changes):
    common = {"found": "f", "needed": "n", "advice": "Build it anew."}
    made = tuple(Row(rule=f"rule {number}", verdict=verdict, **common | changes)
                 for number, verdict in enumerate(verdicts))  # fmt: skip
    return Report(model="a.tflite", target="grove", firmware="SSCMA-Micro", rows=made)


@pytest.mark.parametrize(
    ("verdicts", "last"),
    [
        (("pass", "warn", "unknown"), "no rule is broken"),
        (("pass", "fail"), "1 rule is broken: do not flash this file"),
        (("fail", "warn", "fail"), "2 rules are broken: do not flash this file"),
    ],
)
def test_a_row_a_rule_and_one_line_for_all(capsys, verdicts, last):
    print_report(rows(*verdicts))
    lines = capsys.readouterr().out.splitlines()
    assert "a.tflite on grove (SSCMA-Micro)" in lines[0] and lines[-1] == last
    words = {"pass": "pass", "warn": "warning", "unknown": "cannot know", "fail": "FAIL"}
    for number, verdict in enumerate(verdicts):
        (row,) = [line for line in lines if f"rule {number} " in line]
        assert words[verdict] in row
        assert (f"rule {number}: Build it anew." in lines) == (verdict != "pass")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"vela": 56.92, "timeline": 57.11}, "56.9 ms by Vela's estimate, 57.1 ms by the event timeline"),
        ({"timeline": 91.5}, "NPU time: 91.5 ms by the event timeline"),
        ({}, "timeline 'a b.tflite'` tells it"),
    ],
)
def test_the_npus_time_as_far_as_it_is_known(capsys, known, words):
    print_report(rows("pass"), notes=describe_time(NpuEstimates(**known), Path("a b.tflite")))
    lines = capsys.readouterr().out.splitlines()
    assert words in lines[-2] and lines[-1] == "no rule is broken"


def test_what_a_file_says_is_no_markup(capsys):
    print_report(rows("fail", found="[red]x[/red] [link=y]", needed="[/]", advice="[bold]z[/bold] [/]"))
    text = capsys.readouterr().out
    assert "[red]x[/red] [link=y]" in text and "[/]" in text and "rule 0: [bold]z[/bold] [/]" in text


def request(model=GOOD, target="grove", **options):
    return Check(model=model, target=target, **options)


def test_a_good_file(capsys):
    run(request())
    assert "no rule is broken" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["json", "markdown", "table"])
def test_a_file_that_breaks_a_rule_has_an_exit_code_in_every_form(capsys, form):
    with pytest.raises(SystemExit) as caught:
        run(request(PLAIN, **({form: True} if form != "table" else {})))
    assert caught.value.code == ContractError.exit_code == 18
    text = capsys.readouterr().out
    if form == "json":
        report = json.loads(text)
        assert report["passed"] is False and report["target"] == "grove"
        assert any(row["verdict"] == "fail" and row["advice"] for row in report["rows"])
    else:
        assert text.startswith("## ") == (form == "markdown") and "broken" in text


def test_json_of_a_good_file_is_nothing_but_json(capsys):
    run(request(json=True))
    captured = capsys.readouterr()
    assert json.loads(captured.out)["passed"] is True and captured.err == ""


@pytest.mark.parametrize(("claimed", "verdict"), [("per-tensor", "pass"), ("per-channel", "fail")])
def test_what_a_file_is_said_to_be_is_checked(capsys, claimed, verdict):
    path = DATA / "tiny_quant_pt_uf_test.tflite"
    with contextlib.suppress(SystemExit):
        run(request(path, target="stm32n6", granularity=claimed, json=True))
    found = {row["rule"]: row for row in json.loads(capsys.readouterr().out)["rows"]}["granularity as claimed"]
    assert (found["needed"], found["verdict"]) == (claimed, verdict)


def test_two_forms_at_once_exclude_each_other():
    with pytest.raises(UsageError, match="exclude each other"):
        request(json=True, markdown=True)
