"""A simulated WE2 boot loader on a pseudo-terminal: it speaks the protocol byte for byte and can misbehave."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty

SOH, EOT, ACK, NAK, CAN, CRC = b"\x01", b"\x04", b"\x06", b"\x15", b"\x18", b"C"
MENU = (
    b"-----------\r\n[0] Reboot system\r\n[1] Xmodem download and burn FW image\r\n"
    b"[2] Debug mode, switch TXD(PB7) to SWDCLK, D2(PB8) to SWDIO\r\n-----------\r\n"
)
PATIENCE = 20
"""Seconds until it gives up on a sender: longer than any Timing.block, or a lost block ends the transfer."""
READY = b"Send data using the xmodem protocol from your terminal\r\n"
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
    """Blocks are counted from 1 over both files, with those sent again.

    `menu`: the first `1` brings up a menu, and only a `1` that comes after it chooses; otherwise READY comes at once.
    `checksum`: ask for blocks with an 8-bit sum instead of a CRC.
    `corrupt`: answered with NAK. `drop`: not answered, as if lost. `lose_answer`: taken, but the ACK is lost.
    `late_request`: one more C before the answer. `cancel`: answered with CAN CAN. `noise`: a single CAN before the ACK.
    `late`: blocks by how many seconds their answer takes, all the others take `slow` seconds.
    `why`: what it says behind CAN CAN. `lose_end`: the ACK of each end is lost.
    `drop_end`: the first EOT of each file is answered with NAK, as some receivers do.
    `chatty`: never a boot loader, but it never stops talking. `silent`: says nothing at all.
    `unplug_at`: "reset", "request", "end", or the number of a block.
    `terminal`: the board's, whose reset this is; `patience_for_press`: seconds until the firmware starts.
    """

    def __init__(
        self, *, menu=False, checksum=False, corrupt=(), drop=(), lose_answer=(), late_request=(), noise=(),
        late=None, slow=0, cancel=None, why=b"", drop_end=False, lose_end=False, refuse=False, chatty=False,
        silent=False, unplug_at=None, terminal=None, patience_for_press=10.0,
    ):  # fmt: skip
        super().__init__(daemon=True)
        if terminal is None:
            self.controller, self._terminal = os.openpty()
            tty.setraw(self._terminal)
            self.port = os.ttyname(self._terminal)
        else:
            self.controller, self._terminal, self.port = terminal.controller, terminal.end, terminal.port
        self.patience_for_press = patience_for_press
        self.menu, self.checksum = menu, checksum
        self.corrupt, self.drop, self.lose_answer = set(corrupt), set(drop), set(lose_answer)
        self.late_request, self.noise, self.cancel = set(late_request), set(noise), cancel
        self.late, self.slow, self.why, self.lose_end = late or {}, slow, why, lose_end
        self.drop_end, self.refuse, self.chatty, self.silent = drop_end, refuse, chatty, silent
        self.unplug_at = unplug_at
        self.files: list[bytes] = []
        self.answers: list[bytes] = []
        self.rebooted = False
        self.wrong: list[str] = []
        self.blocks = 0
        self.sent_again = 0

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
            self.converse()

    def unplug(self) -> None:
        os.close(self._terminal)
        os.close(self.controller)

    def _unplugged(self, moment: str | int) -> bool:
        if self.unplug_at == moment:
            self.unplug()
            return True
        return False

    def _press(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._read(1, 0.1) == b"1":
                return True
        return False

    def converse(self) -> None:
        """From the reset on, until the firmware starts."""
        if self.silent:
            while self._read(1, 30):
                pass
            return
        if self.chatty:
            for _ in range(400):
                self._write(b"perf: 41 ms\r\n")
                time.sleep(0.005)
            return
        if not self._press(self.patience_for_press) or self._unplugged("reset"):
            return
        self._write(b"\r\n1st BOOT ROM\r\n\x00\xff")
        if self.menu:
            self._read(4096, 0.1)  # what was typed before the menu was there is lost
            self._write(MENU)
            if not self._press(10):
                self.wrong.append("nothing was chosen in the menu")
                return
        else:
            self._write(READY)
        while not self.rebooted:
            if self._unplugged("request"):
                return
            content = self._receive()
            if content is None:
                return
            self.files.append(content)
            if self._unplugged("end"):
                return
            self._write(END)
            answer = b""
            while answer not in (b"n", b"y"):
                answer = self._read(1, 10)
                if answer not in (b"n", b"y", b"1"):  # what is left of the row of `1` comes first
                    self.wrong.append(f"{answer!r} as answer")
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
            self._write(NAK if self.checksum else CRC)
            head = self._read(1, 0.2)
        ends = 0
        while head == SOH:
            rest = self._read(131 if self.checksum else 132, 2)
            self.blocks += 1
            if self._unplugged(self.blocks):
                return None
            number, complement, data = rest[0], rest[1], rest[2:130]
            check = sum(data) % 256 if self.checksum else crc16(data)
            if number + complement != 255:
                self.wrong.append(f"block number {number} and {complement}")
            if check != int.from_bytes(rest[130:], "big"):
                self.wrong.append(f"checksum of block {number}")
            if self.blocks in self.late_request:
                self._write(CRC)
                time.sleep(0.02)
            if self.blocks == self.cancel:
                self._write(CAN + CAN + self.why)
                return None
            time.sleep(self.late.get(self.blocks, self.slow))
            if self.blocks in self.corrupt:
                self._write(NAK)
            elif self.blocks not in self.drop:
                if number == expected % 256:
                    content += data
                    expected += 1
                elif number == (expected - 1) % 256:
                    self.sent_again += 1
                else:
                    self.wrong.append(f"block {number} where {expected % 256} was due")
                if self.blocks not in self.lose_answer:
                    self._write((CAN if self.blocks in self.noise else b"") + ACK)
            head = self._read(1, PATIENCE)
            if head == EOT and self.drop_end and ends == 0:
                ends = 1
                self._write(NAK)
                head = self._read(1, PATIENCE)
        if head != EOT:
            self.wrong.append(f"{head!r} where a block or the end was due")
            return None
        if not self.lose_end:
            self._write(ACK)
        return content
