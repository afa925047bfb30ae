"""Which volume is a card, from what Linux says is mounted."""

from pathlib import Path

import pytest

from edgecask.firmware.flash import volumes
from edgecask.firmware.flash.volumes import Volume

# Lines of a real machine with a card, a Nu-Link and an encrypted home, shortened.
TABLE = r"""
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro
28 22 259:1 / /boot/efi rw,relatime shared:9 - vfat /dev/nvme0n1p1 rw,fmask=0077
31 22 0:26 / /proc rw,nosuid - proc proc rw
90 22 179:1 / /media/me/MY\040CARD rw,nosuid,nodev shared:50 - vfat /dev/mmcblk0p1 rw,uid=1000
91 22 8:17 / /media/me/LOCKED ro,nosuid - vfat /dev/sdb1 ro
92 22 8:33 / /media/me/LARGE rw,nosuid master:3 propagate_from:2 - exfat /dev/sdc1 rw
93 22 8:33 / /media/me/LARGE rw,nosuid - vfat /dev/sdd1 rw
broken line
"""


def test_what_is_mounted_is_read():
    found = {str(volume.folder): volume for volume in volumes.mounted(TABLE)}
    assert list(found) == ["/", "/boot/efi", "/proc", "/media/me/MY CARD", "/media/me/LOCKED", "/media/me/LARGE"]
    assert found["/media/me/MY CARD"].file_system == "vfat" and not found["/media/me/MY CARD"].read_only
    assert found["/media/me/LOCKED"].read_only
    assert found["/media/me/LARGE"].file_system == "vfat"  # what was mounted last is what one sees


def test_this_machines_own_table_is_read():
    if not volumes.MOUNTS.is_file():
        pytest.skip("Linux alone has it")
    assert Path("/") in [volume.folder for volume in volumes.mounted()]


def volume(folder, **other):
    return Volume(**{"folder": folder, "file_system": "vfat", "read_only": False, "removable": True} | other)


@pytest.mark.parametrize("place", ["/", "/boot", "/boot/efi", "/boot/firmware", "/home"])
def test_the_computers_own_volumes_are_no_card(place):
    assert volumes.why_not(volume(Path(place)), ["vfat"]) == "belongs to this computer"


@pytest.mark.parametrize("name", sorted(volumes.NOT_A_CARD))
def test_a_drive_that_programs_a_chip_is_no_card(name, tmp_path):
    assert volumes.why_not(volume(tmp_path), ["vfat"]) == ""
    (tmp_path / name).touch()
    assert name in volumes.why_not(volume(tmp_path), ["vfat"])


def test_a_card_that_the_board_cannot_read(tmp_path):
    assert "exfat" in volumes.why_not(volume(tmp_path, file_system="exfat"), ["vfat"])
    assert "FAT32" in volumes.why_not(volume(tmp_path, file_system="msdos"), ["vfat"])  # has no long names
    assert volumes.why_not(volume(tmp_path, file_system=""), ["vfat"]) == ""  # nobody tells
    assert "read-only" in volumes.why_not(volume(tmp_path, read_only=True), ["vfat"])


def test_a_folder_is_no_volume(tmp_path):
    assert volumes.volume_at(tmp_path) is None


def test_room(tmp_path):
    assert volumes.room(tmp_path, 1) == ""
    assert "bytes free" in volumes.room(tmp_path, 1 << 60)


def test_a_device_is_removable_by_what_the_system_says(tmp_path, monkeypatch):
    usb = tmp_path / "devices" / "usb1" / "block" / "sdb" / "sdb1"
    disk = tmp_path / "devices" / "ata1" / "block" / "sda" / "sda1"
    reader = tmp_path / "devices" / "pci" / "block" / "sdc" / "sdc1"
    for place in (usb, disk, reader):
        place.mkdir(parents=True)
        (place.parent / "removable").write_text("1\n" if place is reader else "0\n")
    monkeypatch.setattr(volumes, "DEVICES", tmp_path)
    for device, place in {"8:17": usb, "8:1": disk, "8:33": reader}.items():
        (tmp_path / device).symlink_to(place)
    table = "\n".join(f"1 1 {device} / /m/{device} rw - vfat /dev/x rw" for device in ("8:17", "8:1", "8:33", "9:9"))
    assert [volume.removable for volume in volumes.mounted(table)] == [True, False, True, False]
    table_path = tmp_path / "mountinfo"
    table_path.write_text(table)
    monkeypatch.setattr(volumes, "MOUNTS", table_path)
    assert [str(volume.folder) for volume in volumes.cards(["vfat"])] == ["/m/8:17", "/m/8:33"]
    assert volumes.cards(["exfat"]) == []
