"""`edgecask watch`: what the board sees, as a page with the live picture or a line for each frame."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edgecask.common_options import BoardOrRecordingOption, PackagesOption, TargetOption
from edgecask.errors import BoardError, UsageError
from edgecask.options import option
from edgecask.wording import shown

if TYPE_CHECKING:
    from edgecask.firmware.board.frames import Frame, Person
    from edgecask.firmware.board.opening import Board
    from edgecask.target.package_tables import Manifest
    from edgecask.target.tables import Console
    from edgecask.target.target import Target
    from edgecask.task.words import Words

MOST_SHOWN = 4
"""Of a frame's people, or boxes, in a line; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class Watch(PackagesOption, BoardOrRecordingOption, TargetOption):
    """A board, or the recording of one."""

    view: Literal["page", "lines"] | None = option(
        None,
        help="a page with the live picture, served to this computer alone, or a line a frame (default: the page where "
        "a browser can be opened)",
    )
    frames: int | None = option(
        None, help="stop after so many frames, as lines (default: at Ctrl-C)", minimum=1, example="10"
    )
    images: bool = option(False, help="ask for pictures with lines, too: slower, and they stand in a recording")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.view == "page":
            for name, given in {"--frames": self.frames is not None, "--images": self.images}.items():
                if given:
                    raise UsageError(f"{name} is for lines.", advice="Leave it or --view=page out.")


REQUEST = Watch


def run(request: Watch) -> None:
    """Show what the board sees, until there are enough frames or Ctrl-C."""
    from edgecask.target.target import load_target

    target = load_target(request.target)
    view = request.view
    if view is None:
        only_lines = request.frames is not None or request.images or not sys.stdout.isatty()
        view = "lines" if only_lines or not has_browser() else "page"
    if view == "page":
        from edgecask.cli.watch_page import show_page

        show_page(request, target)
    else:
        show_lines(request, target)


def has_browser() -> bool:
    """Whether this machine can open a window with a page; a browser within the terminal shows no live picture."""
    import webbrowser

    if sys.platform not in ("win32", "darwin") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    with contextlib.suppress(webbrowser.Error):
        webbrowser.get()
        return True
    return False


def show_lines(request: Watch, target: Target) -> None:
    """A line a frame."""
    from edgecask.firmware.board.opening import console_of, open_board
    from edgecask.firmware.board.sscma import Sscma
    from edgecask.package.manifest import read_manifest

    with open_board(target, port=request.port, record=request.record, replay=request.replay) as board:
        if isinstance(board, Sscma) and request.replay is None:
            identity = board.identify()
            print(shown(f"{identity.name}, firmware of {identity.software}; Ctrl-C ends this"))
        known = Known.of(target, read_manifest(request.output / target.name, target=target.name))
        try:
            for line in lines_of(board, request, console_of(target), known):
                print(shown(line), flush=True)
        except BoardError as error:
            if not board.connection.at_the_end:
                raise
            print(shown(error.message))


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of the model on the board, from the package at hand: its words, and the names of its classes."""

    words: Words
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, target: Target, manifest: Manifest | None) -> Known:
        """Without a package it is what the target is usually for."""
        from edgecask.task.task import task_of

        if manifest is None:
            return cls(words=task_of(target.model.task).words)
        return cls(words=task_of(manifest.get("task", target.model.task)).words, classes=tuple(manifest["classes"]))

    def name_of(self, person: Person) -> str:
        """The class of a box, in front of its score; keypoints need none."""
        if person.keypoints:
            return ""
        return f"{self.classes[person.target]} " if person.target < len(self.classes) else f"class {person.target} "


def lines_of(board: Board, request: Watch, console: Console, known: Known) -> Iterator[str]:
    """A line for each frame; Ctrl-C is how a user ends it, and the board is told to stop."""
    from edgecask.firmware.board.opening import frames_of
    from edgecask.firmware.board.sscma import Sscma

    count = -1 if request.frames is None else request.frames
    frames = frames_of(board, count, images=request.images, recorded=request.replay is not None)
    told, before = False, 0.0
    try:
        for number in itertools.count(1):
            frame = next(frames, None)
            if frame is None:
                return
            if isinstance(board, Sscma) and not told:
                told = True
                if board.overheard_name or board.overheard_software:
                    yield f"{board.overheard_name}, firmware of {board.overheard_software}; a recording"
                if board.thresholds is not None:
                    yield f"{known.words.several} from {board.thresholds.score} % on, IoU {board.thresholds.iou} %"
            now = board.connection.now() if request.replay else time.monotonic()
            rate = f"{1 / (now - before):5.1f}/s" if number > 1 and now > before else " " * 7
            before = now
            yield described(frame, number, rate, console, known)
            if number == request.frames:
                return
    except KeyboardInterrupt:
        return
    finally:
        frames.close()


def described(frame: Frame, number: int, rate: str, console: Console, known: Known) -> str:
    """One line: number, time, rate, and what is on it."""
    if frame.milliseconds is not None:
        times = " + ".join(map(str, frame.milliseconds)) + " ms"
    elif frame.ticks is not None and console.ticks_per_millisecond:
        times = f"{frame.ticks / console.ticks_per_millisecond:.1f} ms"
    else:
        times = "–"
    best = sorted(frame.people, key=lambda person: -person.score)
    shown = "; ".join(_described(each, known) for each in best[:MOST_SHOWN]) or known.words.none
    more = f"; {len(best) - MOST_SHOWN} more" if len(best) > MOST_SHOWN else ""
    return f"{number:>6}  {times:>16}  {rate}  {shown}{more}"


def _described(person: Person, known: Known) -> str:
    keypoints = f", {len(person.keypoints)} keypoints" if person.keypoints else ""
    place = f"({person.x}, {person.y}), {person.width} × {person.height}"
    return f"{known.name_of(person)}{person.score} % at {place}{keypoints}"
