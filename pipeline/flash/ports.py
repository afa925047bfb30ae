"""Which serial port the board is on, and why it cannot be opened."""

from __future__ import annotations

import errno
from collections.abc import Sequence

import serial
from serial.tools import list_ports

from pipeline.errors import FlashError


def find_port(usb_ids: Sequence[str]) -> str:
    """The port of the one board with such a USB id (vendor:product); raises FlashError for none or several."""
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


def open_port(port: str, baud_rate: int) -> serial.Serial:
    """The port, for this process alone; raises FlashError that says why it cannot be opened."""
    try:
        return serial.Serial(port, baud_rate, timeout=0.1, write_timeout=10, exclusive=True)
    except serial.SerialException as error:
        raise FlashError(f"{port} cannot be opened ({_reason(error)}).", advice=_advice(error)) from error


def _number(error: serial.SerialException) -> int | None:
    return error.errno if error.errno is not None else getattr(error.__context__, "errno", None)


def _reason(error: serial.SerialException) -> str:
    return {
        errno.EACCES: "no permission",
        errno.ENOENT: "there is no such port",
        errno.EBUSY: "another program uses it",
        errno.EAGAIN: "another program uses it",
    }.get(_number(error) or 0, str(error))


def _advice(error: serial.SerialException) -> str:
    return {
        errno.EACCES: "Add yourself to the group that owns it (`sudo usermod -aG dialout $USER`) and log in again.",
        errno.ENOENT: "Connect the board; without --port it is looked for.",
        errno.EBUSY: "Close serial monitors and browser tabs that talk to the board.",
        errno.EAGAIN: "Close serial monitors and browser tabs that talk to the board.",
    }.get(_number(error) or 0, "Connect the board again.")
