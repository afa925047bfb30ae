"""In an environment: compute_numbers.py MODEL.tflite prints the sha256 of what its libraries compute, as JSON.

Run on several CPUs (test_other_cpus.py). Everything is computed on one thread, as the programs do.
"""

import hashlib
import importlib.util
import json
import sys
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parents[2]))
NUMBERS = numpy.random.default_rng(0)


def numbers(*shape):
    return NUMBERS.standard_normal(shape, dtype=numpy.float32)


found = {}
left, right = numbers(96, 300), numbers(300, 80)
# Not tanh in float64, for which QEMU 7.2 gives 1e279.
for name, dtype in (("32", numpy.float32), ("64", numpy.float64)):
    one, other = left.astype(dtype), right.astype(dtype)
    found[f"numpy product {name}"] = one @ other
    found[f"numpy sums {name}"] = one.sum(0)
    found[f"numpy mean {name}"] = one.mean()
    for function in ("exp", "log", "sin", "sqrt"):
        found[f"numpy {function} {name}"] = getattr(numpy, function)(abs(one))
if importlib.util.find_spec("torch"):
    import torch

    from pipeline.heads.roots import square_root

    torch.set_num_threads(1)
    image, kernel = torch.from_numpy(numbers(1, 16, 24, 24)), torch.from_numpy(numbers(32, 16, 3, 3))
    with torch.no_grad():
        found["torch convolution"] = torch.nn.functional.conv2d(image, kernel, padding=1).numpy()
        found["torch product"] = (torch.from_numpy(left) @ torch.from_numpy(right)).numpy()
        found["torch silu"] = torch.nn.functional.silu(image).numpy()
        found["torch sums"] = image.sum((2, 3)).numpy()
        found["roots"] = square_root(abs(image)).numpy()  # not torch.sqrt, which no variable pins
if importlib.util.find_spec("tensorflow"):
    from pipeline.shared.float_network import FloatNetwork

    network = FloatNetwork(Path(sys.argv[1]).read_bytes())  # not TensorFlow Lite's interpreter, which nothing pins
    values = dict(network.computed(numbers(*network.graph.tensors[network.entry].shape)))
    found |= {f"network output {tensor}": values[tensor] for tensor in network.graph.outputs().values()}
digests = {name: hashlib.sha256(numpy.ascontiguousarray(each).tobytes()).hexdigest() for name, each in found.items()}
print(json.dumps(digests))
