"""The conversation with a board that answers AT commands, or that only talks."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol

from edgecask.errors import BoardError
from edgecask.firmware.board.framing import Framing, Reply, Text
from edgecask.firmware.flash.serial_ports import connection_errors, pulse, why_broken

ANSWER_SECONDS = 2.0
SILENCE_SECONDS = 0.05
"""How long one read waits: what came is looked at that often."""
HEARD = 8


class Port(Protocol):
    """What is used of a serial port, or of a recording of one."""

    timeout: float | None

    def read(self, size: int = 1, /) -> bytes:
        """At most so many bytes, fewer after `timeout` seconds."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Send all of it."""
        ...

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read without waiting."""
        ...


class UnknownCommandError(Exception):
    """The firmware has no such command, or not now."""


class Connection:
    """Commands and their answers on one port; `name` is the port's, for messages.

    Raises BoardError where the connection breaks or nothing answers. `heard` are the latest things that nobody asked
    for, and `broken` counts the replies that came in part.
    """

    def __init__(self, port: Port, *, name: str) -> None:
        self._port, self.name = port, name
        self._framing = Framing()
        self._tags = 0
        self._waiting: deque[Reply | Text] = deque()
        self.heard: deque[Reply | Text] = deque(maxlen=HEARD)
        self.broken = 0

    def now(self) -> float:
        """Seconds, by the clock that what was read last came at."""
        clock: Any = getattr(self._port, "now", None)
        return float(clock()) if clock is not None else time.monotonic()

    @property
    def at_the_end(self) -> bool:
        """Whether this was a recording, and all of it was read."""
        return bool(getattr(self._port, "ended", False))

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        with self._breaks_are_told():
            self._port.write(data)

    def replies(self, seconds: float) -> Iterator[Reply]:
        """What the board says, until so many seconds have passed since the caller last took something."""
        deadline = time.monotonic() + seconds
        while True:
            while self._waiting:
                item = self._waiting.popleft()
                if isinstance(item, Text):
                    self.broken += item.broken
                    self.heard.append(item)
                    continue
                yield item
                deadline = time.monotonic() + seconds
            if time.monotonic() >= deadline:
                return
            with self._breaks_are_told():
                self._port.timeout = SILENCE_SECONDS
                data = self._port.read(max(1, self._port.in_waiting))
            self._waiting.extend(self._framing.feed(data))

    def ask(self, command: str, *, seconds: float = ANSWER_SECONDS) -> Reply:
        """The answer to a command; raises UnknownCommandError where the firmware does not have it.

        The tag tells the answer from those to others: a board may still be busy with what an earlier program asked.
        """
        tag = self._next_tag()
        wanted = f"{tag}@{command.partition('=')[0]}"
        # Firmware before 2024-12-26 knows no other end than \r; nothing is echoed.
        self.write(f"AT+{tag}@{command}\r".encode())
        deadline = time.monotonic() + seconds
        for reply in self.replies(seconds):
            if reply.name == wanted and reply.kind == 0:
                return reply
            if reply.name == "AT" and tag in str(reply.data):
                raise UnknownCommandError(str(reply.data))
            self.heard.append(reply)
            if time.monotonic() > deadline:  # it talks, and not to us
                break
        raise BoardError(f"The board on {self.name} did not answer {command!r}{self.said()}.", advice=NO_ANSWER)

    def _next_tag(self) -> str:
        """A tag of letters alone: a boot loader that hears it takes digits for choices, of which `2` is a bad one."""
        self._tags += 1
        return "EC" + "".join(chr(65 + self._tags // 26**place % 26) for place in (2, 1, 0))

    def said(self) -> str:
        """What was heard instead of an answer, for a message."""
        texts = [each.text for each in self.heard if isinstance(each, Text)]
        return f"; it said {texts[-1][-80:]!r}" if texts else ""

    def drop(self) -> None:
        """Forget what was heard so far."""
        self.heard.clear()

    def reset(self, line: str) -> bool:
        """Pulse the port's line (rts or dtr) that resets the board; whether the port has one."""
        try:
            return pulse(self._port, line)
        except connection_errors() as error:
            raise self._broke_off(error) from error

    @contextlib.contextmanager
    def _breaks_are_told(self) -> Iterator[None]:
        try:
            yield
        except connection_errors() as error:
            raise self._broke_off(error) from error

    def _broke_off(self, error: Exception) -> BoardError:
        return BoardError(
            f"The connection to {self.name} broke off ({why_broken(error)}).",
            advice="Connect the board again and start over.",
        )


NO_ANSWER = (
    "Press its reset button and try again; if it stays silent, it runs another firmware: Seeed's web tool installs "
    "theirs."
)
