"""Runs stages in virtual environments: for machines without a container engine.

The packages are the same, to the hash, as in the images. What keeps a stage away from the rest of the machine is
bubblewrap, or Landlock, or nothing: see isolation.py.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgecask.directories import LOCK_DIGITS, Directories, lock
from edgecask.errors import EngineError
from edgecask.files import copy_regular, link_or_copy, naming, sha256_json
from edgecask.plan.program import SCRATCH
from edgecask.plan.stage import Stage
from edgecask.runner import bubblewrap
from edgecask.runner.bubblewrap import INSIDE
from edgecask.runner.cancellation import Running
from edgecask.runner.environments.environment import PYTHON_VERSION, Environment
from edgecask.runner.environments.virtual_environment import is_made, make_environment
from edgecask.runner.isolation import Isolation, available_isolation, readable_places
from edgecask.runner.limits import PROCESS_LIMIT, memory_limit
from edgecask.runner.outcome import READY_FILE, Output, Scratch, expected_files, read_outcome
from edgecask.runner.protocol import Listener, OutputLine
from edgecask.runner.seccomp import filter_program
from edgecask.store.temporary import temporary_folder

GPU_DEVICE = Path("/dev/nvidiactl")
# Behind Landlock: what Python and the libraries read of a system, where they write, and where its sockets are.
SYSTEM_PLACES = (
    "/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/proc", "/sys/devices/system/cpu", "/etc/ld.so.cache",
    "/etc/alternatives", "/etc/passwd", "/etc/nsswitch.conf",
)  # fmt: skip
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/shm")
SOCKET_FOLDERS = ("/run",)


class VirtualEnvironmentRunner:
    """One virtual environment for each lock, made on first use."""

    name = "venv"

    def __init__(self, directories: Directories, *, isolation: Isolation | None = None) -> None:
        """`isolation` is what stands around stages, without it the best that there is."""
        self._directories = directories
        self._isolation = isolation
        self._running = Running()

    def another(self) -> VirtualEnvironmentRunner:
        """See Runner.another."""
        made = type(self)(self._directories)
        made._isolation = self._isolation
        return made

    def stop(self) -> None:
        """See Runner.stop."""
        self._running.stop()

    @property
    def isolation(self) -> Isolation:
        """What stands around stages."""
        return self._isolation or available_isolation()

    def environment_key(self, environment: Environment) -> str:
        """The lock and the kind of machine; the patch level of Python is not part of it."""
        return sha256_json(
            {
                "kind": self.name,
                "python": PYTHON_VERSION,
                "platform": f"{platform.system()}-{platform.machine()}",
                "lock": environment.lock_sha256,
            }
        )

    def _folder(self, environment: Environment) -> Path:
        return self._directories.environments / f"{environment.name}-{self.environment_key(environment)[:16]}"

    def require_gpus(self) -> None:
        """Ask for NVIDIA's driver."""
        if not GPU_DEVICE.exists():
            raise EngineError(
                f"This machine has no GPU with NVIDIA's driver ({GPU_DEVICE} is missing).",
                advice="Install it, or train without --gpus.",
            )

    def is_ready(self, environment: Environment) -> bool:
        """See Runner.is_ready."""
        return is_made(self._folder(environment))

    def prepare(self, environment: Environment, say: OutputLine) -> Mapping[str, Any]:
        """Install the lock from the wheelhouse where that has not been done; safe against other builds."""
        folder = self._folder(environment)
        with lock(self._directories, f"environment-{self.environment_key(environment)[:LOCK_DIGITS]}"):
            if not self.is_ready(environment):
                say(f"making the virtual environment {environment.name}: fetching what it lacks, and installing it")
                make_environment(self._directories, environment, folder)
        return {
            "kind": self.name,
            "isolation": self.isolation.name,
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
        """Run the stage in a folder of its own; see Runner.run."""
        with self.start(environment, stage) as started:
            return started.run(stage, destination, say, listener)

    @contextlib.contextmanager
    def start(self, environment: Environment, stage: Stage) -> Iterator[StartedProcess]:
        """See Runner.start."""
        with temporary_folder() as work, ExitStack() as closing:
            for folder in ("program", "inputs", "outputs", "published", "own", "tmp", "empty"):
                (work / folder).mkdir()
            for name, path in stage.program.files.items():
                copy = work / "program" / "pipeline" / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            launch = self._launch(environment, stage, work, closing)
            process = subprocess.Popen(
                launch.command,
                cwd=work,
                env=launch.variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                pass_fds=launch.descriptors,
            )
            try:
                assert process.stdin is not None
                # The harness ends with its stage when it sees the end of its input.
                with self._running.entry(process.stdin.close):
                    yield StartedProcess(work, process)
            finally:
                # The end of its input stops the harness and the stage, whatever they are doing.
                if process.stdin is not None and process.stdin.closed:
                    process.stdin = None  # by `stop`; communicate would flush it
                process.communicate()

    def _launch(self, environment: Environment, stage: Stage, work: Path, closing: ExitStack) -> Launch:
        """How the harness is started behind the best wall there is; `closing` closes what it needed to start."""
        python = self._folder(environment) / "bin" / "python"
        command = [str(python), "-P", "-m", "pipeline", stage.program.name]
        readable = [str(place) for place in readable_places(python)]
        isolation = self.isolation
        inside, scratch = (INSIDE, SCRATCH) if isolation.name == "bubblewrap" else (work, str(work / "tmp"))
        variables = {
            **{name: scratch if value == SCRATCH else value for name, value in stage.program.variables.items()},
            "PYTHONPATH": str(inside / "program"),
            "TMPDIR": scratch,
            "PATH": os.defpath,
            "EDGECASK_LIMITS": json.dumps({"memory": memory_limit(), "processes": PROCESS_LIMIT}),
        }
        if isolation.name == "bubblewrap":
            (work / "passwd").write_text(bubblewrap.USERS, encoding="utf-8")
            number = bubblewrap.filter_descriptor(filter_program())
            closing.callback(os.close, number)
            command = bubblewrap.wrapped(
                command, work=work, readable=[Path(place) for place in readable], gpus=stage.program.gpus,
                seccomp=number,
            )  # fmt: skip
            return Launch(command=command, variables=variables, descriptors=(number,))
        own = [str(work / name) for name in (*bubblewrap.WRITABLE, "tmp")]
        # Whatever a GPU's driver reads and writes in /dev and /sys is not known.
        devices = ["/dev", "/sys"] if stage.program.gpus else []
        wall: dict[str, Any] = {"hide": [*SOCKET_FOLDERS], "files": None}
        if isolation.name == "landlock":
            wall["files"] = {
                "read": [*SYSTEM_PLACES, *readable, str(work)],
                "write": [*DEVICES, *devices, *own],
            }
        return Launch(command=command, variables={**variables, "EDGECASK_WALL": json.dumps(wall)}, descriptors=())


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A command, its environment variables, and the file descriptors that it reads."""

    command: list[str]
    variables: dict[str, str]
    descriptors: tuple[int, ...]


class StartedProcess:
    """A harness in a folder of its own; see Started."""

    def __init__(self, work: Path, process: subprocess.Popen[str]) -> None:
        self._work = work
        self._process = process

    def run(self, stage: Stage, destination: Path, say: OutputLine, listener: Listener | None = None) -> dict[str, Any]:
        """See Started.run."""
        work, process = self._work, self._process
        assert process.stdin is not None and process.stdout is not None
        with naming(work / "request.json"):
            (work / "request.json").write_text(json.dumps(stage.request()), encoding="utf-8")
        for name, blob in stage.inputs.items():
            link_or_copy(blob.path, work / "inputs" / name)  # a link would lead out of what the stage sees
        (work / READY_FILE).touch()
        scratch = Scratch(place=str(work.parent), advice="Free some, or set TMPDIR to a folder on another disk.")
        output = Output(say, listener)
        output.read(process.stdout, functools.partial(_fetch, work), destination)
        if process.stdin.closed and output.status is not None and output.status < 0:
            output.status = None  # the harness killed it for us
        for name in sorted(expected_files(stage)):
            source = work / "outputs" / name
            if source.is_file() and not source.is_symlink():
                shutil.move(source, destination / name)
        return read_outcome(stage, output, destination, scratch)


def _fetch(work: Path, name: str, destination: Path) -> bool:
    return copy_regular(work / name, destination)
