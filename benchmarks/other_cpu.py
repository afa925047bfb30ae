"""Whether a build gives the same bytes on another CPU: its programs again, here and on a CPU that QEMU emulates.

    python benchmarks/other_cpu.py [--cpu=Haswell] [--target=grove] [--imgsz=96] [--rounding=nearest] [--only=PROGRAM]
        [--pinned]

Numerical libraries choose their kernels by what the CPU says of itself. QEMU's user mode (`apt-get install qemu-user`)
answers as another CPU and computes what the instructions say, so libraries that cannot be told from outside choose as
they would there. Every program of a build of the demo model gets what it got in the build, four times: here and there,
with the variables that pin kernels (CPU_PINS in edgecask/plan/program.py) and without; with --pinned twice. Printed is
a table of Markdown with the files that differ; the exit code is 1 where any does in spite of the pins. An hour or so:
emulated stages take twenty times as long.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edgecask.build import plan_build
from edgecask.build_request import BuildRequest
from edgecask.directories import Directories, user_directories
from edgecask.files import sha256_file
from edgecask.plan.graph import Node, Results
from edgecask.plan.program import CPU_PINS, SCRATCH
from edgecask.plan.stage import Stage
from edgecask.progress import PlainDisplay
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.executor import Execution
from edgecask.runner.isolation import Isolation
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.store import Store

SECONDS = 3600


def built(request: BuildRequest, directories: Directories) -> tuple[Results, list[Node], VirtualEnvironmentRunner]:
    """A build's results, and its nodes, without the package."""
    runner = VirtualEnvironmentRunner(directories, isolation=Isolation(name="none", lacks=("do anything",)))
    display = PlainDisplay()
    store = Store(directories.store)
    plan = plan_build(request, directories=directories, warn=display.warn, store=store)
    results = Execution(directories=directories, store=store, runner=runner, display=display).run_graph(plan.graph)
    return results, list(plan.graph.nodes), runner


def outputs_of(stage: Stage, python: Path, *, before: tuple[str, ...], without: tuple[str, ...]) -> dict[str, str]:
    """Run a stage's program on its inputs, which it could write to; the sha256 of its outputs by name, or what it died
    of.
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in ("program", "inputs", "outputs", "published", "own", "tmp"):
            (work / name).mkdir()
        for name, path in stage.program.files.items():
            copy = work / "program" / "pipeline" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        for name, blob in stage.inputs.items():
            shutil.copyfile(blob.path, work / "inputs" / name)
        (work / "request.json").write_text(json.dumps(stage.request()))
        (work / "ready").touch()
        scratch = str(work / "tmp")
        variables = {
            name: scratch if value == SCRATCH else value
            for name, value in stage.program.variables.items()
            if name not in without
        }
        done = subprocess.run(
            [*before, str(python), "-P", "-m", "pipeline", "--stage", stage.program.name], cwd=work,
            env={**variables, "PYTHONPATH": str(work / "program"), "TMPDIR": scratch, "PATH": os.defpath},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS,
        )  # fmt: skip
        if done.returncode:
            return {"died": (done.stdout.strip().splitlines() or ["?"])[-1][:80]}
        changed = [name for name, blob in stage.inputs.items() if sha256_file(work / "inputs" / name) != blob.sha256]
        if changed:
            return {"died": f"it wrote into its input {changed[0]}"}
        return {name: sha256_file(work / "outputs" / name) for name in stage.outputs}


def difference(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """The files that differ, or `the same`."""
    for found in (one, other):
        if "died" in found:
            return f"died: {found['died']}"
    return ", ".join(sorted(name for name in one if one[name] != other.get(name))) or "the same"


def main() -> int:
    """Build, run every program again, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", default="Haswell", help="as `qemu-x86_64 -cpu help` names it")
    parser.add_argument("--target", default="grove")
    parser.add_argument("--imgsz", type=int, default=96)
    parser.add_argument("--rounding", default="nearest")
    parser.add_argument("--only", default="", help="programs, with commas between")
    parser.add_argument("--pinned", action="store_true", help="leave out the runs without pins")
    arguments = parser.parse_args()
    emulator = shutil.which("qemu-x86_64")
    if emulator is None:
        raise SystemExit("qemu-x86_64 is not installed: apt-get install qemu-user")
    there = (emulator, "-cpu", arguments.cpu)
    with tempfile.TemporaryDirectory() as folder:
        directories = Directories(home=user_directories().home, store=Path(folder) / "store")
        request = BuildRequest(
            target=arguments.target, weights="demo", image_size=arguments.imgsz, rounding=arguments.rounding,
            output=Path(folder) / "dist",
        )  # fmt: skip
        results, nodes, runner = built(request, directories)
        print(f"\n| program | here and {arguments.cpu}, without pins | with pins | seconds here, there |")
        print("|---|---|---|---|")
        failed, seen = False, set()
        for node in nodes:
            if node.name not in results or node.program.name in seen:
                continue
            if arguments.only and node.program.name not in arguments.only.split(","):
                continue
            seen.add(node.program.name)
            stage = results.stage(node.name)
            python = runner._folder(load_environment(node.program.environment)) / "bin" / "python"
            found, took = {}, {}
            for place, emulated in (("here", ()), ("there", there)):
                for pins, without in (("pinned", ()), ("free", tuple(CPU_PINS)))[: 1 if arguments.pinned else 2]:
                    began = time.monotonic()
                    found[place, pins] = outputs_of(stage, python, before=emulated, without=without)
                    took[place] = time.monotonic() - began
            pinned = difference(found["here", "pinned"], found["there", "pinned"])
            free = "–" if arguments.pinned else difference(found["here", "free"], found["there", "free"])
            before = {name: blob.sha256 for name, blob in results[node.name].outputs.items()}
            if difference(before, found["here", "pinned"]) != "the same":
                pinned += " (and here it differs from the build)"
            failed |= pinned != "the same"
            print(
                f"| `{node.program.name}` | {free} | {pinned} | {took['here']:.0f}, {took['there']:.0f} |", flush=True
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
