import os
import resource

import pytest

from edgecask.errors import UsageError
from edgecask.runner.limits import DEFAULT_MEMORY, address_space_limit, memory_limit, require_usable_umask


def test_the_limit_of_memory(monkeypatch):
    monkeypatch.delenv("EDGECASK_STAGE_MEMORY", raising=False)
    assert memory_limit() == DEFAULT_MEMORY == 6 << 30
    monkeypatch.setenv("EDGECASK_STAGE_MEMORY", "8g")
    assert memory_limit() == 8 << 30


@pytest.mark.parametrize("text", ["abc", "0", "15m", ""])
def test_no_limit_is_no_limit(monkeypatch, text):
    monkeypatch.setenv("EDGECASK_STAGE_MEMORY", text)
    with pytest.raises(UsageError, match="no size of at least 16 MiB"):
        memory_limit()


@pytest.mark.parametrize(("mask", "usable"), [(0o022, True), (0o077, True), (0o777, False), (0o200, False)])
def test_a_umask_that_shuts_oneself_out_is_told(mask, usable):
    before = os.umask(mask)
    try:
        if usable:
            require_usable_umask()
        else:
            with pytest.raises(UsageError, match=f"umask {mask:03o}"):
                require_usable_umask()
        assert os.umask(mask) == mask
    finally:
        os.umask(before)


def test_the_limit_of_address_space(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert address_space_limit() is None
    monkeypatch.setattr(resource, "getrlimit", lambda which: (1 << 30, resource.RLIM_INFINITY))
    assert address_space_limit() == 1 << 30
