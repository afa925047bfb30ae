"""The lines of `edgecask plan`, and the command on the demo weights."""

import json
import os
import subprocess
import sys

import pytest
from locations import REPOSITORY
from PIL import Image

from edgecask.cli.plan import describe
from edgecask.plan.explain import Explained
from edgecask.plan.graph import Node
from edgecask.plan.program import Program


def entry(name, state, *reasons):
    node = Node(name=name, program=Program(name="compile", environment="vela"), outputs=())
    return Explained(node=node, key="k", state=state, reasons=reasons)


def test_a_line_a_node_and_one_for_all():
    assert describe(
        [
            entry("export", "stored"),
            entry("quantize", "run", "parameter gptq: False → True", "input calibration.npy"),
            entry("compile", "depends", "quantize"),
            entry("figures", "nothing"),
        ]
    ) == [
        "export    in the store",
        "quantize  to run: parameter gptq: False → True; input calibration.npy",
        "compile   depends on quantize",
        "figures   nothing to do",
        "4 stages: 1 in the store, 1 to run, 1 depend on those",
    ]


NEAREST = "--rounding=nearest"


def plan(home, *options):
    done = subprocess.run(
        [sys.executable, "-m", "edgecask", "plan", "--target=grove", "--weights=demo", "--runner=venv", *options],
        cwd=home, env={**os.environ, "EDGECASK_HOME": str(home), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_plan_runs_nothing_and_options_change_its_keys(tmp_path):
    plain, gptq = (json.loads(plan(tmp_path, "--json", *options)) for options in ((NEAREST,), (NEAREST, "--gptq")))
    keys = [{node["name"]: node["key"] for node in nodes} for nodes in (plain, gptq)]
    changed = {name for name in keys[0] if keys[0][name] != keys[1][name]}
    assert changed == {"quantize", "compile", "prefetch", "detect", "overlays", "agreement", "figures", "draw timeline"}
    assert {node["state"] for node in plain} == {"run", "depends"}
    assert not (tmp_path / "environments").exists() and not (tmp_path / "dist").exists()


def labelled(tmp_path, points, described):
    """A data set of two pictures whose one label has these keypoints."""
    for split in ("train", "val"):
        for folder in ("images", "labels"):
            (tmp_path / folder / split).mkdir(parents=True)
        Image.new("RGB", (64, 64), (90, 90, 90)).save(tmp_path / "images" / split / f"{split}.png")
        label = "0 0.5 0.5 0.5 0.5 " + "0.5 0.5 2 " * points
        (tmp_path / "labels" / split / f"{split}.txt").write_text(label + "\n")
    data = tmp_path / "data.yaml"
    data.write_text(f"train: images/train\nval: images/val\n{described}\n")
    return data


def test_a_training_comes_before_what_its_checkpoint_is_for(tmp_path):
    data = labelled(tmp_path, 17, "kpt_shape: [17, 3]\nnames: [person]")
    nodes = {node["name"]: node for node in json.loads(plan(tmp_path, "--json", f"--data={data}", "--epochs=3"))}
    assert nodes["train"]["state"] == "run" and nodes["train"]["environment"] == "train"
    assert nodes["export"]["state"] == "depends" and nodes["export"]["reasons"] == ["train"]
    assert nodes["prepare"]["state"] == "run"  # the images are there already
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("points", "described", "model"),
    [
        (17, "kpt_shape: [17, 3]\nnames: [person]", "demo/yolov8-pose-demo.yaml"),
        (0, "names: [ball]", "demo-detect/yolov8-demo.yaml"),
    ],
)
def test_a_training_from_nothing_comes_first_too(tmp_path, points, described, model):
    data, pictures = labelled(tmp_path, points, described), tmp_path / "images" / "val"
    weights = f"--weights={REPOSITORY / 'models' / model}"
    found = plan(tmp_path, "--json", f"--data={data}", "--epochs=3", weights, f"--calibration={pictures}")
    nodes = {node["name"]: node for node in json.loads(found)}
    assert nodes["train"]["state"] == "run" and nodes["export"]["reasons"] == ["train"]
