"""A .tflite for each convolution of a model, whose weights all have the next higher code, in the environment `convert`.

    shifted_layers.py REPOSITORY MODEL.tflite FOLDER

Used by one_step.py, and by a test. FOLDER/000.tflite and so on are written, in the order of the graph; the names of
what these convolutions give are printed as a JSON list. The highest code stays what it is.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import numpy

from pipeline.shared.tflite_graph import Graph, Operator

CONVOLUTIONS = (Operator.CONV_2D, Operator.DEPTHWISE_CONV_2D)
HIGHEST_CODE = 127

content, folder = Path(sys.argv[2]).read_bytes(), Path(sys.argv[3])
graph = Graph.read(content)
names = []
for kind, operator in zip(graph.kinds, graph.operators, strict=True):
    if kind not in CONVOLUTIONS:
        continue
    weights = int(operator.inputs[1])
    buffer = graph.model.buffers[graph.tensors[weights].buffer]
    before = buffer.data
    shifted = numpy.minimum(graph.constant(weights, numpy.int8).astype(int) + 1, HIGHEST_CODE).astype(numpy.int8)
    buffer.data = numpy.frombuffer(shifted.tobytes(), numpy.uint8)
    (folder / f"{len(names):03}.tflite").write_bytes(graph.packed())
    buffer.data = before
    names.append(graph.tensors[operator.outputs[0]].name.decode())
print(json.dumps(names))
