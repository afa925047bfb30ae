"""One class per kind of failure, each with its own exit code.

An error is one line for the user: what happened (with the file it concerns), then what to do next.
The codes are part of the command line's interface: docs/reference/exit-codes.md lists them, and a code is never reused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class EdgecaskError(Exception):
    """A failure that a user can cause or repair: `message` says what happened, `advice` what to do."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "failure"

    def __init__(self, message: str, *, advice: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message.replace("\n", "\\n")  # of a name that somebody gave: every message is one line
        self.advice = advice
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class UsageError(EdgecaskError):
    """An option, a combination of options, or a file of options that makes no sense, such as an image size of 200."""

    exit_code = 2
    kind = "usage"


class TargetError(EdgecaskError):
    """An unknown target, or a target folder that is not valid."""

    exit_code = 10
    kind = "target"


class WeightsError(EdgecaskError):
    """A checkpoint that is missing, damaged, or holds something that is not loaded for safety."""

    exit_code = 11
    kind = "weights"


class ModelError(EdgecaskError):
    """A checkpoint that loads but is no model of YOLOv8 or YOLO11 that the target can run."""

    exit_code = 12
    kind = "model"


class CalibrationError(EdgecaskError):
    """Calibration images that are missing, empty or unreadable."""

    exit_code = 13
    kind = "calibration"


class EngineError(EdgecaskError):
    """No container engine answers, or it refused what it was asked."""

    exit_code = 14
    kind = "engine"


class EnvironmentBuildError(EdgecaskError):
    """An image or a virtual environment could not be made from its lock."""

    exit_code = 15
    kind = "environment"


class StageError(EdgecaskError):
    """A stage died; its last lines of output (`details`) are shown."""

    exit_code = 16
    kind = "stage"


class StageStoppedError(StageError):
    """A stage was stopped from outside before it ended, for example since another one failed."""

    exit_code = 25
    kind = "stage-stopped"


class CompileError(EdgecaskError):
    """The compiler for the device left operators on the CPU or refused the model."""

    exit_code = 17
    kind = "compile"


class ContractError(EdgecaskError):
    """The finished model breaks a rule of the target's firmware."""

    exit_code = 18
    kind = "contract"


class NetworkError(EdgecaskError):
    """Something had to be downloaded and could not be."""

    exit_code = 19
    kind = "network"


class StorageError(EdgecaskError):
    """No space left, or a folder that cannot be written."""

    exit_code = 20
    kind = "storage"


class ModelFileError(EdgecaskError):
    """A .tflite file that is missing, truncated or damaged."""

    exit_code = 21
    kind = "model-file"


class FlashError(EdgecaskError):
    """The board did not answer, did not take the model, or is not the one that is meant."""

    exit_code = 22
    kind = "flash"


class AccuracyError(EdgecaskError):
    """The integer model is further below the float one than was allowed."""

    exit_code = 23
    kind = "accuracy"


class AgreementError(EdgecaskError):
    """The integer model agrees less with the float one than was asked for, or there is nothing to measure that on."""

    exit_code = 28
    kind = "agreement"


class DatasetError(EdgecaskError):
    """A data set that is missing, cannot be read, or contradicts itself."""

    exit_code = 24
    kind = "dataset"


class BoardError(EdgecaskError):
    """A board that does not answer, breaks off, or does not run its model."""

    exit_code = 27
    kind = "board"


class IsolationError(EdgecaskError):
    """Stages would run with less between them and the machine than `--require-isolation` asks for."""

    exit_code = 29
    kind = "isolation"


class VerificationError(EdgecaskError):
    """A package that is not what was built."""

    exit_code = 30
    kind = "verification"


class BoardDiffersError(EdgecaskError):
    """A board does not see what this machine sees of the same frames."""

    exit_code = 31
    kind = "board-differs"


class UndecidedError(EdgecaskError):
    """Too few people were before a board's camera to say whether it sees what this machine sees."""

    exit_code = 32
    kind = "undecided"


class LimitError(EdgecaskError):
    """No weights are small enough for `--max-ms` or `--max-flash`."""

    exit_code = 33
    kind = "limit"


class InterruptedBuildError(EdgecaskError):
    """The user pressed Ctrl-C; what was running has been stopped and removed."""

    exit_code = 130
    kind = "interrupted"


class OutputClosedError(EdgecaskError):
    """Nobody reads the output any more (`| head`): the code that a shell gives a program that SIGPIPE ended."""

    exit_code = 141
    kind = "output-closed"


def all_errors(base: type[EdgecaskError] = EdgecaskError) -> Iterator[type[EdgecaskError]]:
    """Every kind of failure."""
    for subclass in base.__subclasses__():
        yield subclass
        yield from all_errors(subclass)


def error_of_kind(kind: str, message: str, *, advice: str = "", details: str = "") -> EdgecaskError:
    """The error class whose `kind` a stage program named in its failure.json; StageError where none fits."""
    for subclass in all_errors():
        if subclass.kind == kind:
            return subclass(message, advice=advice, details=details)
    return StageError(message, advice=advice, details=details)
