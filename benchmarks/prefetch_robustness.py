"""What prefetching gains on a chip that is not as Vela says: both files of packages, with flash and kernels off.

    .venv/bin/python benchmarks/prefetch_robustness.py dist/grove [dist/grove-himax …]

The files stay as they are, with the order that was chosen for the chip as configured; what changes is how long their
transfers and kernels take on the event timeline (pipeline/npu/event_timeline.py). Nothing is measured on hardware.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from build_time import environment_pythons

from edgecask.package.manifest import MANIFEST

SCRIPT = REPOSITORY / "benchmarks" / "off_clocks.py"


def totals(python: str, model: Path) -> dict[str, list[float]]:
    """Milliseconds by what is other about the chip: one, or one for each draw of a random error."""
    ran = subprocess.run([python, SCRIPT, REPOSITORY, model], capture_output=True, text=True, check=True)
    found: dict[str, list[float]] = json.loads(ran.stdout)
    return found


def rows(own: dict[str, list[float]], ahead: dict[str, list[float]]) -> list[str]:
    """A row a chip: both times (the mean of several), and the change; the worst of several."""
    lines = []
    for name, times in own.items():
        changes = [100 * (there / here - 1) for here, there in zip(times, ahead[name], strict=True)]
        mine, theirs = (sum(each) / len(each) for each in (times, ahead[name]))
        worst = f"{max(changes):+.1f} %" if len(changes) > 1 else ""
        lines.append(f"| {name} | {mine:.1f} ms | {theirs:.1f} ms | {100 * (theirs / mine - 1):+.1f} % | {worst} |")
    return lines


def main() -> None:
    """Print a table for each package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="+", type=Path)
    options = parser.parse_args()
    python = environment_pythons()["vela"]
    for package in options.packages:
        manifest = json.loads((package / MANIFEST).read_text())
        files = [package / manifest[key]["file"] for key in ("model", "prefetch")]
        own, ahead = (totals(python, file) for file in files)
        print(f"\n{package}, {manifest['imgsz']} pixels\n")
        print("| chip | Vela's own order | weights brought ahead | change | worst |\n|---|---|---|---|---|")
        print("\n".join(rows(own, ahead)), flush=True)


if __name__ == "__main__":
    main()
