"""Processes and commands of a test's own."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SMALL_MATRIX = ("matrix", "--targets=grove,xiao", "--weights=demo", "--imgsz=64", "--compress-weights=off",
                "--rounding=nearest", "--runner=venv")  # fmt: skip


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens to."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        return listener.getsockname()[1]


def output_of(*command, environment=None, cwd=None, timeout=1800) -> str:
    """What a command prints; fails with all that it said where it fails."""
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def starting() -> Iterator:
    """What starts processes, whose words go to a file; they are ended afterwards, the last first."""
    running = []

    def start(*command, log: Path, **options) -> subprocess.Popen:
        with Path(log).open("wb") as stream:
            running.append(subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, **options))
        return running[-1]

    try:
        yield start
    finally:
        for each in reversed(running):
            each.send_signal(signal.SIGTERM)
            try:
                each.wait(60)
            except subprocess.TimeoutExpired:
                each.kill()
