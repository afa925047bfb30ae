"""`edgecask capture`: pictures through the board's own lens, to calibrate with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.common_options import CALIBRATION_COUNT, PortOption, TargetOption
from edgecask.errors import StorageError, UsageError
from edgecask.options import option
from edgecask.wording import counted, shown

if TYPE_CHECKING:
    from edgecask.firmware.board.opening import Board

MAX_IMAGES = 10_000
TRIES = 100
"""Frames for each picture at most: of a scene where nothing moves there are no others."""


@dataclass(frozen=True, kw_only=True)
class Capture(PortOption, TargetOption):
    """A board, and how many pictures."""

    count: int = option(
        CALIBRATION_COUNT, help="how many pictures", minimum=1, maximum=MAX_IMAGES, example=str(CALIBRATION_COUNT)
    )
    output: Path = option(Path("calibration"), help="the folder they go to", placeholder="FOLDER")


REQUEST = Capture


def run(request: Capture) -> None:
    """Save pictures that differ from each other, as the board sent them."""
    from edgecask.firmware.board.opening import open_board
    from edgecask.target.target import load_target

    target = load_target(request.target)
    if request.output.exists() and not request.output.is_dir():
        raise UsageError(f"{request.output} is a file.", advice="Give --output a folder.")
    with open_board(target, port=request.port) as board:
        saved, passed = save_images(board, request)
    pictures = counted(saved, "picture")
    print(shown(f"{pictures} in {request.output}; {passed} were passed over, since they are like another one"))
    print(shown(f"Build with `edgecask build --target={target.name} --calibration={request.output}`."))


def save_images(board: Board, request: Capture) -> tuple[int, int]:
    """How many pictures were saved, and how many were not; raises BoardError where the board has none to give."""
    from rich.progress import Progress

    from edgecask.errors import BoardError
    from edgecask.files import write_whole
    from edgecask.firmware.board.different_images import different_images
    from edgecask.firmware.board.opening import frames_of
    from edgecask.progress import make_console

    frames = frames_of(board, -1, images=True)
    passed = 0
    try:
        request.output.mkdir(parents=True, exist_ok=True)
        number = first = _next_number(request.output)
        with Progress(console=make_console(), transient=True, disable=not sys.stdout.isatty()) as bar:
            task = bar.add_task("move the board or yourself", total=request.count)
            for frame in different_images(frames):
                if frame is None:
                    passed += 1
                    if passed > TRIES * (number - first + 1):
                        raise BoardError(
                            f"Of {passed + number - first} pictures {number - first} differ from each other"
                            f" and can be read; they are in {request.output}.",
                            advice="Move what the camera sees, then run this again: it adds to the folder.",
                        )
                    continue
                # The extended name sorts, and never replaces an earlier picture.
                write_whole(request.output / f"{number:05d}.jpg", frame.image or b"")
                number += 1
                bar.advance(task)
                if number - first == request.count:
                    break
    except OSError as error:
        raise StorageError(
            f"{request.output} cannot be written ({error.strerror}).", advice="Check --output."
        ) from error
    finally:
        frames.close()
    return number - first, passed


def _next_number(folder: Path) -> int:
    numbers = [int(path.stem) for path in folder.glob("*.jpg") if path.stem.isascii() and path.stem.isdigit()]
    return max(numbers, default=0) + 1
