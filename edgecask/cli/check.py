"""`edgecask check`: a model against its device's firmware."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edgecask.cli.session import make_execution
from edgecask.common_options import JsonOption, TargetOption
from edgecask.errors import ContractError, UsageError
from edgecask.options import option
from edgecask.progress import make_console
from edgecask.wording import as_called

if TYPE_CHECKING:
    from edgecask.analysis.timeline import NpuEstimates
    from edgecask.target.contract import Report


@dataclass(frozen=True, kw_only=True)
class Check(JsonOption, TargetOption):
    """A file, and what it is checked for."""

    model: Path = option(help="any .tflite file, made by edgecask or not", positional=True)
    firmware: str | None = option(
        None,
        help="the day of the board's firmware, which AT+VER? says (default: the newest), or what a target calls one "
        "that you build yourself",
        placeholder="DATE",
        example="2024-12-07",
    )
    markdown: bool = option(False, help="print Markdown, for the summary of a job in continuous integration")
    arena: bool = option(False, help="also measure the tensor arena with TFLite Micro (needs its environment)")
    granularity: Literal["per-tensor", "per-channel"] | None = option(
        None, help="what the file is said to be (default: what its name or the target says)"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.json and self.markdown:
            raise UsageError("--json and --markdown exclude each other.", advice="Leave one of them out.")


REQUEST = Check


def run(request: Check) -> None:
    """Print one row a rule; exit code 18 where one is broken."""
    from edgecask.analysis.timeline import known_estimates
    from edgecask.directories import user_directories
    from edgecask.files import readable_json, sha256_bytes
    from edgecask.firmware.family import family_of, family_rows
    from edgecask.store.store import Store
    from edgecask.target import contract
    from edgecask.target.firmware_changes import as_of
    from edgecask.target.forms import form_of
    from edgecask.target.model_file import parse_model, read_content
    from edgecask.target.target import load_target

    target = load_target(request.target)
    if request.firmware is not None:
        target = as_of(target, request.firmware)
    content = read_content(request.model)
    model = parse_model(content, name=str(request.model))
    target = form_of(model, target)
    arena = None
    if request.arena and not model.npu:
        arena = _measure_arena(content, quiet=request.json or request.markdown)
    report = contract.check(
        model,
        target,
        family_rows=family_rows(model, target),
        arena_bytes=arena,
        claimed_granularity=request.granularity or family_of(target).claimed_granularity(request.model.name),
    )
    estimates = known_estimates(Store(user_directories().store), sha256_bytes(content)) if model.npu else None
    if request.json:
        npu = {"npu_time": estimates.facts()} if estimates is not None else {}
        print(readable_json(report.as_json() | npu).decode(), end="")
    elif request.markdown:
        from edgecask.cli.check_markdown import as_markdown

        print(as_markdown(report))
    else:
        print_report(report, notes=describe_time(estimates, request.model) if estimates is not None else ())
    if report.failures:
        sys.exit(ContractError.exit_code)


def _measure_arena(content: bytes, *, quiet: bool) -> int:
    from edgecask.plan import model_stages as plan
    from edgecask.progress import PlainDisplay

    execution = make_execution("auto", PlainDisplay(sys.stderr if quiet else sys.stdout))
    return int(execution.run(plan.arena_stage(model=execution.store.ingest_bytes(content))).report["arena_bytes"])


def describe_time(estimates: NpuEstimates, model: Path) -> list[str]:
    """How long the NPU needs for the file, or how to learn it; no firmware has a rule for it."""
    told = []
    if estimates.vela is not None:
        told.append(f"{estimates.vela:.1f} ms by Vela's estimate")
    if estimates.timeline is not None:
        told.append(f"{estimates.timeline:.1f} ms by the event timeline")
    if told:
        return [f"NPU time: {', '.join(told)}; nothing was measured"]
    return [as_called(f"NPU time: `edgecask timeline {shlex.quote(str(model))}` tells it")]


def print_report(report: Report, *, notes: Sequence[str] = ()) -> None:
    """One row a rule, then what to do about those that are broken, and what else there is to say."""
    from rich.table import Table

    table = Table(
        "rule",
        "",
        "found",
        "needed",
        title=f"{report.model} on {report.target} ({report.firmware})",
        title_justify="left",
    )
    marks = {
        "pass": "[green]pass[/]",
        "warn": "[yellow]warning[/]",
        "fail": "[red]FAIL[/]",
        "unknown": "[yellow]cannot know[/]",
    }
    console = make_console()
    for row in report.rows:
        table.add_row(row.rule, marks[row.verdict], escape(row.found), escape(row.needed))
    console.print(table)
    for row in report.rows:
        if row.verdict != "pass" and row.advice:
            console.print(as_called(f"{row.rule}: {row.advice}"), markup=False, highlight=False, soft_wrap=True)
    for note in notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
    verb = "is" if len(report.failures) == 1 else "are"
    broken = f"{report.broken} {verb} broken: do not flash this file"
    console.print(broken if report.failures else "no rule is broken")


def escape(text: str) -> str:
    """`text` for rich, whose markup it must not become."""
    from rich.markup import escape as escape_markup

    return escape_markup(text)
