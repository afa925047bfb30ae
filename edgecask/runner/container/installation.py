"""Installing an environment in a container of the image that it stands on; what was written comes out as a tar."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.errors import EnvironmentBuildError
from edgecask.files import naming, writing_tar
from edgecask.runner.container.engine import CLIENT_LABEL
from edgecask.runner.environments.environment import DOCKER
from edgecask.store.owner import own_identity

if TYPE_CHECKING:
    from docker import DockerClient

SCRIPT = DOCKER / "install.sh"
INSTALLING_LABEL = "edgecask.installing"
"""On such containers: unlike those of stages they do not end with their client, so the next command removes them."""
LAST_LINES = 25
WRITTEN_FOLDERS = ("added", "installer")
"""What the script makes in the root folder."""


def install(
    client: DockerClient, image: str, *, requirements: Path, wheels: list[Path], made: str, destination: Path
) -> None:
    """Run docker/install.sh in a container of `image` and write what lies in its folder `made` to a tar.

    Raises EnvironmentBuildError where it fails, with its last lines.
    """
    from docker.errors import DockerException

    context = destination.with_suffix(".context")
    with writing_tar(context) as archive:
        # Podman's root folder is nobody's to write in, and root has no capabilities here.
        for folder in WRITTEN_FOLDERS:
            archive.add_folder(folder)
        archive.add("install.sh", SCRIPT)
        archive.add("requirements.txt", requirements)
        for wheel in wheels:
            archive.add(f"wheelhouse/{wheel.name}", wheel)
    container = client.containers.create(
        image,
        ["/bin/sh", "/install.sh"],
        user="0:0",
        working_dir="/",
        network_mode="none",
        use_config_proxy=False,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        labels={CLIENT_LABEL: own_identity(), INSTALLING_LABEL: "yes"},
    )
    try:
        with context.open("rb") as stream:
            container.put_archive("/", stream)
        context.unlink()
        container.start()
        status = int(container.wait(timeout=None)["StatusCode"])
        if status != 0:
            lines = container.logs().decode("utf-8", "replace").splitlines()
            raise EnvironmentBuildError(
                f"The packages could not be installed in {image} (exit code {status}).",
                advice="Its last lines are above; `invoke doctor` checks what a build needs.",
                details="\n".join(lines[-LAST_LINES:]),
            )
        chunks, _ = container.get_archive(made)
        with naming(destination), destination.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
    finally:
        context.unlink(missing_ok=True)
        with contextlib.suppress(DockerException):
            container.remove(v=True, force=True)
