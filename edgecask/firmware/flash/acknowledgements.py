"""Which of the board's answers belongs to which block: XMODEM's ACK and NAK bear no number.

A block whose answer does not come in time is sent again, and then two answers are on their way. Whoever takes the
second one for that to the next block is one answer ahead until the end, and never hears that the last block was not
taken. (Christensen's protocol leaves time-outs to the receiver for this reason, but a receiver that lost a block and
says nothing would be waited for in vain.) So copies and answers are counted: the next block is sent when every copy of
the last one has been answered, or after a silence in which its answer would have come.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from xmodem import ACK, CAN, EOT, NAK

from edgecask.errors import FlashError

SLOW_SECONDS = 2.0
"""An answer that takes longer is told about: erasing a flash sector takes tenths of a second."""
HEARD = 200
REFUSAL_SECONDS = 0.3
ADVICE = "Reset the board and try again; use a short cable, without a hub."

MEANINGS = {
    "ERR_FLASH_VERIFY": "what is in the flash is not what was sent: the flash or its power is at fault",
    "ERR_SLOT_OFFSET": "the address is not one where it takes files",
    "ERR_IMAGE_SZ": "the file is too large",
    "ERR_OVERLAY_IMAGE": "the file would overwrite the firmware",
    "CAN_ERR_NOT_FOUND_NEW_LAYOUT": "a file without an address is taken for a firmware, and this is none",
    "CAN_ERR_FILE_OFFSET": "the address or the offset is not valid",
    "OTA_ERROR_SEC_VERIFY_ERROR": "the file is taken for a firmware, and its signature is not valid",
    "burn position overflow": "the file goes beyond the end of the flash",
    "Xmodem receive error": "it gave up receiving",
}
"""What the boot loader says beside CAN (strings of EPII_FW_2NDBL_arm_epii_evb.bin, sscma-example-we2 @97978d9), in
words; they are an inference from its names."""

log = logging.getLogger(__name__)


class Port(Protocol):
    """What is used of a serial port."""

    timeout: float | None

    def read(self, size: int = 1, /) -> bytes:
        """At most so many bytes, fewer after `timeout` seconds."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Send all of it."""
        ...

    def reset_input_buffer(self) -> None:
        """Forget what was received and not read."""
        ...


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds: for the answer to a block, for that to the end of a file, and for a whole file; `retries` of a block."""

    block: float
    end: float
    whole: float
    retries: int


class Acknowledgements:
    """The answers to one file's blocks, for the xmodem library: `write` and `read` are its putc and getc.

    `request` is the byte with which the board asked for the file, `end_prompt` what it says when it has the file; it
    proves that the end has arrived where the ACK has not. `say` is told of a board that takes long. Raises FlashError
    where the board cancels or the whole takes longer than allowed.
    """

    def __init__(
        self, port: Port, patience: Patience, *, request: bytes, end_prompt: bytes, say: Callable[[str], None]
    ) -> None:
        self._port, self._patience, self._say = port, patience, say
        self._request, self._end_prompt = request, end_prompt
        self._deadline = time.monotonic() + patience.whole
        self._wait = patience.block
        self._block = b""
        self._begun = 0.0
        self._copies = self._answers = self._blocks = 0
        self._accepted = self._uncertain = self._told = False
        self._cancels = 0
        self._heard = b""
        self.end_was_asked = False

    def write(self, data: bytes, timeout: float = 1) -> int | None:
        """Send a block, the end, or one of them again."""
        data = bytes(data)
        if data != self._block:
            if data == EOT and self._uncertain:
                self._settle_last_block()
            # Every answer to what was sent before has been counted or waited for.
            self._port.reset_input_buffer()
            self._block, self._begun = data, time.monotonic()
            self._copies = self._answers = 0
            self._accepted = False
            self._blocks += data not in (EOT, CAN)
        self._copies += 1
        return self._port.write(data)

    def read(self, size: int, timeout: float = 1) -> bytes | None:
        """ACK where a copy of the block was taken, NAK where none was, None where no answer came."""
        if self._request:
            request, self._request = self._request, b""
            return request
        if self._block == CAN:  # the library has given up and says so
            return None
        answer = self._next(max(self._wait, self._patience.end) if self._block == EOT else self._wait)
        if not answer:
            return None
        took = time.monotonic() - self._begun
        self._tell(took)
        self._count(answer)
        while self._answers < self._copies and not self.end_was_asked:
            following = self._next(max(2 * self._wait, 2 * took))
            if not following:
                self._uncertain = True  # lost, or later still
                self._copies = self._answers
                break
            self._count(following)
            # It was late and not lost: from now on it is waited for.
            self._wait = max(self._wait, 2 * took)
        return bytes(ACK if self._accepted else NAK)

    def _count(self, answer: bytes) -> None:
        self._answers += 1
        self._accepted |= answer == ACK

    def _settle_last_block(self) -> None:
        """Listen before the end is sent: what comes now answers the last block, and what was taken for that did not."""
        block = self._block
        for _ in range(self._patience.retries):
            answer = self._next(2 * self._wait)
            if not answer:
                return
            if answer == NAK:
                self._port.write(block)
        raise FlashError("The board did not take the last block.", advice=ADVICE)

    def _next(self, seconds: float) -> bytes:
        """The next ACK or NAK within so many seconds, or nothing.

        Whatever else comes is passed over: the library would take a late request for a file for a NAK.
        """
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            if now > self._deadline:
                self._port.write(CAN + CAN)
                raise FlashError(
                    f"The board had taken {self._blocks - 1} blocks after {self._patience.whole / 60:.0f} minutes, "
                    "which is too slow to go on.",
                    advice=ADVICE,
                )
            self._port.timeout = min(until, self._deadline + 0.01) - now
            byte = self._port.read(1)
            if byte == CAN:
                # Two in a row, as one may be noise. The library knows them only before the first block.
                self._cancels += 1
                if self._cancels == 2:
                    raise refusal(self._port)
                continue
            if byte:
                self._cancels = 0
            if byte in (ACK, NAK):
                return byte
            self._heard = (self._heard + byte)[-HEARD:]
            if self._block == EOT and self._heard.endswith(self._end_prompt):
                self.end_was_asked = True
                return bytes(ACK)
        return b""

    def _tell(self, took: float) -> None:
        if took > SLOW_SECONDS and not self._told and self._block != EOT:
            self._told = True
            self._say(
                f"the board needed {took:.0f} s for block {self._blocks} of 128 bytes; "
                f"the whole may take {self._patience.whole / 60:.0f} minutes at most"
            )


def refusal(port: Port) -> FlashError:
    """The error for two CAN, with the reason that the boot loader gives in words behind them."""
    port.timeout = REFUSAL_SECONDS
    heard = port.read(HEARD).replace(CAN, b"").decode("ascii", "replace").replace("\0", " ")
    found = next(((line, text) for line in heard.splitlines() for word, text in MEANINGS.items() if word in line), None)
    # Behind its reason the board may restart, and say what it says then.
    said, meaning = (" ".join(found[0].split()), found[1]) if found else (" ".join(heard.split()), "")
    quoted = f" and said {said[:120]!r}" if said.isprintable() and said else ""
    return FlashError(
        f"The board cancelled the transfer{quoted}{f': {meaning}' if meaning else ''}.",
        advice=ADVICE,
    )
