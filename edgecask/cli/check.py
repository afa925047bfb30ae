"""`invoke check` and `invoke flash`: a model against its device, then onto it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.cli.session import DIST, make_execution
from edgecask.errors import ContractError

if TYPE_CHECKING:
    from edgecask.target.contract import Report


def check(path: str, *, target: str, as_json: bool, measure_arena: bool, granularity: str) -> None:
    """`invoke check`."""
    from edgecask.files import readable_json
    from edgecask.target import contract
    from edgecask.target.model_file import parse_model, read_content
    from edgecask.target.target import load_target

    loaded = load_target(target)
    content = read_content(Path(path))
    model = parse_model(content, name=path)
    arena = None
    if measure_arena and not model.npu:
        arena = _measure_arena(content, quiet=as_json)
    claimed = granularity or contract.granularity_in_name(Path(path).name)
    report = contract.check(model, loaded, arena_bytes=arena, claimed_granularity=claimed)
    if as_json:
        print(readable_json(report.as_json()).decode(), end="")
    else:
        print_report(report)
    if report.failures:
        sys.exit(ContractError.exit_code)


def _measure_arena(content: bytes, *, quiet: bool) -> int:
    from edgecask.plan import model_stages as plan
    from edgecask.progress import PlainDisplay

    execution = make_execution("auto", PlainDisplay(sys.stderr if quiet else sys.stdout))
    return int(execution.run(plan.arena_stage(model=execution.store.ingest_bytes(content))).report["arena_bytes"])


def print_report(report: Report) -> None:
    """One row a rule, then what to do about those that are broken."""
    from rich.console import Console
    from rich.table import Table

    table = Table("rule", "", "found", "needed", title=f"{report.model} on {report.target}", title_justify="left")
    marks = {"pass": "[green]pass[/]", "fail": "[red]FAIL[/]", "unknown": "[yellow]cannot know[/]"}
    console = Console(width=None if sys.stdout.isatty() else 160)
    for row in report.rows:
        table.add_row(row.rule, marks[row.verdict], escape(row.found), escape(row.needed))
    console.print(table)
    for row in report.rows:
        if row.verdict != "pass" and row.advice:
            console.print(f"{row.rule}: {row.advice}", markup=False, highlight=False, soft_wrap=True)
    broken = len(report.failures)
    console.print("no rule is broken" if not broken else f"{broken} rules are broken: do not flash this file")


def escape(text: str) -> str:
    """`text` for rich, whose markup it must not become."""
    from rich.markup import escape as escape_markup

    return escape_markup(text)


def flash(*, target: str, model: str, port: str, dry_run: bool, force: bool) -> None:
    """`invoke flash`."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from edgecask.firmware.flash import FlashRequest
    from edgecask.firmware.flash import flash as flash_model
    from edgecask.package.manifest import read_model_of
    from edgecask.target import contract
    from edgecask.target.model_file import parse_model, read_content
    from edgecask.target.target import load_target

    loaded = load_target(target)
    if model:
        path, content = Path(model), read_content(Path(model))
    else:
        path, content = read_model_of(DIST / loaded.name, target=loaded.name)
    parsed = parse_model(content, name=str(path))
    report = contract.check(parsed, loaded, claimed_granularity=contract.granularity_in_name(path.name))
    if report.failures and not force:
        print_report(report)
        raise ContractError(
            f"{path} is not flashed: it breaks {len(report.failures)} rules of {loaded.firmware}.",
            advice="Build it again; --force flashes it all the same, unless it is too large.",
        )
    console = Console()
    with Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("flash", total=None, visible=False)
        flash_model(
            FlashRequest(
                flash=loaded.flash,
                model=path,
                content=content,
                port=port or None,
                dry_run=dry_run,
                space_kib=loaded.memory.flash_limit_kib,
                say=lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True),
                progress=lambda done, total: bar.update(task, completed=done, total=total, visible=True),
            )
        )
    if not dry_run and loaded.flash.method != "copy":
        console.print("done")
