"""The demo model finds the people it was trained for, in float and as the device computes it."""

import json
import os
import re
import subprocess
import sys

from edgecask.directories import REPOSITORY


def invoke(*arguments, folder, store) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "--search-root", str(REPOSITORY), *map(str, arguments), "--runner=venv"],
        cwd=folder,
        env={**os.environ, "EDGECASK_STORE": str(store)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_finds_people_it_has_never_seen(demo_builds, session_directories, tmp_path):
    """Pictures of another seed than any it was trained with or chosen by; see models/demo/README.md."""
    model = demo_builds("venv")[0].folder / "model.tflite"
    where = {"folder": tmp_path, "store": session_directories.store}
    invoke("make-demo-data", "--output=held-out", "--count=1", "--val=120", "--seed=1", **where)
    found = json.loads(
        invoke("evaluate", "--target=grove", model, "--data=held-out/data.yaml", "--against=demo", "--json", **where)
    )
    assert found["data"]["images"] == 120 and found["data"]["people"] > 120
    assert found["float"]["AP50"] >= 0.80
    assert found["float"]["AP50"] - found["int8"]["AP50"] <= 0.02
    assert abs(found["drop"]["points"]) <= 3


def test_the_report_shows_whom_it_finds(demo_builds):
    page = (demo_builds("venv")[0].folder / "report.html").read_text()
    assert "Images held out from calibration, evenly from" in page
    for model in ("float", "int8"):
        counts = [int(count) for count in re.findall(rf"<p>{model}: (\d+) p", page)]
        assert len(counts) == 6 and sum(counts) >= 6, (model, counts)
