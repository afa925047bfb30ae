from dataclasses import replace

import pytest

from edgecask.errors import EngineError
from edgecask.matrix.resources import memory_available, needs_of, offer_of, require_worker_for
from edgecask.matrix.work import Work
from edgecask.plan.memory import UNKNOWN_MIB


def test_what_a_stage_takes():
    work = Work(
        name="q", program="quantize", environment="convert", gpus=True, outputs=(), inputs={}, parameters={}, digests={}
    )
    found = needs_of(work)
    assert found["stage"] == found["gpu"] == 1 and found["memory"] >= 128


def test_what_no_worker_can_run_is_said():
    plain = Work(
        name="t", program="train", environment="train", gpus=False, outputs=(), inputs={}, parameters={}, digests={}
    )
    gpu = replace(plain, gpus=True)
    require_worker_for(gpu, [])  # workers may come yet
    require_worker_for(plain, [offer_of(1, gpus=False)])
    require_worker_for(gpu, [offer_of(1, gpus=False), {**offer_of(1, gpus=False), "gpu": 1}])
    with pytest.raises(
        EngineError, match=r"train takes 4096 MiB of memory and a GPU, which none .*\(2 there\)"
    ) as raised:
        require_worker_for(gpu, [offer_of(1, gpus=False)] * 2)
    assert raised.value.advice == "Start one that does: `edgecask worker --gpus`."
    with pytest.raises(EngineError, match="none of the cluster's workers offers"):
        require_worker_for(plain, [{}])  # one of Dask's own without edgecask
    with pytest.raises(EngineError, match="4096 MiB of memory, which"):
        require_worker_for(plain, [{"stage": 2, "memory": 2048}])


def test_what_is_free_here():
    assert memory_available(1) >= UNKNOWN_MIB and memory_available(0) == 0
