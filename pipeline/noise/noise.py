"""Where an integer model loses against its float twin, in the environment `convert`.

Both run on the same pictures; every tensor of the integer model that the float model has too is compared. `nsr` is the
power of the difference divided by the power of the float values, summed over pictures and elements (0.01 is a
signal-to-noise ratio of 20 dB); `added` is what the operator adds to the worst of its inputs. What goes into a SiLU is
compared by what comes out of it, and scores as the probabilities they stand for: what is lost before is no loss.

Inputs `model.tflite` (int8, not through Vela), `float.tflite`, `calibration.npy` (uint8 (N, H, W, C)); parameters
`images`, how many of them are looked at, and those of keypoint_damage.Judge. Output `noise.json`: {"outputs":
[{"name", "nsr"}], "tensors": [{"name", "operator", "shape", "scale", "low", "high", "nsr", "added"}], "keypoints": what
keypoint_damage says}, tensors in the order of the graph.
"""

from __future__ import annotations

import json
import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy
import tensorflow

from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.noise.keypoint_damage import keypoint_damage
from pipeline.shared.activations import Function, same, sigmoid, silu
from pipeline.shared.tflite_graph import Graph, Operator, interpreter_of, operator_name


class Comparison:
    """Powers of values and differences of one tensor, summed."""

    def __init__(self) -> None:
        self.power = self.noise = 0.0
        self.low, self.high = numpy.inf, -numpy.inf

    def add(self, wanted: numpy.ndarray, found: numpy.ndarray) -> None:
        """Take one picture's values, real in both."""
        exact = wanted.astype(numpy.float64)
        self.power += float((exact**2).sum())
        self.noise += float(((found - exact) ** 2).sum())
        self.low, self.high = min(self.low, float(wanted.min())), max(self.high, float(wanted.max()))

    @property
    def nsr(self) -> float:
        """Power of the difference by power of the values."""
        return self.noise / self.power if self.power else 0.0


def meanings(graph: Graph) -> dict[int, Function]:
    """What becomes of each tensor's values before anybody uses them."""
    readers = graph.readers()
    scores = {tensor for name, tensor in graph.outputs().items() if name.startswith("score")}
    found: dict[int, Function] = {}
    for tensor in range(len(graph.tensors)):
        kinds = sorted(graph.kinds[number] for number in readers.get(tensor, ()))
        handed_on = {output for number in readers.get(tensor, ()) for output in graph.operators[number].outputs}
        if kinds == sorted((Operator.LOGISTIC, Operator.MUL)):
            found[tensor] = silu
        elif kinds == [Operator.LOGISTIC] or tensor in scores or handed_on & scores:
            found[tensor] = sigmoid
        else:
            found[tensor] = same
    return found


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Compare the two models on the first pictures."""
    contents = [(INPUTS / name).read_bytes() for name in ("model.tflite", "float.tflite")]
    integer, floating = (Graph.read(content) for content in contents)
    interpreters = [interpreter_of(content) for content in contents]
    images = numpy.load(INPUTS / "calibration.npy", mmap_mode="r")[: parameters["images"]]
    # Outputs carry names of their own in both files, in whatever order.
    pairs = {ours: floating.outputs()[name] for name, ours in integer.outputs().items() if name in floating.outputs()}
    outputs = dict(pairs)
    by_name = {tensor.name: index for index, tensor in enumerate(floating.tensors)}
    made = [tensor for operator in integer.operators for tensor in operator.outputs]
    pairs |= {tensor: by_name[name] for tensor in made if (name := integer.tensors[tensor].name) in by_name}
    if not outputs:
        raise Refused("model", "The two models have no output in common.", "Pass a model and its own float twin.")
    seen = {tensor: Comparison() for tensor in pairs}
    functions = meanings(integer)
    for image in images:
        for interpreter, graph in zip(interpreters, (integer, floating), strict=True):
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], graph.stored_image(image))
            interpreter.invoke()
        for ours, theirs in pairs.items():
            function = functions[ours]
            found = integer.real(ours, interpreters[0].get_tensor(ours))
            seen[ours].add(function(interpreters[1].get_tensor(theirs)), function(found))
    rows = []
    for kind, operator in zip(integer.kinds, integer.operators, strict=True):
        before = max((seen[tensor].nsr for tensor in operator.inputs if tensor in seen), default=0.0)
        for tensor in operator.outputs:
            if tensor not in seen:
                continue
            entry, comparison = integer.tensors[tensor], seen[tensor]
            scales = entry.quantization.scale if entry.quantization is not None else None
            rows.append(
                {
                    "name": entry.name.decode("utf-8", "replace"),
                    "operator": operator_name(kind),
                    "shape": [int(side) for side in entry.shape],
                    "scale": float(scales[0]) if scales is not None else None,
                    "low": comparison.low,
                    "high": comparison.high,
                    "nsr": comparison.nsr,
                    "added": comparison.nsr - before,
                }
            )
    names = {tensor: name for name, tensor in integer.outputs().items()}
    result = {
        "outputs": [{"name": names[tensor], "nsr": seen[tensor].nsr} for tensor in outputs],
        "tensors": rows,
        "keypoints": keypoint_damage(contents[0], contents[1], images, parameters),
        "images": len(images),
    }
    (OUTPUTS / "noise.json").write_text(json.dumps(result, sort_keys=True))
    return {"images": len(images), "versions": {"tensorflow-cpu": tensorflow.__version__}}
