"""`edgecask flash`: a package's model onto its board."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgecask.cli.check import print_report
from edgecask.common_options import PackagesOption, PortOption, TargetOption
from edgecask.errors import ContractError, UsageError
from edgecask.options import option
from edgecask.progress import make_console


@dataclass(frozen=True, kw_only=True)
class Flash(PackagesOption, PortOption, TargetOption):
    """A model, and where to."""

    model: Path | None = option(None, help="the file to flash (default: the model of the target's package)")
    prefetch: bool = option(False, help="flash the package's file with weights brought ahead; no board has run it yet")
    dry_run: bool = option(False, help="say what would be sent, and touch nothing")
    force: bool = option(False, help="also flash a model that breaks the firmware's rules")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prefetch and self.model is not None:
            raise UsageError("--prefetch takes the package's file, and --model another.", advice="Leave one out.")


REQUEST = Flash


def run(request: Flash) -> None:
    """Check the model, then put it on the board."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from edgecask.firmware.family import family_of, family_rows
    from edgecask.firmware.flash import FlashRequest
    from edgecask.firmware.flash import flash as flash_model
    from edgecask.package.manifest import read_model_of
    from edgecask.target import contract
    from edgecask.target.model_file import parse_model, read_content
    from edgecask.target.target import load_target

    target = load_target(request.target)
    if request.model is not None:
        path, content = request.model, read_content(request.model)
    else:
        path, content = read_model_of(
            request.output / target.name, target=target.name, table="prefetch" if request.prefetch else "model"
        )
    parsed = parse_model(content, name=str(path))
    report = contract.check(
        parsed,
        target,
        family_rows=family_rows(parsed, target),
        claimed_granularity=family_of(target).claimed_granularity(path.name),
    )
    if report.failures and not request.force:
        print_report(report)
        raise ContractError(
            f"{path} is not flashed: it breaks {len(report.failures)} rules of {target.firmware}.",
            advice="Build it again; --force flashes it all the same, unless it is too large.",
        )
    console = make_console()
    with Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("flash", total=None, visible=False)
        written = flash_model(
            FlashRequest(
                flash=target.flash,
                model=path,
                content=content,
                port=request.port,
                dry_run=request.dry_run,
                space_kib=target.memory.flash_limit_kib,
                say=lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True),
                progress=lambda done, total: bar.update(task, completed=done, total=total, visible=True),
            )
        )
    if written:
        console.print("done")
