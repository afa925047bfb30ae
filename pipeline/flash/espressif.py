"""XIAO ESP32S3: Espressif's own esptool writes the model into its partition."""

from __future__ import annotations

import shlex
import subprocess
import sys

from pipeline.errors import FlashError
from pipeline.flash import FlashRequest
from pipeline.flash.ports import find_port

LAST_LINES = 12


def command(request: FlashRequest, port: str) -> list[str]:
    """Esptool's arguments."""
    return [
        "--chip", request.flash.chip, "--port", port,
        "write-flash", f"{request.flash.address:#x}", str(request.model),
    ]  # fmt: skip


def flash(request: FlashRequest) -> None:
    """Run esptool, showing what it says; see pipeline.flash.flash."""
    if request.dry_run:
        request.say("would run: esptool " + shlex.join(command(request, request.port or "PORT")))
        return
    port = request.port or find_port(request.flash.usb_ids)
    arguments = command(request, port)
    request.say("esptool " + shlex.join(arguments))
    lines: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "esptool", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                lines.append(line.rstrip())
                request.say(line.rstrip())
    if process.returncode != 0:
        raise FlashError(
            f"esptool did not write the model through {port}: {(lines or ['it said nothing'])[-1]}",
            advice="Hold the board's BOOT button while you connect it, close serial monitors, and try again.",
            details="\n".join(lines[-LAST_LINES:]),
        )
