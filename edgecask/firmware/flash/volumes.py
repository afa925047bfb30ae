"""Which mounted volume is the board's card, and why another one is not.

A card is looked for only where the system tells what is mounted (Linux); elsewhere a person names it.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
DEVICES = Path("/sys/dev/block")
OWN = ("/", "/boot", "/efi", "/home", "/nix", "/root", "/usr", "/var")
"""Where a computer mounts what is its own; the partition that it starts from is FAT, too."""
NOT_A_CARD = {
    "NU_CFG.TXT": "the drive of a Nu-Link, which programs the chip with what is copied there",
    "MBED.HTM": "the drive of a debugger, which programs the chip with what is copied there",
    "DETAILS.TXT": "the drive of a debugger, which programs the chip with what is copied there",
    "INFO_UF2.TXT": "the drive of a UF2 boot loader, which programs the chip with what is copied there",
    "EFI": "a partition that a computer starts from",
}
"""What lies in the root of volumes that are no card: Nu-Link2's and 3's manuals (OpenNuvoton/Nuvoton_Tools), DAPLink's
MBED.HTM and DETAILS.TXT (ARMmbed/DAPLink), microsoft/uf2's INFO_UF2.TXT, and UEFI's folder EFI."""
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A mounted volume; `file_system` as Linux calls it, empty where the system does not tell."""

    folder: Path
    file_system: str
    read_only: bool
    removable: bool


def mounted(table: str | None = None) -> list[Volume]:
    """What Linux has mounted, from the text of /proc/self/mountinfo; empty on other systems."""
    if table is None:
        try:
            table = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return []
    found: dict[Path, Volume] = {}
    for line in table.splitlines():
        # proc_pid_mountinfo(5): id, parent, major:minor, root, mount point, options, optional fields, "-", type, …
        before, _, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if len(fields) < 6:
            continue
        folder = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        options = [*fields[5].split(","), *rest[-1].split(",")]
        found[folder] = Volume(
            folder=folder, file_system=rest[0], read_only="ro" in options, removable=_is_removable(fields[2])
        )
    return list(found.values())


def _is_removable(device: str) -> bool:
    """Whether a block device (major:minor) is a card, or hangs at USB."""
    try:
        place = (DEVICES / device).resolve(strict=True)
        marks = [folder / "removable" for folder in (place, place.parent)]
        own = [mark.read_text(encoding="ascii").strip() for mark in marks if mark.is_file()]
    except OSError:
        return False
    return "1" in own or any(part.startswith(("mmc", "usb")) for part in place.parts)


def volume_at(folder: Path) -> Volume | None:
    """The volume that is mounted in a folder; None where it is no mount point."""
    place = folder.resolve()
    for volume in mounted():
        if volume.folder == place:
            return volume
    if not os.path.ismount(place):
        return None
    return Volume(folder=place, file_system="", read_only=False, removable=True)


def why_not(volume: Volume, file_systems: list[str]) -> str:
    """Why a volume is not the board's card; empty where it may be."""
    place = str(volume.folder)
    if place in OWN or place.startswith(("/boot/", "/efi/")):
        return "belongs to this computer"
    for name, what in NOT_A_CARD.items():
        if (volume.folder / name).exists():
            return f"is {what} (it has {name} in it)"
    if volume.file_system and file_systems and volume.file_system not in file_systems:
        return f"has the file system {volume.file_system}, which the board does not read: format it as FAT32"
    if volume.read_only:
        return "is read-only: look at the card's lock"
    return ""


def room(folder: Path, size: int) -> str:
    """Why a file of so many bytes does not fit beside what is there; empty where it does."""
    free = shutil.disk_usage(folder).free
    return "" if free >= size else f"has {free} bytes free, and {size} are needed beside what is there"


def cards(file_systems: list[str]) -> list[Volume]:
    """The removable volumes that may be the board's card."""
    return [volume for volume in mounted() if volume.removable and not why_not(volume, file_systems)]
