"""In the environment `convert`: compare_float.py MODEL REFERENCE prints how far a float model is from PyTorch, as JSON.

{output: [its shape, largest difference, largest value of PyTorch's]}.
"""

import json
import sys

import numpy
import tensorflow

runner = tensorflow.lite.Interpreter(sys.argv[1]).get_signature_runner()
found = {}
with numpy.load(sys.argv[2]) as arrays:
    for name, result in runner(images=arrays["images"]).items():
        assert result.shape == arrays[name].shape, (name, result.shape, arrays[name].shape)
        largest = float(numpy.abs(arrays[name]).max())
        found[name] = [list(result.shape), float(numpy.abs(result - arrays[name]).max()), largest]
print(json.dumps(found))
