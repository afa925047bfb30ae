"""In the environment `export`: how far pipeline/rounding's network is from what describe_network.py wrote.

run_described_network.py REPOSITORY NETWORK.npz EXPECTED.npz
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import numpy
import torch

from pipeline.rounding.network import Network

torch.set_num_threads(1)
network = Network.read(Path(sys.argv[2]))
expected = numpy.load(sys.argv[3])
with torch.no_grad():
    values = network.run(torch.from_numpy(expected["images"]))
kinds = {operator["kind"] for operator in network.operators}
worst = {}
for head in network.heads:
    wanted, given = expected[str(head)], values[head].permute(0, 2, 3, 1).numpy()
    assert wanted.shape == given.shape
    worst[head] = float(numpy.abs(given - wanted).max() / max(1e-3, numpy.abs(wanted).max()))
print(json.dumps({"kinds": sorted(kinds), "worst": max(worst.values()), "heads": len(worst)}))
