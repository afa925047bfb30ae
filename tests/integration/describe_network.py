"""In the environment `convert`: a network as network.npz, and what TFLite's float kernels give before its head.

    describe_network.py REPOSITORY FLOAT.tflite INTEGER.tflite NETWORK.npz EXPECTED.npz

EXPECTED holds `images`, uint8 (N, S, S, 3), and by the number of a tensor what the convolutions of the head give for
them, (N, H, W, C).
"""

import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import numpy

from pipeline.quantize import network_description
from pipeline.shared.tflite_graph import Graph, interpreter_of

floating = Path(sys.argv[2]).read_bytes()
graph, integer = Graph.read(floating), Graph.read(Path(sys.argv[3]).read_bytes())
Path(sys.argv[4]).write_bytes(network_description.describe(graph, integer))
heads = [graph.operators[number].outputs[0] for number in network_description.convolutions_of_the_head(graph)]
interpreter = interpreter_of(floating)
(entry,) = interpreter.get_input_details()
images = numpy.random.default_rng(0).integers(0, 256, (2, *entry["shape"][1:]), dtype=numpy.uint8)
found = {str(head): [] for head in heads}
for image in images:
    interpreter.set_tensor(entry["index"], image[None] / numpy.float32(255))
    interpreter.invoke()
    for head in heads:
        found[str(head)].append(interpreter.get_tensor(head)[0])
numpy.savez(sys.argv[5], images=images, **{name: numpy.stack(values) for name, values in found.items()})
