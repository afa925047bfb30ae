"""What all tests share: folders of their own, and where the optional real inputs are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from locations import SHARED

from edgecask.directories import Directories, user_directories


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
