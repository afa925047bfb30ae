"""A Dask worker whose tasks are stages of edgecask."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping

from edgecask.errors import EngineError
from edgecask.matrix.cluster import CONNECT_SECONDS, OWN_PAGES, quieten, require_dask, slots_here
from edgecask.matrix.cluster_address import security_of
from edgecask.matrix.resources import offer_of
from edgecask.matrix.work import Maker, use, wait_until_idle


def serve(
    address: str,
    *,
    make_execution: Maker,
    stages: int | None,
    gpus: bool,
    name: str | None,
    security: Mapping[str, str],
    insecure: bool,
    say: Callable[[str], None],
) -> None:
    """Run stages for the scheduler at `address` until it is gone or a signal asks for the end.

    Raises UsageError for an address that is none or not safe, EngineError where no scheduler answers.
    """
    require_dask()
    quieten()
    made = security_of(address, security, insecure=insecure)
    use(make_execution, tell=say)
    slots = stages or slots_here()
    asyncio.run(_serve(address, slots=slots, resources=offer_of(slots, gpus=gpus), name=name, security=made, say=say))
    wait_until_idle()


async def _serve(
    address: str,
    *,
    slots: int,
    resources: Mapping[str, float],
    name: str | None,
    security: object,
    say: Callable[[str], None],
) -> None:
    from distributed import Worker

    worker = Worker(
        address,
        nthreads=slots,
        name=name,
        resources=dict(resources),
        security=security,
        memory_limit=0,  # stages are processes of their own
        dashboard=False,
        dashboard_address=OWN_PAGES,
    )
    try:
        await asyncio.wait_for(worker, CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        await worker.close()
        raise EngineError(
            f"No Dask scheduler answers at {address} ({type(error).__name__}).",
            advice="Start one with `dask scheduler`, with the same certificates.",
        ) from error
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:  # as nohup leaves it
            loop.add_signal_handler(each, ended.set)
    say(f"working for {address}: {slots} stage{'' if slots == 1 else 's'} at once; Ctrl-C ends")
    finished = asyncio.ensure_future(worker.finished())
    await asyncio.wait([finished, asyncio.ensure_future(ended.wait())], return_when=asyncio.FIRST_COMPLETED)
    if not ended.is_set():
        say("the scheduler is gone, and this worker ends")
    await worker.close(timeout=1, executor_wait=False)
