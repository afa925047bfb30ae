"""STM32: the commands of STM32CubeProgrammer, run where it is installed and shown in any case."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

from pipeline.errors import FlashError
from pipeline.flash import FlashRequest
from pipeline.target import Part

PROGRAM = "STM32_Programmer_CLI"


def command(request: FlashRequest, part: Part, file: str) -> list[str]:
    """The command that writes one file; it resets the board afterwards."""
    address = [f"{part.address:#x}"] if part.address is not None else []
    loader = ["-el", request.flash.loader] if request.flash.loader else []
    return [PROGRAM, "-c", "port=SWD", "mode=HOTPLUG", *loader, "-hardRst", "-w", file, *address]


def _find(folder: Path, name: str) -> Path | None:
    return next(iter(sorted(folder.rglob(name))), None)


def flash(request: FlashRequest) -> None:
    """Write every part, in order; see pipeline.flash.flash."""
    for text in request.flash.commands:
        request.say(text.replace("MODEL", request.model.stem))
    folder = request.model.parent
    found = [(part, _find(folder, part.file)) for part in request.flash.parts]
    commands = [command(request, part, str(path or part.file)) for part, path in found]
    for line in commands:
        request.say(shlex.join(line))
    missing = [part.file for part, path in found if path is None]
    if request.dry_run or not commands:
        return
    if missing:
        raise FlashError(
            f"{', '.join(missing)} are not in {folder}.",
            advice="stedgeai makes the weights from the model (see the package's README), ST's application the rest; "
            "put them into that folder.",
        )
    if shutil.which(PROGRAM) is None:
        raise FlashError(
            f"{PROGRAM} is not on PATH.", advice="Install STM32CubeProgrammer, or type the commands above where it is."
        )
    for line in commands:
        if subprocess.run(line, check=False).returncode != 0:
            raise FlashError(
                f"{PROGRAM} failed: {shlex.join(line)}", advice="Check the cable and the board's boot switches."
            )
