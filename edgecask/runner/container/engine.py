"""The container engine: Docker, or Podman through its Docker-compatible socket."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.errors import EngineError

if TYPE_CHECKING:
    from docker import DockerClient

ADVICE = "Start Docker (or `podman system service`), set DOCKER_HOST, or use --runner=venv; see `invoke doctor`."


CLIENT_LABEL = "edgecask.client"
"""On every container: whose it is, so that the next command removes what a dead one left."""
DOCKER_DESKTOP_PIPE = "npipe:////./pipe/docker_engine"
"""Where Docker Desktop listens on Windows."""


def _sockets() -> list[str]:
    """Where an engine may listen: DOCKER_HOST alone where it is set, else the usual sockets."""
    configured = os.environ.get("DOCKER_HOST")
    if configured:
        return [configured]
    if sys.platform == "win32":
        return [DOCKER_DESKTOP_PIPE]
    user = f"/run/user/{os.getuid()}" if hasattr(os, "getuid") else ""
    candidates = [
        "/var/run/docker.sock",
        f"{user}/docker.sock",
        f"{user}/podman/podman.sock",
        "/run/podman/podman.sock",
        f"{Path.home()}/.docker/run/docker.sock",  # Docker Desktop on macOS
        f"{Path.home()}/.docker/desktop/docker.sock",  # Docker Desktop on Linux
        f"{Path.home()}/.colima/default/docker.sock",
    ]
    return [f"unix://{path}" for path in candidates if Path(path).exists()]


def connect() -> DockerClient:
    """A client of the first engine that answers; raises EngineError where none does."""
    # Imported here: a third of the time of a rebuild that needs no container.
    from docker.errors import DockerException

    import docker

    reasons = []
    for address in _sockets():
        try:
            client = docker.from_env(environment={**os.environ, "DOCKER_HOST": address}, timeout=600)
            client.ping()
            return client
        except (DockerException, OSError, ValueError) as error:
            reasons.append(f"{address}: {error}")
    raise EngineError("No container engine answers.", advice=ADVICE, details="\n".join(reasons))


def answers() -> bool:
    """Whether a container engine answers."""
    try:
        connect().close()
    except EngineError:
        return False
    return True


def require() -> None:
    """Raise EngineError where no container engine answers."""
    connect().close()
