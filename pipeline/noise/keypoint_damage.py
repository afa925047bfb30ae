"""What each layer's int8 costs the keypoints, in OKS: the float network with that layer alone as the integer model has
it; used by noise.py.

A layer is a convolution with what follows until the next one: its weights and bias are exchanged for the integer
model's, and each of its tensors is rounded to the integer model's codes. What is lost is compared at the anchors of the
people that the float network is sure of, so that no suppression or threshold hides it. Losses of layers do not add up
to that of the integer model: errors cancel, and grow in what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from tensorflow.lite.python import schema_py_generated as schema

from pipeline.heads.decoders import DECODERS
from pipeline.score.labels import AREA_OF_A_BOX
from pipeline.shared.candidates import Candidates
from pipeline.shared.interpreters import tensorflow_lite
from pipeline.shared.overlap import iou
from pipeline.shared.suppression import PLAIN, suppress
from pipeline.shared.tflite_graph import MULTIPLYING, Graph, Operator

CODES = 256
LOWEST_CODE = -128
MOST_LEGACY_CODE = 127
"""Operator codes above this stand in a field of their own (schema.fbs, deprecated_builtin_code)."""


@dataclass(frozen=True, kw_only=True)
class People:
    """Whom the float network is sure of in one picture: anchors (P,), boxes (P, 4) and keypoints (P, K, 3)."""

    anchors: numpy.ndarray
    boxes: numpy.ndarray
    keypoints: numpy.ndarray
    visible: numpy.ndarray


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A convolution of the integer model and what follows: tensors of the float model, by what they become.

    `constants` are values by tensor, `ranges` the (lowest, highest) value that int8 has for a tensor.
    """

    name: str
    constants: Mapping[int, numpy.ndarray]
    ranges: Mapping[int, tuple[float, float]]


def layers_of(integer: Graph, floating: Graph) -> list[Layer]:
    """The layers of the integer model whose convolution the float model has, too, in the order of the graph."""
    by_name = {tensor.name: index for index, tensor in enumerate(floating.tensors)}
    makers = {tensor: operator for operator in floating.operators for tensor in operator.outputs}
    outputs = floating.outputs()
    same = {ours: outputs[name] for name, ours in integer.outputs().items() if name in outputs}
    found: list[Layer] = []
    for kind, operator in zip(integer.kinds, integer.operators, strict=True):
        pairs = {ours: same.get(ours, by_name.get(integer.tensors[ours].name)) for ours in operator.outputs}
        if kind in MULTIPLYING:
            (output,) = operator.outputs
            theirs = makers.get(pairs[output])
            if theirs is None or len(theirs.inputs) < len(operator.inputs):
                continue
            constants = {
                theirs.inputs[place]: real_constant(integer, operator.inputs[place])
                for place in range(1, len(operator.inputs))
                if operator.inputs[place] >= 0
            }
            name = integer.tensors[output].name.decode("utf-8", "replace")
            found.append(Layer(name=name, constants=constants, ranges={}))
        if not found:
            continue
        ranges = {
            theirs: range_of(integer, ours)
            for ours, theirs in pairs.items()
            if theirs is not None and integer.activation(ours)
        }
        found[-1] = Layer(name=found[-1].name, constants=found[-1].constants, ranges={**found[-1].ranges, **ranges})
    return found


def real_constant(graph: Graph, tensor: int) -> numpy.ndarray:
    """What a constant of the integer model stands for, as float32."""
    entry = graph.tensors[tensor]
    dtype = numpy.int8 if entry.type == schema.TensorType.INT8 else numpy.int32
    scales = numpy.asarray(entry.quantization.scale, numpy.float32)
    shape = [1] * len(entry.shape)
    if len(scales) > 1:
        shape[entry.quantization.quantizedDimension] = len(scales)
    return graph.constant(tensor, dtype).astype(numpy.float32) * scales.reshape(shape)


def range_of(graph: Graph, tensor: int) -> tuple[float, float]:
    """The values of an activation's first and last code."""
    quantization = graph.tensors[tensor].quantization
    low = (LOWEST_CODE - int(quantization.zeroPoint[0])) * float(quantization.scale[0])
    return low, low + (CODES - 1) * float(quantization.scale[0])


def damaged(content: bytes, constants: Mapping[int, numpy.ndarray], ranges: Mapping[int, tuple[float, float]]) -> bytes:
    """A float model with other constants, and tensors rounded to 256 values of a range."""
    graph = Graph.read(content)
    model, subgraph = graph.model, graph.model.subgraphs[0]
    for tensor, values in constants.items():
        model.buffers[graph.tensors[tensor].buffer].data = numpy.frombuffer(values.tobytes(), numpy.uint8)
    code = schema.OperatorCodeT()
    code.builtinCode, code.version = Operator.FAKE_QUANT, 1
    code.deprecatedBuiltinCode = min(Operator.FAKE_QUANT, MOST_LEGACY_CODE)
    model.operatorCodes.append(code)
    for tensor, (low, high) in ranges.items():
        place = next(number for number, operator in enumerate(subgraph.operators) if tensor in operator.outputs)
        made = schema.TensorT()
        made.shape, made.type, made.name = subgraph.tensors[tensor].shape, schema.TensorType.FLOAT32, b"rounded"
        subgraph.tensors.append(made)
        new = len(subgraph.tensors) - 1
        for operator in subgraph.operators[place + 1 :]:
            operator.inputs = numpy.where(numpy.asarray(operator.inputs) == tensor, new, operator.inputs)
        subgraph.outputs = [new if output == tensor else output for output in subgraph.outputs]
        for output in model.signatureDefs[0].outputs:
            output.tensorIndex = new if output.tensorIndex == tensor else output.tensorIndex
        options = schema.FakeQuantOptionsT()
        options.min, options.max, options.numBits, options.narrowRange = low, high, 8, False
        operator = schema.OperatorT()
        operator.opcodeIndex = len(model.operatorCodes) - 1
        operator.inputs, operator.outputs = [tensor], [new]
        operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.FakeQuantOptions, options
        subgraph.operators.insert(place + 1, operator)
    return graph.packed()


class Judge:
    """The people of some pictures by the float model, and what another model loses of their keypoints."""

    def __init__(self, floating: bytes, images: numpy.ndarray, parameters: dict[str, Any]) -> None:
        self._images = images
        self._decode = DECODERS[parameters["task"]][parameters["head"]]
        self._variances = (2 * numpy.array(parameters["sigmas"])) ** 2
        self._visibility = parameters["visibility"]
        self._rules = PLAIN | parameters["sure"]
        self._people = [self._sure(found) for found in self._candidates(floating)]
        self.count = sum(len(people.anchors) for people in self._people)

    def _candidates(self, content: bytes) -> list[Candidates]:
        network = tensorflow_lite(content)
        return [self._decode(network(image), network.size) for image in self._images]

    def _sure(self, found: Candidates) -> People:
        # The suppression looks at boxes and scores alone, so that keypoints may carry the number of the anchor.
        numbers = numpy.arange(len(found.scores))
        numbered = Candidates(boxes=found.boxes, scores=found.scores, keypoints=numbers)
        anchors = suppress(numbered, self._rules).keypoints
        visible = found.keypoints[anchors, :, 2] > self._visibility
        if visible.shape[1]:  # of a detection there are none, and everything counts
            anchors, visible = anchors[visible.any(1)], visible[visible.any(1)]
        return People(anchors=anchors, boxes=found.boxes[anchors], keypoints=found.keypoints[anchors], visible=visible)

    def lost(self, content: bytes) -> float:
        """Points of OKS that a model loses on average over the people; of IoU where they are boxes alone."""
        losses: list[float] = []
        for people, found in zip(self._people, self._candidates(content), strict=True):
            if not people.visible.shape[1]:
                both = zip(people.boxes, found.boxes[people.anchors], strict=True)
                losses += [100 * (1 - float(iou(box, other[None])[0])) for box, other in both]
                continue
            squared = ((found.keypoints[people.anchors, :, :2] - people.keypoints[..., :2]) ** 2).sum(-1)
            areas = AREA_OF_A_BOX * numpy.prod(people.boxes[:, 2:] - people.boxes[:, :2], axis=1)
            similar = numpy.exp(-squared / (2 * self._variances * (areas[:, None] + 1e-12))) * people.visible
            losses += (100 * (1 - similar.sum(1) / people.visible.sum(1))).tolist()
        return float(numpy.mean(losses))


def keypoint_damage(
    integer: bytes, floating: bytes, images: numpy.ndarray, parameters: dict[str, Any]
) -> dict[str, Any]:
    """{"people", "lost" by the integer model, "layers": [{"name", "lost", "weights", "activations"}]}, the worst first.

    Losses are points of OKS; what is lost by weights and by activations alone is known of the worst `split` layers.
    Nothing but {"people": 0} where the float model is sure of nobody.
    """
    judge = Judge(floating, images, parameters)
    if not judge.count:
        return {"people": 0}
    rows: list[dict[str, Any]] = []
    layers = layers_of(Graph.read(integer), Graph.read(floating))
    for layer in layers:
        rows.append({"name": layer.name, "lost": judge.lost(damaged(floating, layer.constants, layer.ranges))})
    by_name = {layer.name: layer for layer in layers}
    rows.sort(key=lambda row: (-row["lost"], row["name"]))
    for row in rows[: parameters["split"]]:
        layer = by_name[row["name"]]
        row["weights"] = judge.lost(damaged(floating, layer.constants, {}))
        row["activations"] = judge.lost(damaged(floating, {}, layer.ranges))
    return {"people": judge.count, "lost": judge.lost(integer), "layers": rounded(rows)}


def rounded(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """With the decimals that are worth writing."""
    return [
        {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()} for row in rows
    ]
