"""XIAO ESP32S3: Espressif's own esptool writes the model into its partition.

The partition table is read first, as where the models are depends on the firmware's version; nothing but that partition
is written, and esptool compares the MD5 of what it wrote with what the chip reads back.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from edgecask.errors import FlashError
from edgecask.firmware.flash import FlashRequest, content_that_fits, esp_partitions
from edgecask.firmware.flash.serial_ports import find_port, require_port
from edgecask.store.temporary import temporary_folder
from edgecask.target.tables import Flash

LAST_LINES = 12
PROGRESS = re.compile(r"Writing at 0x[0-9a-f]+ .*?(\d+(?:\.\d+)?)%")
"""What esptool prints after every block, one line each where its output is not a terminal."""


DIGEST_DIFFERS = "Verification failed"
"""What esptool's verify-flash says of another file; where it could not ask, it says something else."""


def command(flash: Flash, port: str, model: Path, address: int) -> list[str]:
    """Esptool's arguments, as its version 5 spells them."""
    return ["--chip", flash.chip, "--port", port, "write-flash", f"{address:#x}", str(model)]


def table_command(flash: Flash, port: str, table: Path) -> list[str]:
    """The same for reading the partition table into a file."""
    return [
        "--chip", flash.chip, "--port", port,
        "read-flash", f"{esp_partitions.ADDRESS:#x}", f"{esp_partitions.SIZE:#x}", str(table),
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
        port = request.port or "PORT"
        request.say("would run: esptool " + shlex.join(table_command(request.flash, port, Path("TABLE"))))
        address = request.flash.address
        request.say("would run: esptool " + shlex.join(command(request.flash, port, request.model, address)))
        request.say("with the address of the partition `models` in the table")
        return False
    port = request.port or find_port(request.flash.usb_ids)
    require_port(port)
    with temporary_folder() as temporary:
        model = Path(temporary, request.model.name)
        model.write_bytes(request.content)
        table = Path(temporary, "partitions.bin")
        _run(request, port, table_command(request.flash, port, table), doing="read the partition table")
        partition = esp_partitions.models_partition(table.read_bytes(), len(request.content))
        if partition.offset != request.flash.address:
            request.say(f"on this board the models are at {partition.offset:#x}")
        _run(request, port, command(request.flash, port, model, partition.offset), doing="write the model")
    return True


def holds(flash: Flash, port: str, content: bytes) -> bool:
    """Whether the partition `models` begins with these bytes, by the MD5 that the chip computes of its flash."""
    require_port(port)
    with temporary_folder() as temporary:
        model, table = Path(temporary, "model.tflite"), Path(temporary, "partitions.bin")
        model.write_bytes(content)
        status, lines = _asked(table_command(flash, port, table))
        if status:
            raise _failed("read the partition table", port, lines)
        partition = esp_partitions.models_partition(table.read_bytes(), len(content))
        status, lines = _asked(
            ["--chip", flash.chip, "--port", port, "verify-flash", f"{partition.offset:#x}", str(model)]
        )
        if status and not any(DIGEST_DIFFERS in line for line in lines):
            raise _failed("compare the model", port, lines)
        return not status


def _asked(arguments: list[str]) -> tuple[int, list[str]]:
    """Run it without showing anything: its status, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "esptool", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    return done.returncode, [line for line in map(str.rstrip, done.stdout.splitlines()) if line]


def _failed(doing: str, port: str, lines: list[str]) -> FlashError:
    return FlashError(
        f"esptool did not {doing} through {port}: {reason(lines)}",
        advice="Hold the board's BOOT button while you connect it, close serial monitors, and try again.",
        details="\n".join(lines[-LAST_LINES:]),
    )


def _run(request: FlashRequest, port: str, arguments: list[str], *, doing: str) -> None:
    """Run it and show what it says; raises FlashError where it fails."""
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
        raise _failed(doing, port, lines)
