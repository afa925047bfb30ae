"""Runs toy stage programs with this Python through the real harness: the protocol without an environment."""

from __future__ import annotations

import contextlib
import sys
import threading
from pathlib import Path

from edgecask.runner.isolation import Isolation
from edgecask.runner.venv import VirtualEnvironmentRunner

# Stages of these tests tell the tests how far they are by files anywhere.
NO_WALL = Isolation(name="none", lacks=("do anything",))


class LocalRunner(VirtualEnvironmentRunner):
    """The virtual environment runner with this Python in place of an environment; counts what it runs."""

    def __init__(self, directories, *, isolation=NO_WALL):
        super().__init__(directories, isolation=isolation)
        self.ran: list[str] = []
        self._counting = threading.Lock()

    def _folder(self, environment):
        folder = self._directories.environments / "this"
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        python = folder / "bin" / "python"
        with contextlib.suppress(FileExistsError):  # by another thread, just now
            python.symlink_to(Path(sys.executable))
        return folder

    def environment_key(self, environment):
        return "local"

    def require_gpus(self):
        pass

    def is_ready(self, environment):
        return True

    def prepare(self, environment, say):
        return {"kind": "local"}

    def run(self, environment, stage, destination, say, listener=None):
        with self._counting:
            self.ran.append(stage.name)
        return super().run(environment, stage, destination, say, listener)


class LibraryRunner(LocalRunner):
    """The same with this Python's libraries: for programs that need no more than numpy and Pillow."""

    def _folder(self, environment):
        return Path(sys.prefix)
