"""From the bytes of a serial line to whole replies, whatever stands between them.

SSCMA and Himax' apps send CR, JSON without line breaks, LF (SSCMA-Micro @ff48a1c, sscma/callback; send_result.cpp of
Seeed_Grove_Vision_AI_Module_V2 @d3265e2). A boot loader, a crash or a log may print free text in between, and where the
host reads too slowly Grove drops the rest of a reply after three seconds and prints `timeout` (el_serial_we2.cpp).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BEGIN = b"\r{"
END = b"\n"
MAX_REPLY = 256 << 10
"""Bytes: the largest picture takes 67 KiB as base64, and a hundred people with keypoints less."""
MAX_TEXT = 400
"""Bytes of free text that are kept, to be shown."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One line of JSON: `kind` 0 answers a command, 1 is an event, 2 a log; `code` 0 is good; `name` holds the tag."""

    kind: int
    name: str
    code: int
    data: Any

    @property
    def command(self) -> str:
        """The name without the tag."""
        return self.name.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True)
class Text:
    """What was no reply; `broken` where it began as one."""

    text: str
    broken: bool = False


class Framing:
    """Takes bytes as they come, gives replies and texts as they are complete."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Reply | Text]:
        """What these bytes complete."""
        self._buffer += data
        while True:
            begin = self._buffer.find(BEGIN)
            if begin < 0:
                yield from self._free_text()
                return
            if begin:
                yield from _text(self._buffer[:begin])
                self._buffer = self._buffer[begin:]
            end = self._buffer.find(END)
            again = self._buffer.find(BEGIN, 1, end if end >= 0 else None)
            if again >= 0:  # the rest of the first was lost
                yield from _text(self._buffer[:again], broken=True)
                self._buffer = self._buffer[again:]
                continue
            if end < 0:
                if len(self._buffer) > MAX_REPLY:
                    yield from _text(self._buffer, broken=True)
                    self._buffer = b""
                return
            line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
            yield from _reply(line)

    def _free_text(self) -> Iterator[Text]:
        """Whole lines, and whatever is too long to wait for its end; a CR at the end may begin a reply."""
        end = self._buffer.rfind(END) + 1
        if len(self._buffer) - end > MAX_TEXT:
            end = len(self._buffer) - self._buffer.endswith(b"\r")
        if end:
            yield from _text(self._buffer[:end])
            self._buffer = self._buffer[end:]


def _reply(line: bytes) -> Iterator[Reply | Text]:
    try:
        # Firmware of December 2024 sends one byte too many within the picture, which may be a zero.
        found = json.loads(line.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        yield from _text(line, broken=True)
        return
    kind, code = found.get("type"), found.get("code", 0)
    if type(kind) is int and isinstance(found.get("name"), str) and type(code) is int:
        yield Reply(kind=kind, name=found["name"], code=code, data=found.get("data"))
    else:
        yield from _text(line, broken=True)


def _text(data: bytes, *, broken: bool = False) -> Iterator[Text]:
    shown = COLOURS.sub("", data[-MAX_TEXT:].decode("utf-8", "replace"))
    text = " ".join("".join(each if each.isprintable() else " " for each in shown).split())
    if text:
        yield Text(text=text, broken=broken)
