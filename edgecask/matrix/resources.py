"""What a stage takes of a worker, and what a worker on this machine offers, by Dask's word resources.

A stage takes one `stage`, its program's memory in MiB as `memory`, and one `gpu` where it needs one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgecask.errors import EngineError
from edgecask.matrix.work import Work
from edgecask.plan.memory import UNKNOWN_MIB, memory_of


def needs_of(work: Work) -> dict[str, float]:
    """What a stage takes of a worker's resources."""
    return {"stage": 1, "memory": memory_of(work.program), **({"gpu": 1} if work.gpus else {})}


def offer_of(slots: int, *, gpus: bool) -> dict[str, float]:
    """What a worker on this machine offers: so many stages at once, the free memory, and its GPU where it is asked to.

    One, however many there are: a stage is given one, and engines do not tell which.
    """
    return {"stage": slots, "memory": memory_available(slots), **({"gpu": 1} if gpus else {})}


def require_worker_for(work: Work, offers: Sequence[Mapping[str, float]]) -> None:
    """Raise EngineError where there are workers and a stage would wait for ever, since none offers what it takes."""
    needs = needs_of(work)
    if not offers or any(all(offer.get(name, 0) >= amount for name, amount in needs.items()) for offer in offers):
        return
    takes = f"{needs['memory']} MiB of memory{' and a GPU' if work.gpus else ''}"
    raise EngineError(
        f"The program {work.program} takes {takes}, which none of the cluster's workers offers ({len(offers)} there).",
        advice=f"Start one that does: `edgecask worker{' --gpus' if work.gpus else ''}`.",
    )


def memory_available(slots: int) -> int:
    """MiB for the stages of this machine: what is free, at least enough that any one of them may run."""
    import psutil

    return max(UNKNOWN_MIB, psutil.virtual_memory().available >> 20) if slots else 0
