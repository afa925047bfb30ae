"""A checkpoint with ReLU6 in the place of every SiLU, in the environment `export`; used by device_time.py.

    relu6_twin.py WEIGHTS.pt TWIN.pt

The weights stay those that were learned with SiLU, so the twin sees nothing; what it costs on a device is what a
network costs that was trained with ReLU6 (`invoke train --activation=relu6`), but for how well its weights pack.
"""

import sys

import torch
from torch import nn

checkpoint = torch.load(sys.argv[1], map_location="cpu", weights_only=False)
for module in list(checkpoint["model"].modules()):
    for name, child in module.named_children():
        if isinstance(child, nn.SiLU):
            setattr(module, name, nn.ReLU6())
torch.save({**checkpoint, "ema": None}, sys.argv[2])
