"""Clients that are killed at any moment: what they leave is removed by the next command, and nothing is damaged.

The command is `edgecask make-demo-data`: one stage in an environment of 0.2 GB, in some seconds.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from locations import BOTH_RUNNERS, REPOSITORY

from edgecask.directories import user_directories
from edgecask.store.owner import is_gone

KILLS = [
    pytest.param(2, marks=pytest.mark.extended, id="two"),
    pytest.param(50, marks=pytest.mark.campaign, id="fifty"),
]
SECONDS = {"venv": 4.0, "docker": 6.0}
"""Within which a client is killed: as long as the command takes."""


class Machine:
    """Folders of a user's own, in which the command runs."""

    def __init__(self, folder: Path, runner: str) -> None:
        self.runner = runner
        self.scratch, self.home, self.output = folder / "tmp", folder / "home", folder / "data"
        self.scratch.mkdir()
        self.home.mkdir()
        ours = user_directories().home
        for name in ("wheelhouse", "base") if runner == "docker" else ("wheelhouse", "base", "environments"):
            (self.home / name).symlink_to(ours / name)

    def begin(self, seed: int) -> subprocess.Popen[str]:
        # Another seed is another stage, so that something runs each time.
        command = [sys.executable, "-m", "edgecask", "make-demo-data", f"--runner={self.runner}", f"--seed={seed}"]
        variables = {"TMPDIR": str(self.scratch), "EDGECASK_HOME": str(self.home)}
        return subprocess.Popen(
            [*command, "--count=2", "--val=1", f"--output={self.output}"],
            cwd=REPOSITORY, env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def killed(self, seed: int, seconds: float) -> None:
        client = self.begin(seed)
        time.sleep(seconds)
        client.send_signal(signal.SIGKILL)
        client.communicate()

    def finish(self, seed: int) -> None:
        client = self.begin(seed)
        output, errors = client.communicate(timeout=300)
        assert client.returncode == 0, output + errors

    def left(self) -> list[Path]:
        """What lies where temporary things lie, and half-written packages and data sets."""
        places = [self.scratch, self.home / "store" / "temporary", self.output.parent]
        kept = {self.scratch, self.home, self.output}
        return [path for place in places if place.exists() for path in place.iterdir() if path not in kept]

    def at_work(self) -> list[str]:
        """Processes that have one of the folders on their command line, or work in it."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(self.scratch) in words or (process / "cwd").readlink().is_relative_to(self.scratch):
                    found.append(words)
            except OSError:
                continue
        return found


@pytest.mark.parametrize("kills", KILLS)
@pytest.mark.parametrize("runner_name", BOTH_RUNNERS)
def test_nothing_is_left_of_killed_clients(request, tmp_path, runner_name, kills):
    if runner_name == "docker":
        request.getfixturevalue("engine_or_skip")
    machine = Machine(tmp_path, runner_name)
    machine.finish(0)
    numbers = random.Random(0)
    for number in range(1, kills + 1):
        machine.killed(number, numbers.uniform(0, SECONDS[runner_name]))
    machine.finish(kills + 1)
    assert machine.left() == []
    deadline = time.monotonic() + 20
    while machine.at_work() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert machine.at_work() == []
    if runner_name == "docker":
        from docker.errors import NotFound

        from edgecask.runner.container import engine
        from edgecask.runner.container.runner import CLIENT_LABEL

        client = engine.connect()
        dead = []
        for container in client.containers.list(all=True, filters={"label": CLIENT_LABEL}, ignore_removed=True):
            try:
                if is_gone(container.labels[CLIENT_LABEL]):
                    dead.append((container.name, container.status))
            except (ValueError, NotFound):
                continue
        assert dead == []


@pytest.mark.parametrize("kills", KILLS)
def test_an_environment_that_was_being_made_heals(tmp_path, kills):
    machine = Machine(tmp_path, "venv")
    (machine.home / "environments").unlink()
    numbers = random.Random(1)
    for number in range(kills):
        machine.killed(number, numbers.uniform(0.5, 8))
        # Made anew each time: whole environments stay.
        for path in (machine.home / "environments").glob("evaluate-*"):
            shutil.rmtree(path)
    machine.finish(kills)
    assert machine.left() == []
    assert [path.name.split("-")[0] for path in (machine.home / "environments").iterdir()] == ["evaluate"]
