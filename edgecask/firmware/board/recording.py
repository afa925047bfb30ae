"""What went over a serial line, as lines of JSON, and the same conversation once more without the board.

A line is {"t": seconds, "in": text} or "out"; the characters of the text are the bytes (Latin-1). A report of a fault
that comes with such a file can be looked at anywhere.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from edgecask.errors import BoardError, StorageError, UsageError
from edgecask.files import open_regular
from edgecask.firmware.board.connection import Port

MAX_LINE = 1 << 20


class RecordingPort:
    """A port that writes down what passes; `file` is a text file that is open for writing."""

    def __init__(self, port: Port, file: IO[str]) -> None:
        self._port, self._file = port, file
        self._begun = time.monotonic()

    @property
    def timeout(self) -> float | None:
        """See Port."""
        return self._port.timeout

    @timeout.setter
    def timeout(self, value: float | None) -> None:
        self._port.timeout = value

    @property
    def in_waiting(self) -> int:
        """See Port."""
        return self._port.in_waiting

    @property
    def rts(self) -> bool:
        """The line that resets a Grove."""
        return bool(getattr(self._port, "rts", True))

    @rts.setter
    def rts(self, value: bool) -> None:
        self._port.rts = value  # type: ignore[attr-defined]

    @property
    def dtr(self) -> bool:
        """The line that resets a XIAO."""
        return bool(getattr(self._port, "dtr", True))

    @dtr.setter
    def dtr(self, value: bool) -> None:
        self._port.dtr = value  # type: ignore[attr-defined]

    def read(self, size: int = 1, /) -> bytes:
        """See Port."""
        data = self._port.read(size)
        if data:
            self._note("in", data)
        return data

    def write(self, data: bytes, /) -> int | None:
        """See Port."""
        self._note("out", data)
        return self._port.write(data)

    def _note(self, direction: str, data: bytes) -> None:
        entry = {"t": round(time.monotonic() - self._begun, 4), direction: data.decode("latin-1")}
        self._file.write(json.dumps(entry) + "\n")


class ReplayPort:
    """A port that says what was recorded, as fast as it is read; raises BoardError at its end."""

    timeout: float | None = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._chunks = _chunks(path)
        self._time = 0.0
        self.ended = False

    @property
    def in_waiting(self) -> int:
        """One chunk at a time."""
        return MAX_LINE

    def now(self) -> float:
        """When what was read last had come, in seconds."""
        return self._time

    def read(self, size: int = 1, /) -> bytes:
        """See Port."""
        chunk = next(self._chunks, None)
        if chunk is None:
            self.ended = True
            raise BoardError(f"The recording {self._path} ends here.")
        self._time, data = chunk
        return data

    def write(self, data: bytes, /) -> int | None:
        """Nobody listens."""
        return len(data)


def _chunks(path: Path) -> Iterator[tuple[float, bytes]]:
    wrong = UsageError(f"{path} is no recording of `edgecask watch`.", advice="Name a file that --record wrote.")
    try:
        with open_regular(path) as file:
            while line := file.readline(MAX_LINE):
                entry = json.loads(line)
                if "in" in entry:
                    yield float(entry["t"]), str(entry["in"]).encode("latin-1")
                elif "out" not in entry:
                    raise wrong
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", advice="Check --replay.") from error
    except StorageError as error:
        raise UsageError(error.message, advice=error.advice) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise wrong from error
