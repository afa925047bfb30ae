"""The Debian packages of a bootstrapped base image, each pinned by version and sha256 in docker/debian.json.

What the lock names is fetched by apt's own program, with the machine's settings for it, and laid out as a repository
that holds nothing else: what mmdebstrap installs from there is the same for ever. Debian's archive has the newest
version of a package alone; its snapshots have all.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from edgecask.files import readable_json, sha256_bytes, sha256_file, write_whole
from edgecask.runner.environments.environment import DOCKER

LOCK = DOCKER / "debian.json"
APT_HELPER = "/usr/lib/apt/apt-helper"


class DebianPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package: `archive` is debian or debian-security, `path` that of its file below the archive's address."""

    name: str
    version: str
    architecture: str
    archive: str
    path: str
    sha256: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.path.rpartition("/")[2]


class DebianLock(msgspec.Struct, frozen=True, kw_only=True):
    """The packages of a suite, for what docker/base.toml asks (`asked`), and when they were the newest."""

    asked: str
    snapshot: str
    packages: Sequence[DebianPackage]


def read_debian_lock(path: Path = LOCK) -> DebianLock | None:
    """The lock; None where none has been made."""
    return msgspec.json.decode(path.read_bytes(), type=DebianLock) if path.is_file() else None


def write_debian_lock(lock: DebianLock, path: Path = LOCK) -> Path:
    """Write the lock."""
    write_whole(path, readable_json(msgspec.to_builtins(lock)))
    return path


def fetch_packages(lock: DebianLock, addresses: Mapping[str, Sequence[str]], folder: Path) -> list[DebianPackage]:
    """Fetch the packages into `folder`; those that no address of their archive has.

    `addresses` are tried in turn; `{snapshot}` in one stands for the lock's time.
    """
    missing = list(lock.packages)
    for turn in range(max(map(len, addresses.values()))):
        words = []
        for package in missing:
            if turn < len(addresses[package.archive]):
                address = addresses[package.archive][turn].format(snapshot=lock.snapshot)
                words += [f"{address}/{package.path}", str(folder / package.file), f"SHA256:{package.sha256}"]
        if words:
            subprocess.run([APT_HELPER, "-qq", "download-file", *words], capture_output=True, check=False)
        missing = [package for package in missing if not _is_whole(folder / package.file, package)]
        if not missing:
            break
    return missing


def _is_whole(path: Path, package: DebianPackage) -> bool:
    return path.is_file() and sha256_file(path) == package.sha256


def write_repository(lock: DebianLock, folder: Path, *, suite: str) -> str:
    """Make a repository of the packages in `folder`; the line of sources.list for it."""
    paragraphs = []
    for package in sorted(lock.packages, key=lambda package: package.file):
        path = folder / package.file
        control = subprocess.run(
            ["dpkg-deb", "--field", str(path)], capture_output=True, encoding="utf-8", errors="replace", check=True
        ).stdout.strip()
        size = path.stat().st_size
        paragraphs.append(f"{control}\nFilename: ./{package.file}\nSize: {size}\nSHA256: {package.sha256}\n")
        path.chmod(0o644)
    index = "\n".join(paragraphs).encode()
    (folder / "Packages").write_bytes(index)
    # Without its name mmdebstrap finds no essential package.
    (folder / "Release").write_text(
        f"Codename: {suite}\nSHA256:\n {sha256_bytes(index)} {len(index)} Packages\n", encoding="utf-8"
    )
    folder.chmod(0o755)  # apt reads as a user of its own
    return f"deb [trusted=yes] copy:{folder} ./"


def locked_packages(lists: Path, installed: Mapping[str, str]) -> list[DebianPackage]:
    """What apt's lists of an archive say of the packages that are installed: versions by NAME:ARCHITECTURE.

    Raises KeyError for one that is in no list.
    """
    found: dict[str, DebianPackage] = {}
    for path in sorted(lists.glob("*_Packages")):
        archive = "debian-security" if "_debian-security_" in path.name else "debian"
        for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
            fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
            key = f"{fields.get('Package')}:{fields.get('Architecture')}"
            if key in installed and installed[key] == fields["Version"]:
                found.setdefault(key, DebianPackage(
                    name=fields["Package"], version=fields["Version"], architecture=fields["Architecture"],
                    archive=archive, path=fields["Filename"], sha256=fields["SHA256"],
                ))  # fmt: skip
    return [found[key] for key in sorted(installed)]
