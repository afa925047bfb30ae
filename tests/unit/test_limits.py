import pytest

from edgecask.errors import UsageError
from edgecask.runner.limits import DEFAULT_MEMORY, memory_limit


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
