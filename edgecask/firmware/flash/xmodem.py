"""Grove Vision AI V2: the WE2 boot loader takes files by XMODEM, each after a block that says where it goes.

The board is reset while `1` is sent, until the boot loader asks for a file: by its serial line RTS, by AT+RST where
Seeed's firmware runs, or by hand where neither works. `2` is never sent, which would end the conversation. A first
transfer of one 128-byte block names the address; the boot loader asks whether to end, `n` lets the model follow, and
`y` restarts the board (xmodem/xmodem_send.py of Seeed_Grove_Vision_AI_Module_V2, and the flash() of Seeed's
SenseCraft-Web-Toolkit).
"""

from __future__ import annotations

import io
import logging
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xmodem import CAN, CRC, NAK, XMODEM

from edgecask.errors import FlashError
from edgecask.firmware.flash import FlashRequest, Progress, Say, content_that_fits
from edgecask.firmware.flash.acknowledgements import ADVICE, Acknowledgements, Patience, refusal
from edgecask.firmware.flash.serial_ports import connection_errors, find_port, open_port, pulse, why_broken

if TYPE_CHECKING:
    import serial

READY = b"Send data using the xmodem protocol from your terminal"
MENU = b"Xmodem download and burn FW image"
"""A line of the boot loader's menu, not yet the request for a file: Seeed's web tool answers it with one more `1`."""
END_PROMPT = b"Do you want to end file transmission and reboot system? (y)"
BLOCK = 128
ALIGNMENT = 4096
HEARD = 80
"""How many of the last bytes are shown of a board that says something else."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Seconds, and how often a block is sent again.

    `boot` is how long a reset by hand is waited for, `reset` one by RTS or command, `press` the time between two `1`
    meanwhile and `choose` between two in the menu; `answer` is for a prompt and for the answer to the end of a file,
    `block` for the answer to a block, `whole` for a file, and a request for a file is followed by `quiet`.
    """

    boot: float = 60.0
    reset: float = 2.0
    press: float = 0.02
    choose: float = 1.0
    answer: float = 20.0
    block: float = 5.0
    whole: float = 1200.0
    quiet: float = 0.1
    retries: int = 16


def preamble(address: int, offset: int = 0) -> bytes:
    """The block that says where the next file goes: C0 5A, address, offset (little endian), 5A C0, then FF."""
    return (b"\xc0\x5a" + struct.pack("<II", address, offset) + b"\x5a\xc0").ljust(BLOCK, b"\xff")


class BootLoader:
    """The conversation with the board; every failure is a FlashError, or an OSError where the connection breaks."""

    def __init__(self, port: serial.Serial, timing: Timing, say: Say) -> None:
        self._port, self._timing, self._say = port, timing, say
        self._in_menu = False
        self._end_was_asked = False
        self._heard = b""

    def _wait_for(self, prompts: Sequence[bytes], seconds: float, *, keep_sending: bytes = b"") -> bytes:
        """The one of `prompts` that came in time, or nothing; read byte by byte, so that nothing behind it is taken.

        A board that never stops talking neither delays what is sent nor the end of the wait.
        """
        self._port.timeout = self._timing.press
        deadline = time.monotonic() + seconds
        next_press = 0.0
        longest = max(HEARD, *map(len, prompts))
        self._heard = b""
        while (now := time.monotonic()) < deadline:
            if keep_sending and now >= next_press:
                self._port.write(keep_sending)
                next_press = now + self._timing.press
            self._heard = (self._heard + self._port.read(1))[-longest:]
            for prompt in prompts:
                if self._heard.endswith(prompt):
                    return prompt
        return b""

    def enter(self, reset_line: str | None = None) -> None:
        """Reset the board, and wait until its boot loader answers.

        Of a row of `1` that Seeed's firmware took for the beginning of a command, a carriage return makes an end.
        """
        prompt = b""
        if reset_line is not None and pulse(self._port, reset_line):
            prompt = self._wait_for((READY, MENU), self._timing.reset, keep_sending=b"1")
        if not prompt:
            self._port.write(b"\rAT+RST\r")
            prompt = self._wait_for((READY, MENU), self._timing.reset, keep_sending=b"1")
        if not prompt:
            self._say(f"press the reset button of the board on {self._port.port}")
            prompt = self._wait_for((READY, MENU), self._timing.boot, keep_sending=b"1")
        if not prompt:
            said = " ".join(self._heard.decode("ascii", "replace").split())
            raise FlashError(
                f"No boot loader answered on {self._port.port} within {self._timing.boot:.0f} seconds"
                + (f"; what is there said {said!r}." if said else "."),
                advice="Press the board's reset button while this waits; if it still does not answer, it is another "
                "board or another port.",
            )
        self._in_menu = prompt == MENU

    def send(self, content: bytes, what: str, progress: Progress) -> None:
        """One file by XMODEM, resending what the board did not get."""
        timing = self._timing
        answers = Acknowledgements(
            self._port,
            Patience(block=timing.block, end=timing.answer, whole=timing.whole, retries=timing.retries),
            request=self._wait_for_request(),
            end_prompt=END_PROMPT,
            say=self._say,
        )

        def told(total: int, good: int, bad: int) -> None:
            progress(min(good * BLOCK, len(content)), len(content))

        logging.getLogger("xmodem").setLevel(logging.CRITICAL)
        transfer = XMODEM(answers.read, answers.write)
        if not transfer.send(io.BytesIO(content), retry=timing.retries, quiet=True, callback=told):
            raise FlashError(
                f"The board did not take {what} ({len(content)} bytes in {-(-len(content) // BLOCK)} blocks).",
                advice=ADVICE,
            )
        self._end_was_asked = answers.end_was_asked

    def _wait_for_request(self) -> bytes:
        """The byte with which the board asks for a file: C for blocks with a CRC, NAK for blocks with a checksum.

        A request stands alone or is repeated, a letter of the text before it is followed by others. Requests that pile
        up are dropped. In the menu `1` is repeated: one that comes while the menu is still being printed can be lost.
        """
        self._port.timeout = self._timing.quiet
        deadline = time.monotonic() + self._timing.answer
        next_choice = 0.0
        byte = b""
        while (now := time.monotonic()) < deadline:
            if self._in_menu and now >= next_choice:
                self._port.write(b"1")
                next_choice = now + self._timing.choose
            following = self._port.read(1)
            if byte == following == CAN:
                raise refusal(self._port)
            if byte in (CRC, NAK) and following in (b"", byte):
                self._in_menu = False
                self._port.reset_input_buffer()
                return byte
            byte = following
        raise FlashError("The board did not ask for the file.", advice="Reset the board and try again.")

    def answer(self, reply: bytes) -> None:
        """Answer the question that follows a file: `n` goes on, `y` restarts the board."""
        if not (self._end_was_asked or self._wait_for((END_PROMPT,), self._timing.answer)):
            raise FlashError(
                "The board took the file and then did not ask how to go on.", advice="Reset the board and try again."
            )
        self._port.write(reply)
        self._port.flush()


def _say_what_would_be_sent(request: FlashRequest, content: bytes) -> None:
    address = request.flash.address
    block = preamble(address)
    head = block.rstrip(b"\xff")
    port = request.port or "the port with the USB id " + " or ".join(request.flash.usb_ids)
    request.say(f"would open {port} with {request.flash.baud_rate} bits per second, 8N1")
    if request.reset_line is not None:
        request.say(f"would reset the board by {request.reset_line.upper()}, AT+RST, or its button")
    request.say(f"would send `1` until {READY.decode()!r}, or once more after {MENU.decode()!r}")
    request.say(f"would send one block by XMODEM: {head.hex(' ')}, then {BLOCK - len(head)} × ff")
    request.say(f"would send `n` after {END_PROMPT.decode()!r}")
    request.say(
        f"would send {request.model} by XMODEM to {address:#x}: {len(content)} bytes in "
        f"{-(-len(content) // BLOCK)} blocks, the last one filled up with 1a"
    )
    request.say(f"would send `y` after {END_PROMPT.decode()!r}")


def flash(request: FlashRequest, timing: Timing | None = None) -> bool:
    """Send the model to its address and restart the board; see edgecask.firmware.flash.flash."""
    content, address = content_that_fits(request), request.flash.address
    if address % ALIGNMENT:
        raise FlashError(
            f"The address {address:#x} does not begin a flash sector of {ALIGNMENT} bytes.",
            advice="Correct `address` in the [flash] table of target.toml.",
        )
    if request.dry_run:
        _say_what_would_be_sent(request, content)
        return False
    name = request.port or find_port(request.flash.usb_ids)
    try:
        with open_port(name, request.flash.baud_rate) as port:
            loader = BootLoader(port, timing or Timing(), request.say)
            request.say(f"resetting the board on {name}")
            loader.enter(request.reset_line)
            loader.send(preamble(address), "the address", lambda done, total: None)
            loader.answer(b"n")
            loader.send(content, request.model.name, request.progress)
            loader.answer(b"y")
    except connection_errors() as error:
        raise FlashError(
            f"The connection to {name} broke off ({why_broken(error)}).",
            advice="Connect the board again and start over: the model on it may be incomplete.",
        ) from error
    return True
