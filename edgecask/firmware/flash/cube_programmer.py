"""STM32: the commands of STM32CubeProgrammer, run where it is installed and shown in any case."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

from edgecask.errors import FlashError
from edgecask.firmware.flash import FlashRequest
from edgecask.target.tables import Part

PROGRAM = "STM32_Programmer_CLI"
RAW = ".raw"
"""How stedgeai ends the name of the weights. STM32CubeProgrammer tells formats by the ending (bin, hex, srec, elf, …)
and this is none of them: ST copies it to a .bin (STM32N6-GettingStarted-PoseEstimation, generate-n6-model_*.sh)."""


def command(request: FlashRequest, part: Part, file: str) -> list[str]:
    """The command that writes one file; it resets the board afterwards."""
    address = [f"{part.address:#x}"] if part.address is not None else []
    loader = ["-el", _loader_path(request.flash.loader)] if request.flash.loader else []
    return [PROGRAM, "-c", "port=SWD", "mode=HOTPLUG", *loader, "-hardRst", "-w", file, *address]


def _loader_path(loader: str) -> str:
    """The flash loader beside the program, where that is installed; `-el` takes a path."""
    program = shutil.which(PROGRAM)
    if program is None:
        return loader
    beside = Path(program).resolve().parent / "ExternalLoader" / loader
    return str(beside) if beside.is_file() else loader


def _find(folder: Path, name: str) -> Path | None:
    return next(iter(sorted(folder.rglob(name))), None)


def _as_binary(file: Path) -> Path:
    """The name under which STM32CubeProgrammer takes this file."""
    return file.with_suffix(".bin") if file.suffix == RAW else file


def flash(request: FlashRequest) -> bool:
    """Write every part, in order, where there are any; see edgecask.firmware.flash.flash."""
    for text in request.flash.commands:
        request.say(text.replace("MODEL", request.model.stem))
    folder = request.model.parent
    found = [(part, _find(folder, part.file)) for part in request.flash.parts]
    missing = [part.file for part, path in found if path is None]
    steps = [(path or Path(part.file), part) for part, path in found]
    for file, part in steps:
        if _as_binary(file) != file:
            request.say(shlex.join(["cp", str(file), str(_as_binary(file))]))
        request.say(shlex.join(command(request, part, str(_as_binary(file)))))
    if request.dry_run or not steps:
        return False
    if missing:
        raise FlashError(
            f"Not in {folder}: {', '.join(missing)}.",
            advice="stedgeai makes the weights from the model (see the package's README), ST's application the rest; "
            "put them into that folder.",
        )
    if shutil.which(PROGRAM) is None:
        raise FlashError(
            f"{PROGRAM} is not on PATH.", advice="Install STM32CubeProgrammer, or type the commands above where it is."
        )
    for file, part in steps:
        _write(command(request, part, str(_as_binary(file))), file)
    return True


def _write(line: list[str], file: Path) -> None:
    try:
        if _as_binary(file) != file:
            shutil.copyfile(file, _as_binary(file))
        status = subprocess.run(line, check=False).returncode
    except OSError as error:
        raise FlashError(
            f"{PROGRAM} could not be run on {file}: {error}.",
            advice="Check that the folder can be written and STM32CubeProgrammer is installed for this computer.",
        ) from error
    if status != 0:
        raise FlashError(
            f"{PROGRAM} failed ({status}): {shlex.join(line)}", advice="Check the cable and the board's boot switches."
        )
