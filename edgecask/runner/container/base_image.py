"""The image all others stand on: from a registry by digest, or bootstrapped from Debian's archive by a lock."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import subprocess
import tarfile
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.directories import Directories, lock
from edgecask.errors import EnvironmentBuildError
from edgecask.files import readable_json, sha256_file, sha256_json, write_whole
from edgecask.runner.container import debian
from edgecask.runner.container.assembly import write_image
from edgecask.runner.container.engine import CLIENT_LABEL
from edgecask.runner.environments.environment import DOCKER
from edgecask.runner.protocol import OutputLine
from edgecask.store.owner import own_identity
from edgecask.store.temporary import temporary_folder

if TYPE_CHECKING:
    from docker import DockerClient

BASE = DOCKER / "base.toml"
REPOSITORY = "edgecask/base"
PACKAGES = "packages"
DPKG_STATUS = "/var/lib/dpkg/status"
NAMED = 3


def load_base() -> Mapping[str, Any]:
    """What docker/base.toml says."""
    return tomllib.loads(BASE.read_text(encoding="utf-8"))


def asked_for() -> str:
    """The sha256 of everything that says which base image it is to be."""
    return sha256_json([sha256_file(path) for path in (BASE, debian.LOCK) if path.is_file()])


def _record_path(directories: Directories) -> Path:
    return directories.base_images / f"{asked_for()[:16]}.json"


def recorded_base(directories: Directories) -> Mapping[str, Any] | None:
    """The base image in use on this machine, or None before the first build: `kind`, `reference`, `identity`."""
    try:
        record: dict[str, Any] = json.loads(_record_path(directories).read_text(encoding="utf-8"))
        return record if {"kind", "reference", "identity"} <= record.keys() else None
    except (OSError, ValueError):
        return None


def ensure_base(directories: Directories, client: DockerClient, say: OutputLine) -> Mapping[str, Any]:
    """The base image, present in the engine; pulled or bootstrapped where it is not.

    Raises EnvironmentBuildError where neither is possible, with what each needs.
    """
    from docker.errors import ImageNotFound

    with lock(directories, "base"):
        record = recorded_base(directories)
        if record is not None:
            try:
                client.images.get(record["reference"])
                return _with_packages(directories, client, record)
            except ImageNotFound:
                pass
        if record is not None and record["kind"] == "bootstrap":
            made = _bootstrap(client, say)  # the same kind again, so that results in the store stay valid
        else:
            made = _pull(client, say) or _bootstrap(client, say)
        return _with_packages(directories, client, made)


def adopt_base(directories: Directories, record: Mapping[str, Any]) -> None:
    """Use a base image that is in the engine from now on."""
    with lock(directories, "base"):
        write_whole(_record_path(directories), readable_json(record))


def _with_packages(directories: Directories, client: DockerClient, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record, written down with the Debian packages that the image holds: versions by `NAME:ARCHITECTURE`."""
    if PACKAGES not in record:
        record = {**record, PACKAGES: installed_packages(client, record["reference"])}
        write_whole(_record_path(directories), readable_json(record))
    return record


def installed_packages(client: DockerClient, image: str) -> dict[str, str]:
    """The Debian packages in an image, which is not run for it; none where it has no dpkg."""
    from docker.errors import NotFound

    labels = {CLIENT_LABEL: own_identity()}
    container = client.containers.create(image, ["true"], network_mode="none", use_config_proxy=False, labels=labels)
    try:
        chunks, _ = container.get_archive(DPKG_STATUS)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            content = archive.extractfile(archive.next() or "")
            return parse_packages(content.read().decode("utf-8", "replace") if content is not None else "")
    except NotFound:
        return {}
    finally:
        container.remove(v=True, force=True)


def parse_packages(status: str) -> dict[str, str]:
    """The installed packages in the text of dpkg's status file (deb822)."""
    found = {}
    for paragraph in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status", "").endswith(" installed"):
            found[f"{fields['Package']}:{fields['Architecture']}"] = fields["Version"]
    return dict(sorted(found.items()))


def _pull(client: DockerClient, say: OutputLine) -> dict[str, str] | None:
    from docker.errors import DockerException
    from docker.utils import parse_repository_tag

    registry = load_base()["registry"]
    repository, _ = parse_repository_tag(registry["image"])
    reference = f"{repository}@{registry['digest']}"
    say(f"pulling {registry['image']}")
    try:
        client.images.pull(repository, tag=registry["digest"], platform="linux/amd64")
    except DockerException as error:
        say(f"no registry has it for us ({str(error).splitlines()[0][:120]})")
        return None
    return {"kind": "registry", "reference": reference, "identity": registry["digest"], "image": registry["image"]}


def _bootstrap(client: DockerClient, say: OutputLine) -> dict[str, str]:
    bootstrap = load_base()["bootstrap"]
    say(f"bootstrapping Debian {bootstrap['suite']} with mmdebstrap")
    with temporary_folder() as temporary:
        temporary.chmod(0o755)  # apt reads as a user of its own
        layer, image = temporary / "base.tar", temporary / "image.tar"
        source = _locked(temporary / "packages", say)
        # Its sources name folders of this machine.
        _mmdebstrap(layer, source=source, hooks=('rm "$1/etc/apt/sources.list"',))
        identity = sha256_file(layer)
        name = f"{REPOSITORY}:{identity[:16]}"
        write_image(image, name=name, layer=layer, settings={})
        load_image(client, image)
    return {
        "kind": "bootstrap",
        "reference": name,
        "identity": f"sha256:{identity}",
        "image": f"debian:{bootstrap['suite']}",
    }


def load_image(client: DockerClient, archive: Path) -> None:
    """Hand an archive of assembly.write_image to the engine; raises DockerException where it does not take it."""
    with archive.open("rb") as stream:
        client.images.load(stream)


def _locked(folder: Path, say: OutputLine) -> str | None:
    """The source that has the packages of the lock alone; None where they are not to be had."""
    lock = debian.read_debian_lock()
    if lock is None:
        return None
    bootstrap = load_base()["bootstrap"]
    folder.mkdir()
    missing = debian.fetch_packages(lock, bootstrap["archives"], folder)
    if missing:
        names = ", ".join(f"{package.name} {package.version}" for package in missing[:NAMED])
        say(
            f"{len(missing)} Debian packages of {debian.LOCK.name} could not be fetched ({names}): "
            "those of today are taken, so the images are not those of other machines"
        )
        return None
    return debian.write_repository(lock, folder, suite=bootstrap["suite"])


def lock_debian() -> Path:
    """Write docker/debian.json of the packages that Debian's archive has today; raises EnvironmentBuildError."""
    with temporary_folder() as temporary:
        lists, status = temporary / "lists", temporary / "status"
        lists.mkdir()
        copy = f'cp "$1"/var/lib/apt/lists/*_Packages {shlex.quote(str(lists))}'
        note = f'cp "$1{DPKG_STATUS}" {shlex.quote(str(status))}'
        _mmdebstrap(temporary / "base.tar", source=None, hooks=(copy, note))
        installed = parse_packages(status.read_text(encoding="utf-8"))
        return debian.write_debian_lock(
            debian.DebianLock(
                asked=sha256_file(BASE),
                snapshot=datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
                packages=debian.locked_packages(lists, installed),
            )
        )


def _mmdebstrap(destination: Path, *, source: str | None, hooks: Sequence[str]) -> None:
    """Bootstrap a tar, from Debian's own archive where no other source is named; raises EnvironmentBuildError."""
    program = shutil.which("mmdebstrap")
    if program is None:
        raise EnvironmentBuildError(
            "The base image cannot be pulled, and mmdebstrap, which would make it, is not installed.",
            advice="Check the network, or run `apt-get install mmdebstrap`; see `invoke doctor`.",
        )
    bootstrap = load_base()["bootstrap"]
    done = subprocess.run(
        [
            program, "--quiet", "--variant=essential", "--architectures=amd64",
            f"--include={','.join(bootstrap['packages'])}",
            *(f"--dpkgopt=path-exclude={pattern}" for pattern in bootstrap["leave_out"]),
            *(f"--customize-hook={hook}" for hook in hooks),
            bootstrap["suite"], str(destination), *([source] if source is not None else []),
        ],
        env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
        capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EnvironmentBuildError(
            f"mmdebstrap could not make the base image ({reason}).",
            advice="Check that Debian's archive can be reached.",
            details=done.stderr,
        )
