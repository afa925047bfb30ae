"""`edgecask watch`: what the board sees, a line for each frame."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.common_options import PortOption, TargetOption
from edgecask.errors import UsageError
from edgecask.options import option
from edgecask.wording import shown

if TYPE_CHECKING:
    from edgecask.firmware.board.frames import Frame, Person
    from edgecask.firmware.board.opening import Board
    from edgecask.target.tables import Console

MOST_PEOPLE = 4
"""In a line; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class Watch(PortOption, TargetOption):
    """A board, or the recording of one."""

    frames: int | None = option(None, help="stop after so many frames (default: at Ctrl-C)", minimum=1, example="10")
    images: bool = option(False, help="ask for pictures, too: slower, and they stand in a recording")
    record: Path | None = option(
        None, help="write what passes to this file, for a report of a fault", placeholder="FILE.jsonl"
    )
    replay: Path | None = option(None, help="show a recording instead of a board", placeholder="FILE.jsonl")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.replay is not None and (self.record is not None or self.port is not None):
            raise UsageError("--replay shows a recording: neither a board nor another one.", advice="Leave one out.")


REQUEST = Watch


def run(request: Watch) -> None:
    """Print a line a frame, until there are enough or Ctrl-C."""
    from edgecask.firmware.board.opening import console_of, open_board
    from edgecask.firmware.board.sscma import Sscma
    from edgecask.target.target import load_target

    target = load_target(request.target)
    with open_board(target, port=request.port, record=request.record, replay=request.replay) as board:
        if isinstance(board, Sscma):
            identity = board.identify()
            print(shown(f"{identity.name}, firmware of {identity.software}; Ctrl-C ends this"))
        for line in lines_of(board, request, console_of(target)):
            print(shown(line), flush=True)


def lines_of(board: Board, request: Watch, console: Console) -> Iterator[str]:
    """A line for each frame; Ctrl-C is how a user ends it, and the board is told to stop."""
    from edgecask.firmware.board.sscma import Sscma

    count = -1 if request.frames is None else request.frames
    frames = board.frames(count, images=request.images) if isinstance(board, Sscma) else board.frames(count)
    told, before = False, 0.0
    try:
        for number in itertools.count(1):
            frame = next(frames, None)
            if frame is None:
                return
            if isinstance(board, Sscma) and board.thresholds is not None and not told:
                told = True
                yield f"people from {board.thresholds.score} % on, IoU {board.thresholds.iou} %"
            now = board.connection.now() if request.replay else time.monotonic()
            rate = f"{1 / (now - before):5.1f}/s" if number > 1 and now > before else " " * 7
            before = now
            yield described(frame, number, rate, console)
    except KeyboardInterrupt:
        return
    finally:
        frames.close()


def described(frame: Frame, number: int, rate: str, console: Console) -> str:
    """One line: number, time, rate, people."""
    if frame.milliseconds is not None:
        times = " + ".join(map(str, frame.milliseconds)) + " ms"
    elif frame.ticks is not None and console.ticks_per_millisecond:
        times = f"{frame.ticks / console.ticks_per_millisecond:.1f} ms"
    else:
        times = "–"
    best = sorted(frame.people, key=lambda person: -person.score)
    shown = "; ".join(map(_person, best[:MOST_PEOPLE])) or "nobody"
    more = f"; {len(best) - MOST_PEOPLE} more" if len(best) > MOST_PEOPLE else ""
    return f"{number:>6}  {times:>16}  {rate}  {shown}{more}"


def _person(person: Person) -> str:
    keypoints = f", {len(person.keypoints)} keypoints" if person.keypoints else ""
    return f"{person.score} % at ({person.x}, {person.y}), {person.width} × {person.height}{keypoints}"
