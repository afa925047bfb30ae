"""A check as Markdown, for the summary of a job in continuous integration."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgecask.target.contract import Report

VERDICTS = {"pass": "✅ pass", "warn": "⚠️ warning", "fail": "❌ fail", "unknown": "❔ cannot know"}


def as_markdown(report: Report) -> str:
    """A heading, one row a rule, and what to do about those that are not passed.

    Names in a model may come from anywhere: they stay text.
    """
    lines = [
        f"## {_text(report.model)} on {_text(report.target)}",
        "",
        f"Firmware: {_text(report.firmware)}. "
        + (f"**{len(report.failures)} broken: do not flash this file.**" if report.failures else "No rule is broken."),
        "",
        "| rule | | found | needed |",
        "|---|---|---|---|",
        *(
            f"| {_text(row.rule)} | {VERDICTS[row.verdict]} | {_text(row.found)} | {_text(row.needed)} |"
            for row in report.rows
        ),
        "",
    ]
    advice = [
        f"- {_text(row.rule)}: {_text(row.advice)}" for row in report.rows if row.verdict != "pass" and row.advice
    ]
    return "\n".join([*lines, *advice, *([""] if advice else [])])


def _text(value: str) -> str:
    """`value` on one line, without a meaning in Markdown or HTML."""
    escaped = html.escape(" ".join(value.split()), quote=False)
    for character in "\\`*_[]|#~":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped
