"""A float twin of an int8 model in which some layers' activations are not rounded, in the environment `convert`.

    wide_models.py REPOSITORY INTEGER.tflite FLOAT.tflite FOLDER [VARIANTS.json]

Used by wider_activations.py. Prints the names of the layers (pipeline/noise/keypoint_damage.py) as a JSON list. With
VARIANTS, {name: {"wide": names of layers, "weights": whether the weights are those of the integer model}}, it writes
FOLDER/NAME.tflite for each: the float model with the integer model's weights, and with its codes for all activations
but those of wide layers. Outputs have their codes in any case.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from pipeline.noise.keypoint_damage import damaged, layers_of
from pipeline.shared.tflite_graph import Graph

integer, floating = (Path(name).read_bytes() for name in sys.argv[2:4])
layers = layers_of(Graph.read(integer), Graph.read(floating))
outputs = set(Graph.read(floating).outputs().values())
variants = json.loads(Path(sys.argv[5]).read_text()) if len(sys.argv) > 5 else {}
for name, variant in variants.items():
    constants, ranges = {}, {}
    for layer in layers:
        constants |= layer.constants if variant["weights"] else {}
        wide = layer.name in variant["wide"]
        ranges |= {tensor: limits for tensor, limits in layer.ranges.items() if not wide or tensor in outputs}
    (Path(sys.argv[4]) / f"{name}.tflite").write_bytes(damaged(floating, constants, ranges))
print(json.dumps([layer.name for layer in layers]))
