"""Grove Vision AI V2: the WE2 boot loader takes files by XMODEM, each after a block that says where it goes.

The board is reset by hand while `1` is sent, until the boot loader asks for a file. A first transfer of one 128-byte
block names the address; the boot loader asks whether to end, `n` lets the model follow, and `y` restarts the board
(xmodem/xmodem_send.py of Seeed_Grove_Vision_AI_Module_V2; Seeed's own firmware has another prompt).
"""

from __future__ import annotations

import io
import logging
import struct
import time
from dataclasses import dataclass

import serial
from xmodem import XMODEM

from pipeline.errors import FlashError
from pipeline.flash import FlashRequest, Progress
from pipeline.flash.ports import find_port, open_port

PROMPTS = (b"Send data using the xmodem protocol from your terminal", b"Xmodem download and burn FW image")
END_PROMPT = b"Do you want to end file transmission and reboot system? (y)"
REQUESTS = (b"C", b"\x15", b"\x18")
"""C asks for blocks with a CRC, NAK for blocks with a checksum; CAN refuses."""
BLOCK = 128
ALIGNMENT = 4096


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Seconds to wait for the boot loader after reset, for an answer, and for a block; how often a block is sent."""

    boot: float = 60.0
    answer: float = 20.0
    block: float = 5.0
    retries: int = 16


def preamble(address: int, offset: int = 0) -> bytes:
    """The block that says where the next file goes: C0 5A, address, offset (little endian), 5A C0, then FF."""
    return (b"\xc0\x5a" + struct.pack("<II", address, offset) + b"\x5a\xc0").ljust(BLOCK, b"\xff")


class BootLoader:
    """The conversation with the board; every failure is a FlashError."""

    def __init__(self, port: serial.Serial, timing: Timing) -> None:
        self._port = port
        self._timing = timing
        self._pushed_back = b""

    def _wait_for(self, prompts: tuple[bytes, ...], seconds: float, *, keep_sending: bytes = b"") -> bool:
        """Whether one of `prompts` came in time; read byte by byte, so that nothing behind it is taken."""
        deadline = time.monotonic() + seconds
        longest = max(map(len, prompts))
        received = b""
        while time.monotonic() < deadline:
            if keep_sending:
                self._port.write(keep_sending)
            byte = self._port.read(1)
            while byte:
                received = (received + byte)[-longest:]
                if received.endswith(prompts):
                    return True
                byte = self._port.read(1)
        return False

    def enter(self) -> None:
        """Wait until the board has been reset and asks for a file."""
        if not self._wait_for(PROMPTS, self._timing.boot, keep_sending=b"1"):
            raise FlashError(
                f"No boot loader answered on {self._port.port} within {self._timing.boot:.0f} seconds.",
                advice="Press the board's reset button while this waits; if it still does not answer, it is another "
                "board or another port.",
            )

    def send(self, content: bytes, what: str, progress: Progress) -> None:
        """One file by XMODEM, resending what the board did not get."""
        self._pushed_back = self._wait_for_request()
        blocks = -(-len(content) // BLOCK)

        def told(total: int, good: int, bad: int) -> None:
            progress(min(good * BLOCK, len(content)), len(content))

        logging.getLogger("xmodem").setLevel(logging.CRITICAL)
        transfer = XMODEM(self._read, self._write)
        done = transfer.send(
            io.BytesIO(content), retry=self._timing.retries, timeout=self._timing.block, quiet=True, callback=told
        )
        if not done:
            raise FlashError(
                f"The board did not take {what} ({len(content)} bytes in {blocks} blocks).",
                advice="Reset the board and try again; use a short cable, without a hub.",
            )

    def _wait_for_request(self) -> bytes:
        """The byte with which the board asks for a file, skipping the text before it.

        A request stands alone or is repeated, a letter of a text is followed by others. Requests that pile up are
        dropped: they would be taken for answers to blocks.
        """
        deadline = time.monotonic() + self._timing.answer
        byte = b""
        while time.monotonic() < deadline:
            following = self._port.read(1)
            if byte in REQUESTS and following in (b"", byte):
                self._port.reset_input_buffer()
                return byte
            byte = following
        raise FlashError("The board did not ask for the file.", advice="Reset the board and try again.")

    def answer(self, reply: bytes) -> None:
        """Answer the question that follows a file: `n` goes on, `y` restarts the board."""
        if not self._wait_for((END_PROMPT,), self._timing.answer):
            raise FlashError(
                "The board took the file and then did not ask how to go on.", advice="Reset the board and try again."
            )
        self._port.write(reply)

    def _read(self, size: int, timeout: float = 1) -> bytes | None:
        if self._pushed_back:
            byte, self._pushed_back = self._pushed_back, b""
            return byte
        self._port.timeout = min(timeout, self._timing.block)
        try:
            return self._port.read(size) or None
        finally:
            self._port.timeout = 0.1

    def _write(self, data: bytes, timeout: float = 1) -> int | None:
        return self._port.write(data)


def flash(request: FlashRequest, timing: Timing | None = None) -> None:
    """Send the model to its address and restart the board; see pipeline.flash.flash."""
    content, address = request.model.read_bytes(), request.flash.address
    if address % ALIGNMENT:
        raise FlashError(f"The address {address:#x} does not begin a flash sector of {ALIGNMENT} bytes.")
    if request.dry_run:
        request.say(f"would open {request.port or 'the port with the USB id ' + ' or '.join(request.flash.usb_ids)}")
        request.say(f"would send `1` until {PROMPTS[0].decode()!r}")
        request.say(f"would send the block {preamble(address)[:12].hex(' ')} ff … by XMODEM, then `n`")
        request.say(f"would send {request.model} ({len(content)} bytes) by XMODEM to {address:#08x}, then `y`")
        return
    name = request.port or find_port(request.flash.usb_ids)
    try:
        with open_port(name, request.flash.baud_rate) as port:
            loader = BootLoader(port, timing or Timing())
            request.say(f"press the reset button of the board on {name}")
            loader.enter()
            loader.send(preamble(address), "the address", lambda done, total: None)
            loader.answer(b"n")
            loader.send(content, request.model.name, request.progress)
            loader.answer(b"y")
    except (serial.SerialException, OSError) as error:
        raise FlashError(
            f"The connection to {name} broke off ({error}).",
            advice="Connect the board again and start over: the model on it may be incomplete.",
        ) from error
