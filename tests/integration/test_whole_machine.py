"""Builds as a user types them, under conditions that a machine may have."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from locations import BOTH_RUNNERS, REPOSITORY

INVOKE = [sys.executable, "-m", "invoke", "--search-root", str(REPOSITORY)]


@pytest.fixture
def start(tmp_path):
    """Start `invoke …` in a folder of the test's own, with a store of the test's own."""

    def call(*arguments, prefix=(), folder="user"):
        (tmp_path / folder).mkdir(exist_ok=True)
        return subprocess.Popen(
            [*prefix, *INVOKE, *arguments],
            cwd=tmp_path / folder,
            env={**os.environ, "EDGECASK_STORE": str(tmp_path / "store")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return call


def finish(process) -> str:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="cutting the network needs root")
@pytest.mark.parametrize("runner", BOTH_RUNNERS)
def test_a_second_build_needs_no_network(start, runner, request, demo_builds):
    if runner == "docker":
        request.getfixturevalue("engine_or_skip")
    demo_builds(runner)  # environments are there; results are not, the store is another one
    options = (
        "--target=grove",
        "--weights=demo",
        "--imgsz=64",
        "--no-range-search",
        "--rounding=nearest",
        f"--runner={runner}",
    )
    output = finish(start("build", *options, prefix=("unshare", "--net")))
    assert "from the store" not in output
    assert "NPU time" in output


@pytest.mark.extended
@pytest.mark.parametrize("runner", ["venv", pytest.param("docker", marks=pytest.mark.campaign)])
def test_two_builds_at_once(start, runner, request, tmp_path, demo_builds):
    if runner == "docker":
        request.getfixturevalue("engine_or_skip")
    expected = demo_builds(runner)[0].manifest
    builds = [start("build", "--target=grove", "--weights=demo", f"--runner={runner}") for _ in range(2)]
    outputs = [finish(build) for build in builds]
    manifest = json.loads((tmp_path / "user" / "dist" / "grove" / "manifest.json").read_text())
    assert manifest == expected
    assert sorted(path.name for path in (tmp_path / "user" / "dist").iterdir()) == ["grove"]
    # Every stage ran in one of the two and came from the store in the other.
    for stage in ("demo data", "prepare", "export", "convert", "quantize", "compile"):
        lines = [line for output in outputs for line in output.splitlines() if line.startswith(stage)]
        assert sum("from the store" in line for line in lines) == 1, lines


def build_on_a_terminal(folder: Path) -> bytes:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*INVOKE, "build", "--target=grove", "--weights=demo", "--runner=venv", "--imgsz=64"],
        cwd=folder,
        env={**os.environ, "EDGECASK_STORE": str(folder / "store"), "TERM": "xterm-256color", "COLUMNS": "100"},
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    received = b""
    while True:
        try:
            block = os.read(controller, 65536)
        except OSError:  # how Linux reports that the other side is closed
            break
        if not block:
            break
        received += block
    assert process.wait() == 0, received.decode()
    return received


@pytest.mark.extended
def test_the_display_on_a_terminal(tmp_path, demo_builds):
    """A build on a pseudo-terminal: a live display, and at the end the figures; then the same from the store."""
    demo_builds("venv")  # environments are there
    first, second = build_on_a_terminal(tmp_path), build_on_a_terminal(tmp_path)
    for received, mark in ((first, "✔"), (second, "●")):
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", received.decode())
        assert f"{mark} demo data" in text and f"{mark} compile" in text and "NPU time" in text
        assert b"\x1b[?25l" in received  # the cursor is hidden while something moves
        assert b"\x1b[?25h" in received  # and shown again


@pytest.mark.extended
def test_locks_are_what_lock_makes(tmp_path):
    """`invoke lock` on a clean copy changes nothing, and writes nothing of this machine down."""
    copy = tmp_path / "copy"
    ignore = shutil.ignore_patterns(".venv", ".git", "dist", "*cache*")
    shutil.copytree(REPOSITORY, copy, ignore=ignore)
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "lock"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        made = Path(line)
        assert made.read_text() == (REPOSITORY / made.relative_to(copy)).read_text(), line
