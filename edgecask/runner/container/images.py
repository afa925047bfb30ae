"""From docker/NAME to an image: one Dockerfile, one lock, the wheels it names, no network."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.directories import Directories, lock
from edgecask.errors import EnvironmentBuildError
from edgecask.files import naming, sha256_file, sha256_json, writing_tar
from edgecask.runner.container.base_image import BASE, PACKAGES, ensure_base, recorded_base
from edgecask.runner.environments.environment import DOCKER, Environment
from edgecask.runner.environments.wheelhouse import INSTALLER_LOCK, fetch, find_wheels, needed_pins
from edgecask.runner.protocol import OutputLine
from edgecask.store.temporary import temporary_folder

if TYPE_CHECKING:
    from docker import DockerClient

DOCKERFILE = DOCKER / "Dockerfile"
LAYERED_DOCKERFILE = DOCKER / "Dockerfile.layered"
LABEL = "edgecask.environment"
PART_LABEL = "edgecask.part"


def image_key(environment: Environment, base: Mapping[str, Any] | None) -> str:
    """The sha256 of everything an image is made of; before the first build, of what asks for the base."""
    if environment.parent is not None:
        return sha256_json(
            {
                "kind": "docker",
                "parent": image_key(environment.parent, base),
                "dockerfile": sha256_file(LAYERED_DOCKERFILE),
                "installer": sha256_file(INSTALLER_LOCK),
                "lock": environment.lock_sha256,
            }
        )
    return sha256_json(
        {
            "kind": "docker",
            "base": base["identity"] if base is not None else sha256_file(BASE),
            "dockerfile": sha256_file(DOCKERFILE),
            "installer": sha256_file(INSTALLER_LOCK),
            "lock": environment.lock_sha256,
        }
    )


def image_name(environment: Environment, key: str) -> str:
    """The readable name of an environment's image."""
    return f"edgecask/{environment.name}:{key[:16]}"


def _context(dockerfile: Path, lock_path: Path, wheels: list[Path], archive_path: Path) -> None:
    with writing_tar(archive_path) as archive:
        archive.add("Dockerfile", dockerfile)
        archive.add("requirements.txt", lock_path)
        for wheel in wheels:
            archive.add(f"wheelhouse/{wheel.name}", wheel)


def ensure_image(
    directories: Directories, client: DockerClient, environment: Environment, say: OutputLine
) -> Mapping[str, Any]:
    """The environment's image, built where it is absent: `id`, `name`, `size` in bytes, `base`."""
    from docker.errors import ImageNotFound

    # What it stands on first: the base's record decides the key.
    parent = environment.parent
    standing_on = ensure_image(directories, client, parent, say)["name"] if parent is not None else ""
    base = recorded_base(directories)
    if base is None or PACKAGES not in base:
        base = ensure_base(directories, client, say)
    key = image_key(environment, base)
    name = image_name(environment, key)
    with lock(directories, f"image-{environment.name}"):
        try:
            image = client.images.get(name)
        except ImageNotFound:
            base = ensure_base(directories, client, say)
            if image_key(environment, base) != key:  # Debian's archive has moved on since the record was made
                key = image_key(environment, base)
                name = image_name(environment, key)
            standing_on = standing_on or base["reference"]
            build_image(directories, client, environment, standing_on, name=name, key=key, say=say)
            image = client.images.get(name)
    return {"id": str(image.id), "name": name, "size": int(image.attrs["Size"]), "base": dict(base)}


def build_image(
    directories: Directories,
    client: DockerClient,
    environment: Environment,
    standing_on: str,
    *,
    name: str,
    key: str,
    say: OutputLine,
    anew: bool = False,
) -> None:
    """Build the environment's image on the image `standing_on`; `anew` without what the engine kept of earlier builds.

    Raises EnvironmentBuildError where that fails.
    """
    from docker.errors import APIError, BuildError

    say(f"fetching the wheels of {environment.name}")
    with temporary_folder() as temporary:
        wheels, context = fetch(directories, environment.lock), temporary / "context.tar"
        say(f"building the image {name}")
        if environment.parent is None:
            _context(DOCKERFILE, environment.lock, wheels, context)
        else:
            added = temporary / "requirements.txt"
            added.write_text(environment.added_lock(), encoding="utf-8")
            wheels, _ = find_wheels(directories, needed_pins(added))
            _context(LAYERED_DOCKERFILE, added, wheels, context)
        try:
            with context.open("rb") as stream:
                client.images.build(
                    fileobj=stream,
                    custom_context=True,
                    tag=name,
                    buildargs={"BASE": standing_on, "PART": key},
                    labels={LABEL: key},
                    network_mode="none",
                    use_config_proxy=False,
                    platform="linux/amd64",
                    nocache=anew,
                    rm=True,
                    forcerm=True,
                )
            # The classic builder leaves the installing part behind, as large as the image itself. Those of other images
            # may belong to builds that still go on.
            for part in client.images.list(all=True, filters={"dangling": True, "label": f"{PART_LABEL}={key}"}):
                client.images.remove(str(part.id), noprune=False)
        except (BuildError, APIError) as error:
            log = "".join(str(part.get("stream", "")) for part in getattr(error, "build_log", []))
            raise EnvironmentBuildError(
                f"The image {environment.name} could not be built ({str(error).splitlines()[0]}).",
                advice="Its last lines are above; `invoke doctor` checks what a build needs.",
                details="\n".join(log.splitlines()[-25:]),
            ) from error


def tar_of(files: Mapping[str, bytes | Path], *, owner: int) -> io.BufferedIOBase:
    """A tar of files (contents or paths) that belong to `owner`, on disk where it is large."""
    spool = tempfile.SpooledTemporaryFile(max_size=64 * 1024 * 1024)  # noqa: SIM115 - the caller closes it
    with naming(Path(tempfile.gettempdir())):
        with writing_tar(spool, owner=owner) as archive:
            folders = sorted({str(Path(name).parent) for name in files} - {"."} | {"outputs"})
            for folder in folders:
                archive.add_folder(folder)
            for name, content in sorted(files.items()):
                archive.add(name, content, mode=0o444)
        spool.fileno()  # to disk already here, where a full one is named: the engine's client would do it later
        spool.seek(0)
    return spool  # type: ignore[return-value]
