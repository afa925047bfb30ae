"""A check as Markdown, for the summary of a job in continuous integration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgecask.wording import markdown_text

if TYPE_CHECKING:
    from edgecask.target.contract import Report

VERDICTS = {"pass": "✅ pass", "warn": "⚠️ warning", "fail": "❌ fail", "unknown": "❔ cannot know"}


def as_markdown(report: Report) -> str:
    """A heading, one row a rule, and what to do about those that are not passed.

    Names in a model may come from anywhere: they stay text.
    """
    lines = [
        f"## {markdown_text(report.model)} on {markdown_text(report.target)}",
        "",
        f"Firmware: {markdown_text(report.firmware)}. "
        + (f"**{len(report.failures)} broken: do not flash this file.**" if report.failures else "No rule is broken."),
        "",
        "| rule | | found | needed |",
        "|---|---|---|---|",
        *(
            f"| {markdown_text(row.rule)} | {VERDICTS[row.verdict]} | {markdown_text(row.found)} "
            f"| {markdown_text(row.needed)} |"
            for row in report.rows
        ),
        "",
    ]
    advice = [
        f"- {markdown_text(row.rule)}: {markdown_text(row.advice)}"
        for row in report.rows
        if row.verdict != "pass" and row.advice
    ]
    return "\n".join([*lines, *advice, *([""] if advice else [])])
