"""`edgecask measure`: how long the model takes on the board, by the board's own clock."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.common_options import JsonOption, PackagesOption, PortOption, TargetOption
from edgecask.options import option
from edgecask.wording import shown

if TYPE_CHECKING:
    from edgecask.firmware.board.measurement import Measured, Timed
    from edgecask.firmware.board.opening import Board
    from edgecask.target.target import Target

SAID_BY_FLASH = "said by the last flash"
VERIFIED = "verified by the MD5 of the board's flash"
SAID_BY_NOBODY = "which the board was not told"


@dataclass(frozen=True, kw_only=True)
class Measure(JsonOption, PackagesOption, PortOption, TargetOption):
    """A board, and how long it is watched."""

    frames: int = option(100, help="how many frames", minimum=2, maximum=100_000, example="100")


REQUEST = Measure


def run(request: Measure) -> None:
    """Ask the board, print what it said, and keep it beside the packages."""
    from edgecask.files import readable_json, write_whole
    from edgecask.firmware.board.measurement import measured_path, write_measured
    from edgecask.firmware.board.opening import console_of, open_board
    from edgecask.firmware.flash.serial_ports import find_port
    from edgecask.package.measured_page import render_measured
    from edgecask.target.target import load_target

    target = load_target(request.target)
    console_of(target)
    port = request.port or find_port(target.flash.usb_ids)
    verified = verify(target, port, request.output)
    with open_board(target, port=port) as board:
        measured = measure(board, target, request, verified)
    path = measured_path(request.output, target.name)
    write_measured(path, measured)
    page = path.with_suffix(".html")
    write_whole(page, render_measured(measured, target))
    if request.json:
        sys.stdout.buffer.write(readable_json(measured))
        return
    for line in described(measured):
        print(shown(line))
    print(shown(f"kept in {path} and {page}"))


def packaged(packages: Path, target: Target) -> Iterator[tuple[bytes, Mapping[str, float]]]:
    """The model files of the target's package, each with its estimates; none where there is no package."""
    from edgecask.errors import StorageError
    from edgecask.package.manifest import read_manifest, read_model_of

    manifest = read_manifest(packages / target.name, target=target.name)
    if manifest is None:
        return
    for table, metrics in (("model", manifest["metrics"]), ("prefetch", manifest.get("prefetch", {}).get("metrics"))):
        try:
            _, content = read_model_of(packages / target.name, target=target.name, table=table)
        except StorageError:
            continue
        yield content, {name: metrics[name] for name in ("npu_ms", "timeline_ms") if metrics and name in metrics}


def verify(target: Target, port: str, packages: Path) -> bytes | bool | None:
    """The package's file that the board's flash holds, False where it is another one; None where nothing can say."""
    from edgecask.firmware.flash import holds

    found: bool | None = None
    for content, _ in packaged(packages, target):
        found = holds(target.flash, port, content)
        if found:
            return content
    return found


def measure(board: Board, target: Target, request: Measure, verified: bytes | bool | None = None) -> Measured:
    """What the board says of so many frames."""
    from edgecask import __version__
    from edgecask.firmware.board.measurement import SCHEMA, frames_per_second, milliseconds_of
    from edgecask.firmware.board.opening import console_of
    from edgecask.firmware.board.sscma import Sscma

    described_board: dict[str, str] = {"name": target.title, "software": "", "hardware": ""}
    model: dict[str, Any] = {"name": "", "sha256": None, "said_by": SAID_BY_NOBODY, "in_package": None}
    estimate: Mapping[str, float] | None = None
    if isinstance(board, Sscma):
        identity = board.identify()
        described_board = {"name": identity.name, "software": identity.software, "hardware": identity.hardware}
        model, estimate = _model_of(identity.info, request.output, target, verified)
    timed = list(_watch(board, request))
    measured: Measured = {
        "schema": SCHEMA,
        "target": target.name,
        "date": datetime.now(UTC).date().isoformat(),
        "edgecask": __version__,
        "board": described_board,
        "model": model,
        "frames": len(timed),
        "broken": board.connection.broken,
        "people": sum(len(each.frame.people) for each in timed),
        "milliseconds": milliseconds_of(
            (each.frame for each in timed), ticks_per_millisecond=console_of(target).ticks_per_millisecond
        ),
    }
    if (rate := frames_per_second(timed)) is not None:
        measured["frames_per_second"] = rate
    if timed[0].frame.resolution is not None:
        measured["resolution"] = list(timed[0].frame.resolution)
    if estimate:
        measured["estimate"] = dict(estimate)
    return measured


def _watch(board: Board, request: Measure) -> Iterator[Timed]:
    """The frames without their pictures, and when each came."""
    from rich.progress import Progress

    from edgecask.firmware.board.measurement import Timed
    from edgecask.firmware.board.sscma import Sscma
    from edgecask.progress import make_console

    frames = board.frames(request.frames, images=False) if isinstance(board, Sscma) else board.frames(request.frames)
    with Progress(console=make_console(), transient=True, disable=request.json or not sys.stdout.isatty()) as bar:
        for frame in bar.track(frames, total=request.frames, description="measuring"):
            yield Timed(frame=frame, at=time.monotonic())


def _model_of(
    info: str, packages: Path, target: Target, verified: bytes | bool | None
) -> tuple[dict[str, Any], Mapping[str, float] | None]:
    """Which model it is as far as anybody knows, and what the package that holds it estimates."""
    from edgecask.files import sha256_bytes
    from edgecask.firmware.board.model_note import read_note

    note = read_note(info)
    found: dict[str, Any] = {"name": "", "sha256": None, "said_by": SAID_BY_NOBODY, "in_package": None}
    if note is not None:
        found |= {"name": note.name, "sha256": note.sha256, "said_by": SAID_BY_FLASH}
    if verified is False:
        # What the board was told may be of another day.
        return found | {"in_package": False}, None
    for content, estimate in packaged(packages, target):
        if isinstance(verified, bytes):
            if content == verified:
                return found | {
                    "sha256": sha256_bytes(content), "said_by": VERIFIED, "in_package": True
                }, estimate  # fmt: skip
            continue
        if note is not None:
            found["in_package"] = note.is_about(content)
            if found["in_package"]:
                return found, estimate
    return found, None


def described(measured: Measured) -> Iterator[str]:
    """The lines for a person."""
    from edgecask.firmware.board.measurement import WHOLE

    board, model = measured["board"], measured["model"]
    firmware = f", firmware of {board['software']}" if board["software"] else ""
    yield f"{'board':<12} {board['name']}{firmware}"
    digest = f"{model['sha256'][:12]}…" if model["sha256"] else ""
    package = {True: ", the one of the package", False: ", and the package holds another one", None: ""}
    said = f"({model['said_by']}{package[model['in_package']]})"
    yield f"{'model':<12} {' '.join(filter(None, (model['name'], digest, said)))}"
    for name, spread in measured["milliseconds"].items():
        line = f"{name:<12} {spread['median']:g} ms, 95 of 100 frames at most {spread['percentile_95']:g}"
        estimate = measured.get("estimate", {})
        if name == "inference" and estimate:
            told = {"npu_ms": "Vela", "timeline_ms": "the timeline"}
            line += "; estimated " + ", ".join(
                f"{estimate[key]:.1f} by {who}" for key, who in told.items() if key in estimate
            )
        yield line
    if "frames_per_second" in measured:
        # Himax' app has no other way than with them.
        pictures = "with" if WHOLE in measured["milliseconds"] else "without"
        yield f"{'frames':<12} {measured['frames_per_second']} a second, by when results came, {pictures} pictures"
    part = f", {measured['broken']} more came in part" if measured["broken"] else ""
    yield f"{'':<12} {measured['frames']} frames{part}; the board's clock gives whole milliseconds"
