"""What all tests share: folders of their own, and where the optional real inputs are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from locations import SHARED

from edgecask.directories import Directories, user_directories

GIBIBYTE = 1 << 30
# A test must not count on being fast, of hypothesis' either: machines are shared.
settings.register_profile("edgecask", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("edgecask")
# A build's largest stage (TensorFlow, torch) takes less; two of them may run at a time.
MEMORY_FOR_A_WORKER = 4 * GIBIBYTE
NEEDS_MORE = ("shared", "engine_or_skip")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs ../shared or a container engine is not for the newcomer's tier; before `-m` is looked at."""
    for item in items:
        if any(name in getattr(item, "fixturenames", ()) for name in NEEDS_MORE):
            item.add_marker("extended")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """As many processes as there are cores, and memory for their builds; xdist's own answer where that is unknown."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ or not hasattr(os, "sched_getaffinity"):
        return None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(len(os.sched_getaffinity(0)), memory // MEMORY_FOR_A_WORKER))


@pytest.fixture
def directories(tmp_path: Path) -> Directories:
    """Folders that no other test sees."""
    return Directories(home=tmp_path / "home", store=tmp_path / "store")


@pytest.fixture
def real_directories(tmp_path: Path) -> Directories:
    """The user's wheels, environments and images, with a store of the test's own."""
    return Directories(home=user_directories().home, store=tmp_path / "store")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real weights and photographs, which are not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (real weights and photographs)")
    return SHARED


@pytest.fixture(scope="session")
def engine_or_skip() -> None:
    """A container engine; its absence is a failure in continuous integration and a skip elsewhere."""
    from edgecask.runner.container import engine

    if not engine.answers():
        message = "no container engine answers"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
