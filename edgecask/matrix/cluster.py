"""Dask clusters: one in this process, or one that somebody else runs.

Dask's words are kept: a scheduler hands tasks to workers, which have resources (resources.py).
"""

from __future__ import annotations

import contextlib
import logging
import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from edgecask import __version__
from edgecask.errors import EngineError, UsageError
from edgecask.matrix.cluster_address import LOCAL, security_of
from edgecask.matrix.resources import needs_of, require_worker_for
from edgecask.matrix.work import Done, Work, perform
from edgecask.plan.memory import slots_for

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 30
OWN_PAGES = "127.0.0.1:0"
"""Where scheduler and workers of ours serve Dask's pages: without an address they listen to every network."""
MAX_SLOTS = 256
WORKER_PATIENCE_SECONDS = 120
"""How long workers and their client try to reach the shared store, without which they are nothing to each other."""


class DaskCluster:
    """See edgecask.matrix.run.Cluster; a worker that dies loses its stage to another by Dask's own means."""

    def __init__(self, client: Client) -> None:
        from distributed import as_completed

        self._client = client
        self._address = client.scheduler.address if client.scheduler is not None else "?"
        self._completed = as_completed(loop=client.loop)
        self._futures: dict[str, Future] = {}
        self._keys: dict[str, str] = {}  # by Dask's names: a stage that is tried again has another one
        self._attempts: Counter[str] = Counter()
        self._placed: set[tuple[str, bool]] = set()  # programs that some worker can run

    def submit(self, key: str, work: Work, *, priority: int, without: str = "", by: str = "") -> None:
        """See Cluster; raises EngineError where there are workers, and none of them can run the stage."""
        others: dict[str, Any] = {}
        kind = work.program, work.gpus
        if kind not in self._placed:
            require_worker_for(work, [entry["resources"] for entry in self._workers().values()])
            self._placed.add(kind)
        if without or by:
            workers = self._workers()
            names = {address: str(entry["name"]) for address, entry in workers.items()}
            wanted = [address for address, name in names.items() if (name == by if by else name != without)]
            others = {"workers": wanted, "allow_other_workers": True} if wanted else {}
        attempt = self._attempts[key]
        self._attempts[key] += 1
        # Dask keeps figures for ever by what stands before the digest, and shows them on its pages. Another attempt has
        # another name: a key is kept until everybody has released it, and would give what it gave before.
        name = f"{work.program}-{key}{f'-{attempt}' if attempt else ''}"
        future = self._client.submit(
            perform, work, key=name, pure=True, priority=priority, resources=needs_of(work), **others
        )
        self._keys[name] = key
        self._futures[key] = future
        self._completed.add(future)

    def done(self) -> Iterator[tuple[str, Done]]:
        """See Cluster. `as_completed` goes on as long as something was added while it was iterated."""
        for future in self._completed:
            key = self._keys.pop(future.key)
            if self._futures.get(key) is not future:
                continue  # cancelled, or tried again since
            del self._futures[key]
            yield key, self._outcome(future)

    def _outcome(self, future: Future) -> Done:
        """What came of a stage; raises EngineError where the scheduler is gone, and all stages with it."""
        from distributed import KilledWorker
        from distributed.comm import CommClosedError
        from distributed.scheduler import NoValidWorkerError

        try:
            done: Done = future.result()
        except (CancelledError, CommClosedError) as error:  # the second where it goes while the outcome is fetched
            raise EngineError(
                f"The scheduler at {self._address} is gone.",
                advice="What is done is in the store: start it and its workers again, and give the same command.",
            ) from error
        except KilledWorker:
            # Also where the stage was only waiting on each of several workers that died of something else.
            return Done(
                kind="stage-stopped",
                message="Several workers died while they had this stage.",
                advice="Look at the workers' logs: it may need more memory than they have.",
            )
        except NoValidWorkerError:  # the scheduler's own `no-workers-timeout`
            return Done(
                kind="stage-stopped",
                message="A stage has waited for a worker that can run it for as long as the scheduler allows.",
                advice="Start one, with --gpus where the stage needs that, and give the same command.",
            )
        except Exception as error:  # whatever Dask raises
            # Such as a result that cannot travel.
            return Done(
                kind="stage",
                message=f"The cluster lost a stage ({type(error).__name__}: {str(error).splitlines()[0][:200]}).",
                advice="Look at the workers' logs; what is done is in the store, and the same command goes on from it.",
            )
        return done

    def cancel(self, key: str) -> None:
        """See Cluster."""
        future = self._futures.pop(key, None)
        if future is not None:
            future.cancel()

    @property
    def at_once(self) -> int:
        """How many stages the workers of now run side by side."""
        return max(1, int(sum(entry["resources"].get("stage", 0) for entry in self._workers().values())))

    @property
    def has_workers(self) -> bool:
        """Whether a worker has come yet."""
        return bool(self._workers())

    def _workers(self) -> Mapping[str, Any]:
        """The workers of now by their addresses, as the scheduler describes them."""
        found: Mapping[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return found

    def close(self) -> None:
        """Cancel what is under way."""
        with contextlib.suppress(Exception):  # a scheduler that is gone cannot be told
            self._client.cancel(list(self._futures.values()), force=True)


def quieten() -> None:
    """Do without Dask's profiler: it watches threads that only wait, and fills the memory."""
    import dask

    dask.config.set({"distributed.worker.profile.enabled": False, "distributed.admin.low-level-log-length": 100})


@contextlib.contextmanager
def open_cluster(
    address: str, *, slots: int, memory_mib: int, security: Mapping[str, str], insecure: bool
) -> Iterator[Client]:
    """A Dask client for `--cluster`: local, local:4, tls://HOST:PORT or tcp://HOST:PORT.

    Raises UsageError for an address that is none or not safe, EngineError where nothing answers or where a worker has
    another edgecask.
    """
    require_dask()
    import distributed

    quieten()
    if address.partition(":")[0] == LOCAL:
        with (
            distributed.LocalCluster(
                n_workers=1,
                processes=False,
                threads_per_worker=slots,
                resources={"stage": slots, "memory": memory_mib},
                dashboard_address=OWN_PAGES,
                worker_dashboard_address=OWN_PAGES,
                memory_limit=0,  # stages are processes of their own: Dask would not see what they take
                silence_logs=50,
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client
        return
    made = security_of(address, security, insecure=insecure)
    for name in ("distributed", "distributed.client"):  # tracebacks, where a scheduler goes; Dask gives both a level
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(address, security=made, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise EngineError(
            f"No Dask scheduler answers at {address} ({type(error).__name__}).",
            advice="Start one with `dask scheduler`, or leave out --cluster.",
        ) from error
    with client:
        require_same_version(client)
        yield client


def require_dask() -> None:
    """Raise UsageError where Dask is not installed: it is an extra of the package."""
    try:
        import distributed  # noqa: F401
        import psutil  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "A matrix needs Dask, which is not installed.", advice="Install edgecask with it: edgecask[cluster]."
        ) from error


def here() -> dict[str, str]:
    """What has to be the same on client and workers, since functions travel between them."""
    import distributed

    return {
        "edgecask": __version__,
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "distributed": distributed.__version__,
    }


def require_same_version(client: Client) -> None:
    """Raise EngineError that names the scheduler or the first worker with another edgecask, Python or Dask, or none."""
    own = here()
    try:
        found = {"The scheduler": client.run_on_scheduler(here)}
        found |= {f"Worker {address}": versions for address, versions in sorted(client.run(here).items())}
    except Exception as error:  # what it cannot import there it cannot run
        raise EngineError(
            f"The scheduler or a worker cannot run edgecask ({str(error).splitlines()[0][:120]}).",
            advice="Install the same edgecask on the scheduler, on every worker and here.",
        ) from error
    for who, versions in found.items():
        for name, version in versions.items():
            if version != own[name]:
                raise EngineError(
                    f"{who} has {name} {version}, this machine {own[name]}.",
                    advice="Install the same versions on both.",
                )


def local_slots(address: str) -> int:
    """How many stages run at once by `--cluster=local[:N]`; 0 for a cluster elsewhere. Raises UsageError."""
    name, colon, number = address.partition(":")
    if name != LOCAL:
        return 0
    if not colon:
        return slots_here()
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= MAX_SLOTS):
        raise UsageError(
            f"--cluster={address[:80]} is no number of stages.", advice=f"Use local:1 to local:{MAX_SLOTS}."
        )
    return int(number)


def slots_here() -> int:
    """How many stages this machine runs at once; raises UsageError where Dask is not installed."""
    require_dask()
    import psutil

    return slots_for(psutil.virtual_memory().available >> 20, psutil.cpu_count() or 1)
