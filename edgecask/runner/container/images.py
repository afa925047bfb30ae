"""From docker/NAME to an image: one script, one lock, the wheels it names, no network, the same id everywhere."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.directories import Directories, lock
from edgecask.errors import EnvironmentBuildError
from edgecask.files import naming, sha256_file, sha256_json, writing_tar
from edgecask.runner.container.assembly import FORMAT, Folder, write_image, write_layer
from edgecask.runner.container.base_image import PACKAGES, asked_for, ensure_base, load_image, recorded_base
from edgecask.runner.container.installation import SCRIPT, install
from edgecask.runner.environments.environment import Environment
from edgecask.runner.environments.wheelhouse import INSTALLER_LOCK, fetch, find_wheels, needed_pins
from edgecask.runner.protocol import OutputLine
from edgecask.store.temporary import temporary_folder

if TYPE_CHECKING:
    from docker import DockerClient

LABEL = "edgecask.environment"
PLACE = "opt/environment"
ADDED_PLACE = f"{PLACE}/lib/python3.11/site-packages"
USER = 1000
WORK = "/work"
WORK_FOLDER = Folder(name=WORK.removeprefix("/"), owner=USER)
"""A volume mounted there takes over its owner; stages run as this user."""


def image_key(environment: Environment, base: Mapping[str, Any] | None) -> str:
    """The sha256 of everything an image is made of; before the first build, of what asks for the base."""
    parent = environment.parent
    if parent is not None:
        standing_on = {"parent": image_key(parent, base)}
    else:
        standing_on = {"base": base["identity"] if base is not None else asked_for()}
    return sha256_json(
        {
            "kind": "docker",
            **standing_on,
            "script": sha256_file(SCRIPT),
            "assembly": FORMAT,
            "installer": sha256_file(INSTALLER_LOCK),
            "lock": environment.lock_sha256,
        }
    )


def image_name(environment: Environment, key: str) -> str:
    """The readable name of an environment's image."""
    return f"edgecask/{environment.name}:{key[:16]}"


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
) -> None:
    """Build the environment's image on the image `standing_on`; raises EnvironmentBuildError where that fails."""
    from docker.errors import DockerException

    say(f"fetching the wheels of {environment.name}")
    wheels = fetch(directories, environment.lock)
    say(f"building the image {name}")
    # As large as the image itself, so it lies where the wheels do: TMPDIR may be memory.
    with temporary_folder(directories.wheelhouse) as temporary:
        requirements, made, layer, image = (temporary / part for part in ("requirements.txt", "made", "layer", "image"))
        layered = environment.parent is not None
        requirements.write_text(
            environment.added_lock() if layered else environment.lock.read_text(encoding="utf-8"), encoding="utf-8"
        )
        if layered:
            wheels, _ = find_wheels(directories, needed_pins(requirements))
        try:
            install(
                client, standing_on, requirements=requirements, wheels=wheels,
                made="/added" if layered else f"/{PLACE}", destination=made,
            )  # fmt: skip
            write_layer(made, layer, place=ADDED_PLACE if layered else PLACE, folders=() if layered else (WORK_FOLDER,))
            made.unlink()
            below = temporary / "below"
            with naming(below), below.open("wb") as stream:
                for chunk in client.images.get(standing_on).save():
                    stream.write(chunk)
            settings = {"User": f"{USER}:{USER}", "WorkingDir": WORK, "Labels": {LABEL: key}}
            write_image(image, name=name, layer=layer, settings=settings, below=below)
            load_image(client, image)
        except DockerException as error:
            raise EnvironmentBuildError(
                f"The image {environment.name} could not be built ({str(error).splitlines()[0]}).",
                advice="`invoke doctor` checks what a build needs.",
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
