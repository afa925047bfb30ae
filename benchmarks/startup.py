"""What a command costs before it does anything, and a build that has nothing to do, against an earlier commit.

    .venv/bin/python benchmarks/startup.py [--against=688c1b5] [--rounds=10] [--rebuild] [--target=xiao] [--results=N]

Both trees run in turn, on the same machine in the same minutes: the working tree, and a worktree of the commit that is
removed afterwards. Printed as a table of Markdown: medians of processor seconds (user and system, children included)
and of seconds on the clock. Processor time says more where the machine is not idle. `import invoke` is the floor: what
Invoke takes for itself before it knows of any command.

With `--rebuild` both first build a target of the demo model, each into a store of its own, uncounted; then every stage
is in the store, and what is measured is the plan, the look at the store and the package. With `--results` so many
others lie in it beside these, each with a file of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FLOOR = ("-c", "import invoke.main")
LIST = ("-m", "invoke", "--list")


def measured(words: Sequence[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of processor and of clock that Python takes for these arguments; ends the benchmark where it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True)
    after, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} in {folder} failed:\n{done.stdout}{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def table(commands: dict[str, Sequence[str]], trees: dict[str, tuple[Path, dict[str, str]]], rounds: int) -> str:
    """Every command in every tree, in turn, as a table of medians."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for command, words in commands.items():
            for tree, (folder, environment) in trees.items():
                found.setdefault((command, tree), []).append(measured(words, folder, environment))
    lines = [
        "| command | " + " | ".join(f"{tree}: processor | clock" for tree in trees) + " |",
        "|---|" + "---|---|" * len(trees),
    ]
    for command in commands:
        cells = [
            f"{statistics.median(values):.2f} s" for tree in trees for values in zip(*found[command, tree], strict=True)
        ]
        lines.append(f"| `{command}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def fill(store: Path, count: int) -> None:
    """Put results into a store that nobody asks for; written at once, since their number is what matters."""
    for number in range(count):
        name = hashlib.sha256(str(number).encode()).hexdigest()
        for kind in ("results", "blobs", "last"):
            place = store / kind / name[:2] / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(name)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", default="688c1b5", help="the earlier commit")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--rebuild", action="store_true", help="also a build with everything in the store")
    parser.add_argument("--target", default="xiao", help="of that build")
    parser.add_argument("--results", type=int, default=0, help="other results in the store")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        earlier = Path(scratch) / "earlier"
        git = ["git", "-C", str(REPOSITORY), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(earlier), arguments.against], check=True)
        try:
            # As users have it: with it set, Python would compile every module each time.
            usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
            trees = {
                name: (folder, usual | {"EDGECASK_STORE": str(Path(scratch) / f"store-{number}")})
                for number, (name, folder) in enumerate({arguments.against: earlier, "now": REPOSITORY}.items())
            }
            commands: dict[str, Sequence[str]] = {"import invoke": FLOOR, "invoke --list": LIST}
            if arguments.rebuild:
                build = ("-m", "invoke", "build", f"--target={arguments.target}", "--weights=demo", "--runner=venv")
                commands[f"invoke build --target={arguments.target}, nothing changed"] = build
                for folder, environment in trees.values():
                    measured(build, folder, environment)
                    fill(Path(environment["EDGECASK_STORE"]), arguments.results)
            table(commands, trees, 1)  # uncounted: compiled modules are there from now on
            print(table(commands, trees, arguments.rounds))
        finally:
            subprocess.run([*git, "remove", "--force", str(earlier)], check=True)


if __name__ == "__main__":
    main()
