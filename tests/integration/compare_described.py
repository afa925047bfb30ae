"""In the environment `export`: compare_described.py REPOSITORY NETWORK.npz REFERENCE.npz prints how far a network is
from Ultralytics' own, as JSON: [largest difference, largest value] of the boxes and scores of each stride.
"""

import json
import sys
from pathlib import Path

import numpy
import torch

sys.path.insert(0, sys.argv[1])

from pipeline.heads.pose_loss import levels
from pipeline.rounding.network import Network

network = Network.read(Path(sys.argv[2]))
with numpy.load(sys.argv[3]) as arrays, torch.no_grad():
    values = network.run(torch.from_numpy(arrays["images"]) * 255)
    found = {}
    for level in levels([values[tensor] for tensor in network.heads], network.image_size):
        for kind in ("box", "score"):
            wanted = arrays[f"{kind}_s{level.stride}"]
            made = getattr(level, kind).flatten(2).transpose(1, 2).numpy()
            found[f"{kind} {level.stride}"] = [float(abs(made - wanted).max()), float(abs(wanted).max())]
print(json.dumps(found))
