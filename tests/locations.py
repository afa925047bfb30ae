"""Where things are for the tests, and what they run in."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"

BOTH_RUNNERS = ("venv", pytest.param("docker", marks=pytest.mark.extended))
"""For parametrize: containers are tested in .ci/run, since making the images takes minutes."""
