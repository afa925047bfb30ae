"""`edgecask worker`: this machine runs stages for matrices that others start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgecask.cli.cluster_options import ClusterOptions
from edgecask.common_options import RunnerOption
from edgecask.directories import user_directories
from edgecask.errors import UsageError
from edgecask.options import option

if TYPE_CHECKING:
    from edgecask.progress import Display
    from edgecask.runner.executor import Execution


@dataclass(frozen=True, kw_only=True)
class OfferOptions(RunnerOption):
    """How a worker runs stages, and which; also of one that Dask starts itself (dask_preload.py)."""

    gpus: bool = option(False, help="take stages that need a GPU, too, one at once")

    def make_execution(self, display: Display) -> Execution:
        """What runs the stages; raises EngineError where stages cannot be given the GPU that is offered."""
        from edgecask.cli.session import make_execution
        from edgecask.matrix.cluster import WORKER_PATIENCE_SECONDS

        execution = make_execution(
            self.runner, display, require_isolation=self.require_isolation, patience_seconds=WORKER_PATIENCE_SECONDS
        )
        if self.gpus:
            execution.runner.require_gpus()
        return execution


@dataclass(frozen=True, kw_only=True)
class Worker(OfferOptions, ClusterOptions):
    """A worker of a scheduler."""

    stages: int | None = option(
        None, help="stages at once (default: by cores and free memory)", minimum=1, maximum=256, example="2"
    )
    name: str | None = option(None, help="the worker's name on the scheduler's pages", example="lab-2")


REQUEST = Worker


def run(request: Worker) -> None:
    """Work for the scheduler until it ends, or until Ctrl-C."""
    from edgecask.matrix.worker import serve
    from edgecask.progress import make_display
    from edgecask.store.in_use import in_use

    if request.cluster.partition(":")[0] == "local":
        raise UsageError("--cluster is missing.", advice="Write --cluster=tls://HOST:PORT, the scheduler's address.")
    directories = user_directories()
    display = make_display()
    request.warn(display)
    execution = request.make_execution(display)
    with in_use(directories):
        serve(
            request.cluster,
            make_execution=execution.apart,
            stages=request.stages,
            gpus=request.gpus,
            name=request.name,
            security=request.security(),
            insecure=request.insecure,
            say=display.note,
        )
