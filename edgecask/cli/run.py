"""`edgecask run`: build, check, flash, watch."""

from __future__ import annotations

from dataclasses import dataclass, fields

from edgecask.cli import build, flash, watch
from edgecask.cli.build import Build
from edgecask.common_options import PortOption
from edgecask.options import option


@dataclass(frozen=True, kw_only=True)
class BuildAndRun(PortOption, Build):
    """A build, and the board that it is for."""

    frames: int | None = option(None, help="stop after so many frames (default: at Ctrl-C)", minimum=1, example="10")


REQUEST = BuildAndRun


def run(request: BuildAndRun) -> None:
    """Everything, one after the other; what fails ends it."""
    from edgecask.firmware.board.opening import console_of
    from edgecask.target.target import load_target

    console_of(load_target(request.target))  # before anything is built for a board that says nothing
    build.run(Build(**{each.name: getattr(request, each.name) for each in fields(Build)}))
    flash.run(flash.Flash(target=request.target, output=request.output, port=request.port))
    watch.run(watch.Watch(target=request.target, output=request.output, port=request.port, frames=request.frames))
