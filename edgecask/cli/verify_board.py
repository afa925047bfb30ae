"""`edgecask verify-board`: whether the board sees what this machine sees of the same frames."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.common_options import BoardOrRecordingOption, JsonOption, PackagesOption, RunnerOption, TargetOption
from edgecask.errors import BoardDiffersError, BoardError, UndecidedError
from edgecask.options import option
from edgecask.wording import shown

if TYPE_CHECKING:
    from edgecask.analysis.board_comparison import Comparison, Sent
    from edgecask.firmware.board.opening import Board
    from edgecask.target.target import Target
    from edgecask.task.words import Words

TRIES = 50
"""Frames for each different one at most."""


@dataclass(frozen=True, kw_only=True)
class VerifyBoard(JsonOption, RunnerOption, PackagesOption, BoardOrRecordingOption, TargetOption):
    """A board with the model of a package."""

    frames: int = option(
        60, help="how many frames that differ from each other", minimum=1, maximum=10_000, example="60"
    )


REQUEST = VerifyBoard


def run(request: VerifyBoard) -> None:
    """Take frames with what the board said of them, look at the same pictures here, and say whether that is the same.

    Raises BoardDiffersError where it is not, UndecidedError where the pictures do not tell.
    """
    from edgecask.analysis.accuracy import keypoints_of
    from edgecask.analysis.board_comparison import compare, describe
    from edgecask.cli.session import make_execution
    from edgecask.files import readable_json
    from edgecask.firmware.board.opening import console_of, open_board
    from edgecask.package.evaluated import find_evaluated
    from edgecask.progress import PlainDisplay, make_display
    from edgecask.target.forms import form_of
    from edgecask.target.target import load_target
    from edgecask.task.pose import sigmas_for
    from edgecask.task.task import task_of

    target = load_target(request.target)
    console_of(target)
    display = PlainDisplay(sys.stderr) if request.json else make_display()
    execution = make_execution(request.runner, display, require_isolation=request.require_isolation)
    evaluated = find_evaluated(execution.store, request.output / target.name, target=target.name)
    target = form_of(evaluated.model, target)
    words = task_of(target.model.task).words
    keypoints = keypoints_of(evaluated.model, target)
    with open_board(target, port=request.port, record=request.record, replay=request.replay) as board:
        if request.replay is None:
            warn_of_another_model(board, target, request.output, display.warn)
        sent, score, iou = take_frames(board, target, request)
    comparison = compare(
        execution,
        target,
        sent,
        model=evaluated.blob,
        sigmas=sigmas_for(keypoints, None)[0],
        score=score,
        iou=iou,
    )
    if request.json:
        sys.stdout.buffer.write(readable_json(comparison))
        sys.stdout.buffer.flush()
    else:
        for line in describe(comparison, words):
            print(shown(line))
    conclude(comparison, words)
    if not request.json:
        print(shown("the board sees what this machine sees, as far as its pictures can tell"))


def warn_of_another_model(board: Board, target: Target, packages: Path, warn: Callable[[str], None]) -> None:
    """Where the last flash said another file than the package's, that is known before anything is compared."""
    from edgecask.cli.measure import packaged
    from edgecask.firmware.board.model_note import read_note
    from edgecask.firmware.board.sscma import Sscma

    if not isinstance(board, Sscma):
        return
    note = read_note(board.identify().info)
    if note is None:
        return
    about = [note.is_about(content) for content, _ in packaged(packages, target)]
    if about and not any(about) and False in about:
        warn("the last flash said that another model is on the board than the package's")


def take_frames(board: Board, target: Target, request: VerifyBoard) -> tuple[list[Sent], float, float]:
    """The frames, and the thresholds in force, parts of 1; fewer frames where nothing moves any more."""
    from rich.progress import Progress

    from edgecask.analysis.board_comparison import Sent
    from edgecask.firmware.board.detections import as_detection
    from edgecask.firmware.board.different_images import different_images
    from edgecask.firmware.board.opening import frames_of
    from edgecask.firmware.board.sscma import Sscma
    from edgecask.progress import make_console

    frames = frames_of(board, -1, images=True, recorded=request.replay is not None)
    sent: list[Sent] = []
    passed = 0
    try:
        with Progress(console=make_console(), transient=True, disable=request.json or not sys.stdout.isatty()) as bar:
            task = bar.add_task("move before the camera", total=request.frames)
            for frame in different_images(frames):
                if frame is None or frame.image is None:
                    passed += 1
                    if passed > TRIES * (len(sent) + 1):
                        break
                    continue
                if frame.rotate:
                    raise BoardError(
                        f"The board turns its pictures by {frame.rotate} degrees: what it saw is not what it sends.",
                        advice="Set the sensor's rotation to 0 (AT+SENSOR) for the comparison.",
                    )
                people = [as_detection(person, corner=not isinstance(board, Sscma)) for person in frame.people]
                sent.append(Sent(image=frame.image, people=people))
                bar.advance(task)
                if len(sent) == request.frames:
                    break
    except BoardError:
        if not board.connection.at_the_end or not sent:
            raise
    finally:
        frames.close()
    if not sent:
        raise BoardError("The board sent no picture that can be read.", advice="Reset it and try again.")
    if isinstance(board, Sscma) and board.thresholds is not None:
        return sent, board.thresholds.score / 100, board.thresholds.iou / 100
    return sent, target.nms.score, target.nms.iou


def conclude(comparison: Comparison, words: Words) -> None:
    """Raise the error of a verdict that is not the good one."""
    people = comparison["board"]["people"]
    if comparison["verdict"] == "differs":
        raise BoardDiffersError(
            "The board does not see what this machine sees: more than the pictures' loss explains.",
            advice="Flash the package's model again; look at `edgecask watch --record=FILE.jsonl --images` "
            "and attach that to a report.",
        )
    if comparison["verdict"] == "cannot tell":
        raise UndecidedError(
            f"Too little to tell whether the board sees what this machine sees: {words.several} {people}, different "
            f"frames {comparison['frames']}.",
            advice=f"Let {words.moving} move before the camera, nearer to it, and take more --frames.",
        )
