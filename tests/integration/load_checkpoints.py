"""In the environment `export`: load_checkpoints.py FILE... prints what becomes of each, as JSON.

For each of "files" {"names": …} or {"refused": [kind, message, advice]}, "ultralytics": whether Ultralytics' own
restricted loading takes it, and "same": whether both networks compute the same; "touched": what a hostile one did.
"""

import json
import os
import sys
from pathlib import Path

os.environ["YOLO_CONFIG_DIR"] = sys.argv[1]
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from ultralytics.nn.tasks import torch_safe_load

from pipeline.harness import Refused
from pipeline.heads.pose_torch import Branches
from pipeline.shared.architecture import refuse_other_networks
from pipeline.shared.checkpoint import load_model

torch.set_num_threads(1)  # several wait for each other where other processes run
torch.manual_seed(0)
IMAGE = torch.rand(1, 3, 64, 64)


def theirs(path):
    """What Ultralytics' restricted loading makes of the file; None where it does not take it."""
    try:
        content, _ = torch_safe_load(str(path), safe_only=True)
        return computed((content.get("ema") or content["model"]).float().eval())
    except Exception:
        return None


def computed(model):
    with torch.no_grad():
        return Branches(model).eval()(IMAGE)


def ours(path):
    try:
        model = load_model(path)
        refuse_other_networks(model)
    except Refused as refusal:
        return {"refused": [refusal.failure["kind"], refusal.failure["message"], refusal.failure["advice"]]}, None
    return {"names": {str(index): name for index, name in model.names.items()}}, computed(model)


files = [Path(name) for name in sys.argv[2:]]
# Ours first: theirs lets names through for the life of the process.
loaded = {path.name: ours(path) for path in files}
touched = sorted({str(path.parent / "pwned") for path in files if (path.parent / "pwned").exists()})
results = {}
for path in files:
    result, found = loaded[path.name]
    expected = theirs(path)
    same = found is not None and expected is not None and all(map(torch.equal, found, expected))
    results[path.name] = {**result, "ultralytics": expected is not None, "same": same}
print(json.dumps({"files": results, "touched": touched}))
