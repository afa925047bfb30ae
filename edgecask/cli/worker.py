"""`edgecask worker`: this machine runs stages for matrices that others start."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.cli.matrix import ClusterOptions
from edgecask.cli.session import make_execution
from edgecask.common_options import RunnerOption
from edgecask.directories import user_directories
from edgecask.errors import UsageError
from edgecask.options import option


@dataclass(frozen=True, kw_only=True)
class Worker(RunnerOption, ClusterOptions):
    """A worker, and what it offers."""

    stages: int | None = option(
        None, help="stages at once (default: by cores and free memory)", minimum=1, maximum=256, example="2"
    )
    name: str | None = option(None, help="the worker's name on the scheduler's pages", example="lab-2")


REQUEST = Worker


def run(request: Worker) -> None:
    """Work for the scheduler until it ends, or until Ctrl-C."""
    from edgecask.matrix.cluster import WORKER_PATIENCE_SECONDS
    from edgecask.matrix.worker import serve
    from edgecask.progress import make_display
    from edgecask.store.in_use import in_use

    if request.cluster.partition(":")[0] == "local":
        raise UsageError("--cluster is missing.", advice="Write --cluster=tls://HOST:PORT, the scheduler's address.")
    directories = user_directories()
    display = make_display()
    execution = make_execution(
        request.runner,
        display,
        require_isolation=request.require_isolation,
        patience_seconds=WORKER_PATIENCE_SECONDS,
    )
    with in_use(directories):
        serve(
            request.cluster,
            make_execution=execution.apart,
            stages=request.stages,
            name=request.name,
            security=request.security(),
            insecure=request.insecure,
            say=display.note,
        )
