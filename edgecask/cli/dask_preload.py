"""`dask worker … --preload edgecask.cli.dask_preload --runner=venv`: one of Dask's own workers runs stages of edgecask.

For deployers that start workers themselves: dask-jobqueue, dask-kubernetes. Where the command is
yours, `edgecask worker` does the same and checks more.
"""

from __future__ import annotations

from typing import Any

import click

from edgecask.matrix.cluster import WORKER_PATIENCE_SECONDS, memory_available
from edgecask.matrix.work import use


@click.command()
@click.option("--runner", default="auto", type=click.Choice(["auto", "docker", "venv"]))
@click.option("--require-isolation", is_flag=True)
def dask_setup(worker: Any, runner: str, require_isolation: bool) -> None:
    """Called by Dask before the worker registers: offer a stage for each of its threads, and this machine's memory."""
    from edgecask.cli.session import make_execution
    from edgecask.progress import make_display

    display = make_display()
    execution = make_execution(
        runner, display, require_isolation=require_isolation, patience_seconds=WORKER_PATIENCE_SECONDS
    )
    use(execution.apart, tell=display.note)
    slots = worker.state.nthreads
    for name, amount in {"stage": slots, "memory": memory_available(slots)}.items():
        # What `--resources` of the command line says comes first.
        worker.state.total_resources.setdefault(name, amount)
        worker.state.available_resources.setdefault(name, worker.state.total_resources[name])
