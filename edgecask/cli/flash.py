"""`edgecask flash`: a package's model onto its board."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.cli.check import print_report
from edgecask.common_options import PackagesOption, PortOption, TargetOption
from edgecask.errors import BoardError, ContractError, UsageError
from edgecask.options import option
from edgecask.progress import make_console

if TYPE_CHECKING:
    from rich.console import Console

    from edgecask.firmware.board.flashing import Before
    from edgecask.target.model_file import ModelFile
    from edgecask.target.target import Target


@dataclass(frozen=True, kw_only=True)
class Flash(PackagesOption, PortOption, TargetOption):
    """A model, and where to."""

    model: Path | None = option(None, help="the file to flash (default: the model of the target's package)")
    prefetch: bool = option(False, help="flash the package's file with weights brought ahead; no board has run it yet")
    volume: Path | None = option(
        None,
        help="where the card is mounted that a board reads its model from (default: it is looked for)",
        placeholder="FOLDER",
        example="/media/me/SD",
    )
    dry_run: bool = option(False, help="say what would be sent, and touch nothing")
    force: bool = option(False, help="also flash a model that breaks the firmware's rules")
    score_threshold: int | None = option(
        None,
        help="what is shown has this score at least, in percent; the board keeps it",
        minimum=1,
        maximum=100,
        example="40",
    )
    iou_threshold: int | None = option(
        None, help="of two that overlap by more, in percent, the better is shown; the board keeps it",
        minimum=1, maximum=100, example="45",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prefetch and self.model is not None:
            raise UsageError("--prefetch takes the package's file, and --model another.", advice="Leave one out.")


REQUEST = Flash


def run(request: Flash) -> None:
    """Check the model, ask the board, put the model on it, and tell the board which one it is."""
    from edgecask.firmware.board.flashing import overwritten, takes_commands
    from edgecask.firmware.family import family_of
    from edgecask.firmware.flash import FlashRequest
    from edgecask.firmware.flash import flash as flash_model
    from edgecask.firmware.flash.serial_ports import find_port
    from edgecask.package.manifest import read_model_of
    from edgecask.target.forms import form_of
    from edgecask.target.model_file import parse_model, read_content
    from edgecask.target.target import load_target

    target = load_target(request.target)
    if request.volume is not None and not target.flash.file_name:
        raise UsageError(f"{target.name} reads its model from no card.", advice="Leave --volume out.")
    if (request.score_threshold or request.iou_threshold) and not takes_commands(target):
        raise UsageError(
            f"{target.firmware} takes no thresholds.", advice="Leave --score-threshold and --iou-threshold out."
        )
    if request.model is not None:
        path, content = request.model, read_content(request.model)
    else:
        path, content = read_model_of(
            request.output / target.name, target=target.name, table="prefetch" if request.prefetch else "model"
        )
    parsed = parse_model(content, name=str(path))
    target = form_of(parsed, target)
    refuse(path, parsed, target, request)
    console = make_console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    port = request.port
    before = None
    if target.console is not None and not request.dry_run:
        port = port or find_port(target.flash.usb_ids)
        before = ask_the_board(target, port, path, parsed, request, say)
    if target.console is not None:
        for what in overwritten(target.flash, len(content), None if before is None else before.identity):
            say(f"overwrites {what}")
    with flash_progress(console) as progress:
        written = flash_model(
            FlashRequest(
                flash=target.flash,
                model=path,
                content=content,
                port=port,
                dry_run=request.dry_run,
                space_kib=target.memory.flash_limit_kib,
                reset_line=None if target.console is None else target.console.reset_line,
                say=say,
                progress=progress,
                volume=request.volume,
            )
        )
    if not written:
        return
    note = family_of(target).note_of_file(path, content)
    if before is not None and note is not None:
        tell_the_board(target, port, note, before, request, say)
    console.print("done")


def refuse(path: Path, parsed: ModelFile, target: Target, request: Flash) -> None:
    """Raise ContractError where the model breaks a rule of the firmware, unless --force is given."""
    from edgecask.firmware.family import family_of, family_rows
    from edgecask.target import contract

    report = contract.check(
        parsed,
        target,
        family_rows=family_rows(parsed, target),
        claimed_granularity=family_of(target).claimed_granularity(path.name),
    )
    if report.failures and not request.force:
        print_report(report)
        raise ContractError(
            f"{path} is not flashed: it breaks {report.broken} of {target.firmware_named}.",
            advice="Build it again; --force flashes it all the same, unless it is too large.",
        )


def ask_the_board(
    target: Target, port: str, path: Path, parsed: ModelFile, request: Flash, say: Callable[[str], None]
) -> Before:
    """Which board and which firmware, and whether that takes the model."""
    from edgecask.firmware.board.flashing import as_the_board_has_it, ask_before, remarks_before

    before = ask_before(target, port=port)
    for line in remarks_before(target, before):
        say(line)
    if not request.force:
        refuse(path, parsed, as_the_board_has_it(target, before), request)
    return before


def tell_the_board(
    target: Target,
    port: str | None,
    note: str,
    before: Before,
    request: Flash,
    say: Callable[[str], None],
) -> None:
    """Tell Seeed's firmware which model it has, and set its thresholds; a board that was silent before may stay so."""
    from edgecask.firmware.board.flashing import tell_after

    try:
        identity, thresholds = tell_after(
            target,
            port=port,
            note=note,
            score=request.score_threshold,
            iou=request.iou_threshold,
        )
    except BoardError as error:
        if before.identity is not None:
            raise BoardError(f"The model is written, but: {error.message}", advice=error.advice) from error
        say(f"note: the model is written; the board was not told which one it is ({error.message})")
        return
    say(f"the board has chosen model {identity.chosen.id} at {identity.chosen.address:#x}, and was told which it is")
    if thresholds is not None:
        say(f"shown from a score of {thresholds.score} % on; IoU {thresholds.iou} %")


@contextlib.contextmanager
def flash_progress(console: Console) -> Iterator[Callable[[int, int], None]]:
    """A bar for as long as the context lasts; it is told bytes done and bytes in all."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    with Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("flash", total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)
