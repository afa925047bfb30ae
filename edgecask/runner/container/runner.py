"""Runs stages in containers: no network, no root, no capabilities, a read-only root, limits on memory and processes.

Files go in and out by the engine's archive calls, so the engine may be on another machine. A container holds its
standard input open to this process: when this process ends, however it ends, the harness inside stops, and the engine
removes the container with its volume (AutoRemove).
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.directories import Directories
from edgecask.errors import EngineError, StorageError
from edgecask.plan.stage import Stage
from edgecask.runner.cancellation import Running
from edgecask.runner.container.base_image import PACKAGES, ensure_base, recorded_base
from edgecask.runner.container.container import StartedContainer, put
from edgecask.runner.container.engine import ADVICE, CLIENT_LABEL, connect
from edgecask.runner.container.images import USER, WORK, ensure_image, image_key, image_name
from edgecask.runner.container.installation import INSTALLING_LABEL
from edgecask.runner.environments.environment import Environment
from edgecask.runner.limits import PROCESS_LIMIT, memory_limit
from edgecask.runner.protocol import Listener, OutputLine
from edgecask.store.owner import is_gone, own_identity

if TYPE_CHECKING:
    from docker.models.containers import Container

    from docker import DockerClient

RUN_LABEL = "edgecask.run"
REMOVAL_SECONDS = 10
SCRATCH_LIMIT = "2g"
SHARED_MEMORY = "2g"  # for the processes that prepare pictures while GPUs compute


class DockerRunner:
    """One image for each environment, one container for each stage."""

    name = "docker"

    def __init__(self, directories: Directories, *, run: str | None = None) -> None:
        self._directories = directories
        self._client: DockerClient | None = None
        self._run = run or uuid.uuid4().hex
        self._running = Running()

    def another(self) -> DockerRunner:
        """See Runner.another."""
        return DockerRunner(self._directories)

    def stop(self) -> None:
        """See Runner.stop."""
        self._running.stop()

    @property
    def client(self) -> DockerClient:
        """The engine, connected to when it is first needed; raises EngineError where none answers."""
        if self._client is None:
            self._client = connect()
            self._sweep(self._client)
        return self._client

    def _sweep(self, client: DockerClient) -> None:
        """Remove containers that a killed client created and had not started: AutoRemove never sees those.

        And those in which it was installing an environment, and its volumes, which an engine leaves that was stopped
        while it removed a container.
        """
        from docker.errors import DockerException

        for container in client.containers.list(all=True, filters={"label": CLIENT_LABEL}, ignore_removed=True):
            for_long = container.status == "created" or INSTALLING_LABEL in container.labels
            if for_long and _client_is_gone(container.labels[CLIENT_LABEL]):
                with contextlib.suppress(DockerException):
                    container.remove(v=True, force=True)
        for volume in client.volumes.list(filters={"label": CLIENT_LABEL}):
            if _client_is_gone((volume.attrs.get("Labels") or {}).get(CLIENT_LABEL, "")):
                with contextlib.suppress(DockerException):  # of a container that is about to end
                    volume.remove()

    def environment_key(self, environment: Environment) -> str:
        """The key of the environment's image."""
        return image_key(environment, recorded_base(self._directories))

    def require_gpus(self) -> None:
        """Start a container of the base image with a GPU: engines tell only then whether they can."""
        from docker.errors import APIError, DockerException

        base = ensure_base(self._directories, self.client, lambda line: None)
        labels = {RUN_LABEL: self._run, CLIENT_LABEL: own_identity()}
        container = None
        try:
            container = self.client.containers.create(
                base["reference"], ["true"], device_requests=_one_gpu(), network_mode="none", labels=labels
            )
            container.start()
        except APIError as error:
            raise EngineError(
                f"The container engine offers no GPU ({error.explanation or error}).",
                advice="Install NVIDIA's driver and its container toolkit, or train without --gpus.",
            ) from error
        finally:
            if container is not None:
                with contextlib.suppress(DockerException):
                    container.remove(v=True, force=True)

    def is_ready(self, environment: Environment) -> bool:
        """See Runner.is_ready."""
        from docker.errors import ImageNotFound

        try:
            self.client.images.get(self._image(environment))
        except ImageNotFound:
            return False
        return True

    def _image(self, environment: Environment) -> str:
        return image_name(environment, self.environment_key(environment))

    def prepare(self, environment: Environment, say: OutputLine) -> Mapping[str, Any]:
        """Build the image where it is absent."""
        image = ensure_image(self._directories, self.client, environment, say)
        return {
            "kind": self.name,
            "image": image["name"],
            "base": {name: image["base"][name] for name in ("kind", "image", "identity", PACKAGES)},
            "lock_sha256": environment.lock_sha256,
            "packages": {pin.name: pin.version for pin in environment.pins()},
        }

    def run(
        self,
        environment: Environment,
        stage: Stage,
        destination: Path,
        say: OutputLine,
        listener: Listener | None = None,
    ) -> dict[str, Any]:
        """Run the stage in a container of its own; see Runner.run."""
        with self.start(environment, stage) as started:
            return started.run(stage, destination, say, listener)

    @contextlib.contextmanager
    def start(self, environment: Environment, stage: Stage) -> Iterator[StartedContainer]:
        """See Runner.start."""
        with _explained(stage), self._container(environment, stage) as container:
            put(container, {f"program/pipeline/{name}": path for name, path in stage.program.files.items()})
            with self._attached(container), self._running.entry(lambda: _kill(container)):
                container.start()
                yield StartedContainer(container)

    @contextlib.contextmanager
    def _container(self, environment: Environment, stage: Stage) -> Iterator[Container]:
        from docker.errors import DockerException
        from docker.types import LogConfig, Mount
        from requests.exceptions import RequestException

        gpus: dict[str, Any] = {}
        if stage.program.gpus:
            gpus = {"device_requests": _one_gpu(), "shm_size": SHARED_MEMORY}
        labels = {RUN_LABEL: self._run, CLIENT_LABEL: own_identity(), "edgecask.stage": stage.name}
        container = self.client.containers.create(
            self._image(environment),
            ["/opt/environment/bin/python", "-P", "-m", "pipeline", stage.program.name],
            user=f"{USER}:{USER}",
            working_dir=WORK,
            use_config_proxy=False,  # it has no network, and the addresses hold passwords
            environment={**stage.program.variables, "PYTHONPATH": f"{WORK}/program"},
            labels=labels,
            mounts=[Mount(target=WORK, source=None, type="volume", labels=labels)],
            stdin_open=True,
            auto_remove=True,
            network_mode="none",
            read_only=True,
            tmpfs={"/tmp": f"rw,nosuid,nodev,size={SCRATCH_LIMIT},mode=1777"},
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            mem_limit=memory_limit(),
            pids_limit=PROCESS_LIMIT,
            log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": "16m"}),
            **gpus,
        )
        try:
            yield container
        finally:
            # Also after Ctrl-C; a container that ended by itself is already gone, or the engine is about to remove it.
            with contextlib.suppress(DockerException):
                container.remove(v=True, force=True)
            with contextlib.suppress(DockerException, RequestException):
                container.wait(condition="removed", timeout=REMOVAL_SECONDS)

    @contextlib.contextmanager
    def _attached(self, container: Container) -> Iterator[None]:
        stream = container.attach_socket(params={"stdin": 1, "stream": 1})
        try:
            yield
        finally:
            stream.close()


@contextlib.contextmanager
def _explained(stage: Stage) -> Iterator[None]:
    """Turn what the engine says no to into the error for the user."""
    from docker.errors import APIError

    try:
        yield
    except APIError as error:
        reason = str(error.explanation or error)
        if "no space left" in reason.lower():
            raise StorageError(
                f"The container engine has no space left ({stage.name}).",
                advice="Free some (`docker system prune`, `invoke clean`) and build again.",
            ) from error
        raise EngineError(f"The container engine refused the stage {stage.name}: {reason}", advice=ADVICE) from error


def _client_is_gone(identity: str) -> bool:
    """Whether a container's client ran on this machine and no longer does."""
    try:
        return is_gone(identity) is True
    except ValueError:  # of an edgecask that named them otherwise
        return False


def _one_gpu() -> list[Any]:
    from docker.types import DeviceRequest

    return [DeviceRequest(count=1, capabilities=[["gpu"]])]


def _kill(container: Container) -> None:
    from docker.errors import DockerException

    with contextlib.suppress(DockerException):
        container.kill()
