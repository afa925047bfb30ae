"""One stage on a worker: what travels to it, and what it does there.

Only the small description of a stage travels, and only its key comes back; files go through the store. A worker runs
nothing but programs that it has itself: their digests have to be those of the client.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edgecask.errors import EdgecaskError, EngineError, StorageError, error_of_kind
from edgecask.plan.program import Program
from edgecask.plan.stage import Stage
from edgecask.runner.executor import Execution
from edgecask.store.result import Blob

WATCH_SECONDS = 0.5
"""How long a stage may go on when nobody waits for it any more."""
MACHINE_KINDS = frozenset({"engine", "environment", "network", "storage", "stage-stopped"})
"""Failures of the machine, not of what a stage was given: the stage may be tried again, on another one."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A stage as it travels: `inputs` are sha256 and size by name, `digests` those of the program's files."""

    name: str
    program: str
    environment: str
    gpus: bool
    outputs: tuple[str, ...]
    inputs: Mapping[str, tuple[str, int]]
    parameters: Mapping[str, Any]
    digests: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Done:
    """What comes back: the result's key in the store, or the failure as it was told on the worker."""

    key: str = ""
    cached: bool = False
    seconds: float = 0.0
    worker: str = ""
    kind: str = ""
    message: str = ""
    advice: str = ""
    details: str = ""

    @property
    def error(self) -> EdgecaskError | None:
        """The failure, where it is one."""
        return error_of_kind(self.kind, self.message, advice=self.advice, details=self.details) if self.kind else None

    @property
    def may_be_tried_again(self) -> bool:
        """Whether the machine is to blame."""
        return self.kind in MACHINE_KINDS


def work_of(stage: Stage) -> Work:
    """The stage for the journey."""
    return Work(
        name=stage.name,
        program=stage.program.name,
        environment=stage.program.environment,
        gpus=stage.program.gpus,
        outputs=stage.outputs,
        inputs={name: (blob.sha256, blob.size) for name, blob in stage.inputs.items()},
        parameters=dict(stage.parameters),
        digests=stage.program.digests(),
    )


Maker = Callable[[], Execution]
_maker: list[Maker] = []
_tell: list[Callable[[str], None]] = []
_active: set[int] = set()
"""The threads that run a stage just now."""
IDLE_SECONDS = 30


def use(maker: Maker, *, tell: Callable[[str], None] = lambda line: None) -> None:
    """What this process makes its executions with: one for each stage, so that each can be stopped by itself.

    `tell` hears of every stage in one line.
    """
    _maker[:] = [maker]
    _tell[:] = [tell]


def wait_until_idle(seconds: float = IDLE_SECONDS) -> None:
    """Wait for stages in this process that have been cancelled: they remove what they made as they end."""
    deadline = time.monotonic() + seconds
    while _active and time.monotonic() < deadline:
        time.sleep(0.05)


def perform(work: Work) -> Done:
    """Run the stage here, or find its result in the store; a failure is a value, which Dask would else raise."""
    started = time.monotonic()
    _active.add(threading.get_ident())
    try:
        if not _maker:
            raise EngineError("This is a Dask worker without edgecask.", advice="Start it with `edgecask worker`.")
        execution = _maker[0]()
        stage = _stage(work, execution)
        with _watched(execution):
            result = execution.run_stage(stage)
        if not execution.store.share_result(result):
            raise StorageError(
                f"Worker {_name()} has the result of {work.name}, but cannot put it into the shared store.",
                advice="Look at the worker's log.",
            )
        done = Done(key=result.key, cached=result.cached, seconds=time.monotonic() - started, worker=_name())
    except EdgecaskError as error:
        done = Done(
            kind=error.kind,
            message=error.message,
            advice=error.advice,
            details=error.details,
            seconds=time.monotonic() - started,
            worker=_name(),
        )
    finally:
        _active.discard(threading.get_ident())
    for tell in _tell:
        tell(_line(work, done))
    return done


def _line(work: Work, done: Done) -> str:
    """What a worker's log says of a stage."""
    if done.error is not None:
        return f"failed {work.name}: {' '.join(str(done.error).split())}"
    return f"{'found' if done.cached else 'ran'} {work.name} {done.key[:12]} in {done.seconds:.1f} s"


def _stage(work: Work, execution: Execution) -> Stage:
    program = Program(name=work.program, environment=work.environment, gpus=work.gpus)
    try:
        same = program.digests() == dict(work.digests)
    except OSError:
        same = False
    if not same:
        raise EngineError(
            f"Worker {_name()} has another version of the program {work.program}.",
            advice="Install the same edgecask on every worker as on the client.",
        )
    inputs = {name: _input(execution, name, sha256, size) for name, (sha256, size) in work.inputs.items()}
    return Stage(name=work.name, program=program, outputs=work.outputs, inputs=inputs, parameters=work.parameters)


def _input(execution: Execution, name: str, sha256: str, size: int) -> Blob:
    blob = execution.store.blob(sha256)
    if blob is None or blob.size != size:
        raise StorageError(
            f"Worker {_name()} cannot find {name} ({sha256[:12]}) in its store.",
            advice="Let client and workers share a store: set EDGECASK_REMOTE_STORE for all of them.",
        )
    return blob


@contextmanager
def _watched(execution: Execution) -> Iterator[None]:
    """Stop the stage when the scheduler has forgotten it: the client left, or wants it no more."""
    from distributed import get_worker

    try:
        worker, key = get_worker(), _task_key()
    except ValueError:  # not called by Dask
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(WATCH_SECONDS):
            task = worker.state.tasks.get(key)
            if task is None or task.state in ("cancelled", "released", "forgotten"):
                execution.runner.stop()

    watcher = threading.Thread(target=watch, name="watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _task_key() -> Any:
    from distributed.worker import thread_state

    return getattr(thread_state, "key", None)


def _name() -> str:
    from distributed import get_worker

    try:
        return str(get_worker().name)
    except ValueError:
        return "here"
