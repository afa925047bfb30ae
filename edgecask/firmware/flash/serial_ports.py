"""Which serial port the board is on, and why it cannot be opened."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.errors import FlashError

if TYPE_CHECKING:
    import serial

PULSE_SECONDS = 0.1
NO_SUCH_LINE = (errno.ENOTTY, errno.EINVAL, errno.EOPNOTSUPP)
"""What a port answers that has no such line, such as a pseudo-terminal."""
REASONS = {
    errno.EACCES: "no permission",
    errno.ENOENT: "there is no such port",
    errno.EBUSY: "another program uses it",
    errno.EAGAIN: "another program uses it",
    errno.ENOTTY: "it is not a serial port",
}
ADVICE = {
    errno.EACCES: "Add yourself to the group that owns it (`sudo usermod -aG dialout $USER`) and log in again.",
    errno.ENOENT: "Connect the board; without --port it is looked for.",
    errno.EBUSY: "Close serial monitors and browser tabs that talk to the board.",
    errno.EAGAIN: "Close serial monitors and browser tabs that talk to the board.",
    errno.ENOTTY: "Name the board's port with --port; without it the board is looked for.",
}


def connection_errors() -> tuple[type[Exception], ...]:
    """What pyserial raises where a connection breaks.

    On POSIX it lets errors of termios through as they are, and they are no OSError; on Windows there is no termios.
    """
    with contextlib.suppress(ImportError):
        import termios

        return (OSError, termios.error)
    return (OSError,)


def why_broken(error: Exception) -> str:
    """What broke, for a message: pyserial's sentence about a port that gives nothing is put into words."""
    text = " ".join(str(error).split())
    return "the cable was pulled, or another program reads the port" if "returned no data" in text else text


def pulse(port: object, line: str) -> bool:
    """Pulse the line of a port (rts or dtr) that resets the board; whether the port has one.

    Off, a tenth of a second, on: hardReset of SenseCraft-Web-Toolkit's deviceHimax.ts and EspSerialDevice.ts
    (@7edd8f3). Which way round the board's circuit takes it no source says. Raises what pyserial raises where the
    connection breaks.
    """
    try:
        setattr(port, line, False)
        time.sleep(PULSE_SECONDS)
        setattr(port, line, True)
    except connection_errors() as error:
        if error.args and error.args[0] in NO_SUCH_LINE:
            return False
        raise
    return True


def find_port(usb_ids: Sequence[str]) -> str:
    """The port of the one board with such a USB id (vendor:product); raises FlashError for none or several."""
    from serial.tools import list_ports

    found = sorted(
        port.device
        for port in list_ports.comports()
        if port.vid is not None and f"{port.vid:04x}:{port.pid:04x}" in usb_ids
    )
    if not found:
        raise FlashError(
            f"No board with the USB id {' or '.join(usb_ids)} is connected.",
            advice="Connect it with a cable that carries data, or name its port with --port.",
        )
    if len(found) > 1:
        raise FlashError(f"There are several boards: {', '.join(found)}.", advice="Choose one with --port.")
    return found[0]


def require_port(port: str) -> None:
    """Raise FlashError for a port that is not there or not ours to use, without opening it, which resets some boards.

    Whatever holds "://" is one of pyserial's own addresses, such as rfc2217://, and no file. Nor are Windows' ports:
    there the flashing program says itself what it lacks.
    """
    if "://" in port or sys.platform == "win32":
        return
    try:
        Path(port).stat()
    except OSError as error:
        number = error.errno or 0
    else:
        number = 0 if os.access(port, os.R_OK | os.W_OK, effective_ids=True) else errno.EACCES
    if number in REASONS:
        raise FlashError(f"{port} cannot be opened ({REASONS[number]}).", advice=ADVICE[number])


def open_port(port: str, baud_rate: int) -> serial.Serial:
    """The port, for this process alone; raises FlashError that says why it cannot be opened."""
    import serial

    try:
        return serial.Serial(port, baud_rate, timeout=0.1, write_timeout=10, exclusive=True)
    except serial.SerialException as error:
        number = _number(error)
        raise FlashError(
            f"{port} cannot be opened ({REASONS.get(number, str(error))}).",
            advice=ADVICE.get(number, "Connect the board again."),
        ) from error


def _number(error: serial.SerialException) -> int:
    """The operating system's error number, which pyserial passes on in three ways."""
    if error.errno is not None:
        return error.errno
    cause = error.__context__
    first = cause.args[0] if cause is not None and cause.args else 0
    return first if isinstance(first, int) else 0
