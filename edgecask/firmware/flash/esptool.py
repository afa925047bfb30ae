"""XIAO ESP32S3: Espressif's own esptool writes the model into its partition."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from edgecask.errors import FlashError
from edgecask.firmware.flash import FlashRequest, content_that_fits
from edgecask.firmware.flash.serial_ports import find_port, require_port

LAST_LINES = 12
PROGRESS = re.compile(r"Writing at 0x[0-9a-f]+ .*?(\d+(?:\.\d+)?)%")
"""What esptool prints after every block, one line each where its output is not a terminal."""


def command(request: FlashRequest, port: str, model: Path) -> list[str]:
    """Esptool's arguments, as its version 5 spells them."""
    return [
        "--chip", request.flash.chip, "--port", port,
        "write-flash", f"{request.flash.address:#x}", str(model),
    ]  # fmt: skip


def reason(lines: list[str]) -> str:
    """Why esptool gave up: its last ERROR line, as hints and reports of the operating system follow it."""
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["it said nothing"])[-1]


def percent_written(line: str) -> float | None:
    """How much of the file this line of esptool says is written; None where it says something else."""
    found = PROGRESS.match(line)
    return float(found[1]) if found else None


def flash(request: FlashRequest) -> bool:
    """Run esptool, showing what it says; see edgecask.firmware.flash.flash."""
    content_that_fits(request)
    if request.dry_run:
        request.say("would run: esptool " + shlex.join(command(request, request.port or "PORT", request.model)))
        return False
    port = request.port or find_port(request.flash.usb_ids)
    require_port(port)
    with tempfile.TemporaryDirectory(prefix="edgecask-") as temporary:
        model = Path(temporary, request.model.name)
        model.write_bytes(request.content)
        _write(request, port, command(request, port, model))
    return True


def _write(request: FlashRequest, port: str, arguments: list[str]) -> None:
    size = len(request.content)
    request.say("esptool " + shlex.join(arguments))
    lines: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "esptool", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in filter(None, map(str.rstrip, process.stdout)):
            percent = percent_written(line)
            if percent is not None:
                request.progress(round(size * percent / 100), size)
                continue
            lines.append(line)
            request.say(line)
    if process.returncode != 0:
        raise FlashError(
            f"esptool did not write the model through {port}: {reason(lines)}",
            advice="Hold the board's BOOT button while you connect it, close serial monitors, and try again.",
            details="\n".join(lines[-LAST_LINES:]),
        )
