"""The build's wall clock against the tutorial's recipe, interleaved in one run.

    .venv/bin/python benchmarks/build_time.py [--rounds=3] [--runner=venv] [--weights=FILE.pt] [--imgsz=192]

The recipe is what the wiki of the board tells people to type, with its two patches of Ultralytics applied in memory,
on the same inputs and in the very same environments: export to ONNX, `onnx2tf -oiqt` (which writes seven .tflite
files), Vela. Environments are made before the clock starts, for both. Printed: the medians, their ratios, and seconds
of processor time, which say more where the machine is not idle (what containers take cannot be seen from here).

Below that stands what each stage of a cold build takes by the clock; some run side by side.

- cold: environments ready, store empty
- fast: the same with --fast
- rebuild: nothing changed
- compile only: another vela_config.ini
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from edgecask.directories import user_directories
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.venv import VirtualEnvironmentRunner

RECIPE = REPOSITORY / "benchmarks" / "recipe.py"
PR_SET_CHILD_SUBREAPER = 36
RECIPES_ENVIRONMENTS = ("export", "convert", "vela")
VELA_OPTIONS = (
    "--config", str(REPOSITORY / "targets" / "grove" / "vela_config.ini"), "--accelerator-config", "ethos-u55-64",
    "--system-config", "My_Sys_Cfg", "--memory-mode", "My_Mem_Mode_Parent", "--optimise", "Performance",
)  # fmt: skip


def environment_pythons(names: Sequence[str] = RECIPES_ENVIRONMENTS) -> dict[str, str]:
    """The Python of environments, which are made where they are absent."""
    runner = VirtualEnvironmentRunner(user_directories())
    pythons = {}
    for name in names:
        environment = load_environment(name)
        runner.prepare(environment, print)
        pythons[name] = str(runner._folder(environment) / "bin" / "python")
    return pythons


def run_recipe(pythons: dict[str, str], weights: Path, image_size: int, *, keep: Path | None = None) -> None:
    """One run of the tutorial's recipe in a fresh folder, or in `keep`, where its files stay."""
    with contextlib.nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory() as temporary:
        quiet = {"cwd": temporary, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
        folder = Path(temporary)
        binaries = {name: Path(python).parent for name, python in pythons.items()}
        variables = {**os.environ, "YOLO_CONFIG_DIR": temporary, "PATH": f"{binaries['convert']}:{os.defpath}"}
        subprocess.run(
            [pythons["export"], str(RECIPE), "export", str(weights), str(image_size)], env=variables, **quiet
        )
        subprocess.run([pythons["convert"], str(RECIPE), "calibration", str(image_size)], env=variables, **quiet)
        subprocess.run(
            [str(binaries["convert"] / "onnx2tf"), "-i", "model.onnx", "-o", "saved_model", "-oiqt", "-cind", "images",
             "calibration.npy", "[[[[0,0,0]]]]", "[[[[1,1,1]]]]"],
            env=variables, **quiet,
        )  # fmt: skip
        subprocess.run(
            [str(binaries["vela"] / "vela"), "saved_model/model_full_integer_quant.tflite", *VELA_OPTIONS,
             "--output-dir", "vela"],
            env=variables, **quiet,
        )  # fmt: skip
        assert (folder / "vela" / "model_full_integer_quant_vela.tflite").is_file()


def run_build(
    store: Path, weights: Path, image_size: int, runner: str, repository: Path = REPOSITORY, *options: str
) -> dict[str, float]:
    """One build as a user types it; the seconds that its stages took, by their names on the display."""
    with tempfile.TemporaryDirectory() as temporary:
        ran = subprocess.run(
            [sys.executable, "-m", "invoke", "--search-root", str(repository), "build", "--target=grove",
             f"--weights={weights}", f"--imgsz={image_size}", f"--runner={runner}", *options],
            cwd=temporary, env={**os.environ, "EDGECASK_STORE": str(store)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.findall(r"^(\S.*?) +(\d+\.\d) s$", ran.stdout + ran.stderr, re.MULTILINE)
    return {name: float(seconds) for name, seconds in found}


def processor_seconds() -> float:
    """What all processes that were started and have ended here took of the processor."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def adopt_orphans() -> None:
    """Make this process the parent of what a command leaves behind: bubblewrap does not wait for what it started."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans() -> None:
    """Return when all of them have ended, so that their seconds are known."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def clock(function: Callable[[], object]) -> tuple[float, float]:
    """Seconds that `function` takes, by the clock and of the processor."""
    started, used = time.perf_counter(), processor_seconds()
    function()
    wait_for_orphans()
    taken = time.perf_counter() - started, processor_seconds() - used
    print(f"{taken[0]:.1f} s, {taken[1]:.1f} s of the processor", file=sys.stderr, flush=True)
    return taken


def main() -> None:
    """Interleave the recipe and our builds, then print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runner", default="venv")
    parser.add_argument("--weights", type=Path, default=REPOSITORY / "models" / "demo" / "demo.pt")
    parser.add_argument("--imgsz", type=int, default=192)
    options = parser.parse_args()
    weights = options.weights.resolve()
    pythons = environment_pythons()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as temporary:
        warm_store = Path(temporary) / "warm"
        run_build(warm_store, weights, options.imgsz, options.runner)  # makes images where the runner needs them
        times: dict[str, list[tuple[float, float]]] = {
            name: [] for name in ("recipe", "cold", "fast", "rebuild", "compile only")
        }
        parts: list[dict[str, float]] = []
        cold: list[dict[str, float]] = []
        for round_number in range(options.rounds):
            cold_store = Path(temporary) / f"cold{round_number}"
            changed = Path(temporary) / f"repository{round_number}"
            ignore = shutil.ignore_patterns(".venv", ".git", "dist", "__pycache__", ".*_cache")
            shutil.copytree(REPOSITORY, changed, ignore=ignore)
            with (changed / "targets" / "grove" / "vela_config.ini").open("a") as stream:
                stream.write(f"; round {round_number}\n")

            def build(store: Path, repository: Path = REPOSITORY, *more: str) -> Callable[[], None]:
                return lambda: parts.append(run_build(store, weights, options.imgsz, options.runner, repository, *more))

            times["recipe"].append(clock(lambda: run_recipe(pythons, weights, options.imgsz)))
            times["cold"].append(clock(build(cold_store)))
            cold.append(parts[-1])
            times["fast"].append(clock(build(Path(temporary) / f"fast{round_number}", REPOSITORY, "--fast")))
            times["rebuild"].append(clock(build(cold_store)))
            times["compile only"].append(clock(build(warm_store, changed)))
    medians = {
        name: [statistics.median(values) for values in zip(*taken, strict=True)] for name, taken in times.items()
    }
    print(
        f"{weights.name}, {options.imgsz} px, runner {options.runner}, {options.rounds} rounds, {os.cpu_count()} cores"
    )
    print("| what | median | ratio to the recipe | processor | ratio |\n|---|---|---|---|---|")
    whole, most = medians["recipe"]
    for name, (seconds, used) in medians.items():
        processor = f"{used:.2f} s | {used / most:.3f}" if name == "recipe" or options.runner == "venv" else "– | –"
        print(f"| {name} | {seconds:.2f} s | {seconds / whole:.3f} | {processor} |")
    stages = {name: statistics.median(part[name] for part in cold if name in part) for part in cold for name in part}
    print("\n| stage of a cold build | median |\n|---|---|")
    for name, seconds in stages.items():
        print(f"| {name} | {seconds:.1f} s |")


if __name__ == "__main__":
    main()
