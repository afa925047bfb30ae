"""A simulated WE2 boot loader on a pseudo-terminal: it speaks the protocol byte for byte and can misbehave."""

from __future__ import annotations

import contextlib
import os
import select
import struct
import threading
import time
import tty

SOH, EOT, ACK, NAK, CAN = b"\x01", b"\x04", b"\x06", b"\x15", b"\x18"
HIMAX_PROMPT = b"Send data using the xmodem protocol from your terminal\r\n"
SEEED_PROMPT = b"Xmodem download and burn FW image\r\n"
END = b"\r\nDo you want to end file transmission and reboot system? (y)\r\n"


def crc16(data: bytes) -> int:
    """CRC-16/XMODEM, written out here so that it does not come from the library under test."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
        value &= 0xFFFF
    return value


class BootLoader(threading.Thread):
    """`corrupt` and `drop` are the numbers of received blocks it answers with NAK or not at all, once each."""

    def __init__(self, *, prompt=HIMAX_PROMPT, corrupt=(), drop=(), unplug_after=None, silent=False, refuse=False):
        super().__init__(daemon=True)
        self.controller, terminal = os.openpty()
        tty.setraw(terminal)
        self.port = os.ttyname(terminal)
        self._terminal = terminal
        self.prompt, self.corrupt, self.drop = prompt, set(corrupt), set(drop)
        self.unplug_after, self.silent, self.refuse = unplug_after, silent, refuse
        self.files: list[bytes] = []
        self.answers: list[bytes] = []
        self.rebooted = False
        self.wrong: list[str] = []
        self.blocks = 0

    def _read(self, size: int, seconds: float) -> bytes:
        received = b""
        deadline = time.monotonic() + seconds
        while len(received) < size and time.monotonic() < deadline:
            if select.select([self.controller], [], [], 0.02)[0]:
                received += os.read(self.controller, size - len(received))
        return received

    def _write(self, data: bytes) -> None:
        os.write(self.controller, data)

    def run(self) -> None:
        with contextlib.suppress(OSError):  # unplugged
            self._converse()

    def unplug(self) -> None:
        os.close(self._terminal)
        os.close(self.controller)

    def _converse(self) -> None:
        if self.silent:
            while self._read(1, 30):
                pass
            return
        while self._read(1, 30) != b"1":
            pass
        self._write(b"\r\n1st BOOT ROM\r\n\x00\xff")
        while not self.rebooted:
            self._write(self.prompt)
            content = self._receive()
            if content is None:
                return
            self.files.append(content)
            self._write(END)
            answer = b""
            while answer not in (b"n", b"y"):
                answer = self._read(1, 10)  # what is left of the row of `1` comes first
                if not answer:
                    self.wrong.append("no answer")
                    return
            self.answers.append(answer)
            self.rebooted = answer == b"y"

    def _receive(self) -> bytes | None:
        content, expected = b"", 1
        if self.refuse:
            self._write(CAN + CAN)
            return None
        head = b""
        while head not in (SOH, EOT):
            self._write(b"C")
            head = self._read(1, 0.2)
        while head == SOH:
            rest = self._read(132, 2)
            self.blocks += 1
            if self.unplug_after is not None and self.blocks > self.unplug_after:
                self.unplug()
                return None
            number, complement = rest[0], rest[1]
            data, (checksum,) = rest[2:130], struct.unpack(">H", rest[130:132])
            if number + complement != 255:
                self.wrong.append(f"block number {number} and {complement}")
            if crc16(data) != checksum:
                self.wrong.append(f"checksum of block {number}")
            if self.blocks in self.corrupt:
                self._write(NAK)
            elif self.blocks in self.drop:
                pass  # lost on the way: the sender has to notice by itself
            else:
                if number == expected % 256:
                    content += data
                    expected += 1
                elif number != (expected - 1) % 256:
                    self.wrong.append(f"block {number} where {expected % 256} was due")
                self._write(ACK)
            head = self._read(1, 5)
        if head != EOT:
            self.wrong.append(f"{head!r} where a block or the end was due")
            return None
        self._write(ACK)
        return content
