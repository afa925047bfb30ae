"""The memory that a stage of each program takes at most: where edgecask/plan/memory.py has its figures from.

    python benchmarks/stage_memory.py build --target=grove --weights=FILE --imgsz=256 --runner=venv
    python benchmarks/stage_memory.py train --data=data.yaml --epochs=1 --runner=venv

Runs one command of edgecask with an empty store and watches the processes that it starts. Printed are MiB of resident
memory at its highest (VmHWM), the largest of each program; processes that share pages count them each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAUSE_SECONDS = 0.05
REPOSITORY = Path(__file__).resolve().parents[1]


def stage_processes() -> dict[int, str]:
    """The programs of the stages that this process' children run, by process."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"pipeline" in words and b"--stage" in words[:-1] and os.getpid() in ancestors(int(folder.name)):
                found[int(folder.name)] = words[words.index(b"--stage") + 1].decode()
    return found


def ancestors(process: int) -> list[int]:
    """The parents of a process, up to the first of all."""
    found = []
    while process > 1:
        try:
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
        found.append(process)
    return found


def highest(process: int) -> float:
    """The highest resident memory of a process so far, in MiB; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0)


def main() -> int:
    """Run the command, then print the table."""
    most: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as store:
        command = [sys.executable, "-m", "edgecask", *sys.argv[1:]]
        running = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, "EDGECASK_STORE": store})
        while running.poll() is None:
            for process, program in stage_processes().items():
                most[program] = max(most.get(program, 0), highest(process))
            time.sleep(PAUSE_SECONDS)
    for program, mebibytes in sorted(most.items()):
        print(f"{program:<16}{mebibytes:8.0f} MiB")
    return running.returncode


if __name__ == "__main__":
    sys.exit(main())
