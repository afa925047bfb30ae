"""A float network as a file that needs no TensorFlow to read: network.npz; used by quantize.py.

Its reader is pipeline/rounding/network.py. `description` is JSON: `operators`, for each operator that leads to the
head's convolutions its `kind`, `inputs` and `outputs` (numbers of tensors) and what its kernel needs to know; `heads`,
the tensors that the head's convolutions give, before anything is decoded; `input` and `image_size`, the input's tensor
and side. Of the integer model it has `inputs`, those of its convolutions with their scales, `keypoint_scale`, that of
its output `keypoints` (null where it has none), and `activations`, its tensors by the ranges they share. `weights_N`
(O, I, H, W) and `bias_N` (O,) belong to the N-th convolution, counted as conv_layers.layers counts them; the N-th
depthwise one has `depthwise_N` (C, 1, H, W) and `depthwise-bias_N` (C,), a fully connected layer `dense_N` (O, I) and
`dense-bias_N` (O,), each counted by itself.

Tensors of four axes are (1, H, W, C), the first of which stands for as many images as there are; what has fewer axes
has as many times its rows.
"""

from __future__ import annotations

import io
import json
from typing import Any

import numpy

from pipeline.shared.arrays import save_arrays
from pipeline.shared.tflite_graph import Graph, Operator, operator_name

KINDS = {
    Operator.ADD: "add", Operator.CONCATENATION: "concatenation", Operator.CONV_2D: "convolution",
    Operator.DEPTHWISE_CONV_2D: "depthwise", Operator.FULLY_CONNECTED: "dense", Operator.LOGISTIC: "logistic",
    Operator.MAX_POOL_2D: "max_pool", Operator.MUL: "multiply", Operator.PAD: "pad", Operator.RELU: "relu",
    Operator.RELU6: "relu6", Operator.RESHAPE: "reshape", Operator.RESIZE_NEAREST_NEIGHBOR: "resize",
    Operator.SOFTMAX: "softmax", Operator.SPLIT: "split", Operator.SPLIT_V: "split",
}  # fmt: skip
ACTIVATIONS = {0: None, 1: "relu", 3: "relu6"}
FIXED_RANGES = {Operator.LOGISTIC, Operator.SOFTMAX}
SAME = 0
CHANNEL_AXIS = 3
AXES = 4
WITH_CONSTANTS = {
    Operator.CONV_2D: "weights",
    Operator.DEPTHWISE_CONV_2D: "depthwise",
    Operator.FULLY_CONNECTED: "dense",
}
"""What the file calls the weights of an operator."""


def convolutions_of_the_head(graph: Graph) -> list[int]:
    """The convolutions from which the outputs are computed by nothing but reshaping and decoding, by operator."""
    made = {int(tensor): number for number, operator in enumerate(graph.operators) for tensor in operator.outputs}
    waiting, found, seen = list(graph.outputs().values()), set(), set()
    while waiting:
        number = made.get(int(waiting.pop()))
        if number is None or number in seen:
            continue
        seen.add(number)
        if graph.kinds[number] == Operator.CONV_2D:
            found.add(number)
        else:
            waiting += [int(tensor) for tensor in graph.operators[number].inputs]
    return sorted(found)


def leading_to(graph: Graph, operators: list[int]) -> list[int]:
    """The operators that others need, and those themselves, in the order in which they run."""
    made = {int(tensor): number for number, operator in enumerate(graph.operators) for tensor in operator.outputs}
    waiting, found = list(operators), set()
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [made[int(t)] for t in graph.operators[number].inputs if int(t) in made]
    return sorted(found)


def attributes(graph: Graph, number: int) -> dict[str, Any]:
    """What the kernel of an operator needs to know beside its inputs; raises ValueError for what is not known here."""
    operator, kind = graph.operators[number], graph.kinds[number]
    options = operator.builtinOptions
    activation = getattr(options, "fusedActivationFunction", 0)
    if kind not in KINDS or activation not in ACTIVATIONS:
        raise ValueError(f"operators {operator_name(kind)}")
    constant = [int(t) for t in operator.inputs[:2] if graph.model.buffers[graph.tensors[t].buffer].data is not None]
    if kind in (Operator.ADD, Operator.MUL, Operator.CONCATENATION) and constant:
        raise ValueError("constants that are added, multiplied or concatenated")
    convolution = kind in (Operator.CONV_2D, Operator.DEPTHWISE_CONV_2D)
    if convolution and (options.dilationHFactor, options.dilationWFactor) != (1, 1):
        raise ValueError("dilated convolutions")
    if kind == Operator.DEPTHWISE_CONV_2D and options.depthMultiplier != 1:
        raise ValueError("depthwise convolutions with more outputs than inputs")
    if kind == Operator.SOFTMAX and options.beta != 1:
        raise ValueError("a softmax that is sharper than e")
    found: dict[str, Any] = {"activation": ACTIVATIONS[activation]} if activation else {}
    if convolution or kind == Operator.MAX_POOL_2D:
        found |= {"strides": [options.strideH, options.strideW], "same": options.padding == SAME}
    if kind == Operator.MAX_POOL_2D:
        found["window"] = [options.filterHeight, options.filterWidth]
    if kind == Operator.PAD:
        pads = graph.constant(operator.inputs[1], numpy.int32).reshape(-1, 2).tolist()
        found["pads"] = pads[1:CHANNEL_AXIS]
    if kind in (Operator.SPLIT, Operator.SPLIT_V):
        source, axis = (operator.inputs[number] for number in ((1, 0) if kind == Operator.SPLIT else (0, 2)))
        found["axis"] = _axis(graph, source, int(graph.constant(axis, numpy.int32).ravel()[0]))
        found["sizes"] = [int(graph.tensors[tensor].shape[found["axis"]]) for tensor in operator.outputs]
    if kind == Operator.CONCATENATION:
        found["axis"] = _axis(graph, operator.inputs[0], options.axis)
    if kind == Operator.SOFTMAX:
        found["axis"] = _axis(graph, operator.inputs[0], -1)
    if kind in (Operator.FULLY_CONNECTED, Operator.RESHAPE):
        found["shape"] = [int(side) for side in graph.tensors[operator.outputs[0]].shape]
    if kind == Operator.RESIZE_NEAREST_NEIGHBOR:
        size = graph.constant(operator.inputs[1], numpy.int32).ravel()
        found["size"] = size.tolist()
    return found


def _axis(graph: Graph, tensor: int, axis: int) -> int:
    """An axis of a tensor of four, counted from its start, and not that of the images."""
    axis = axis % AXES
    if len(graph.tensors[tensor].shape) != AXES or axis == 0:
        raise ValueError("parts of other things than maps")
    return axis


def _constants(graph: Graph, number: int, kind: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The weights of an operator as network.npz has them, and its bias."""
    inputs = graph.operators[number].inputs
    weights = graph.constant(inputs[1], numpy.float32)
    if kind == Operator.CONV_2D:
        weights = weights.transpose(0, 3, 1, 2)
    elif kind == Operator.DEPTHWISE_CONV_2D:
        weights = weights.transpose(3, 0, 1, 2)
    bias = graph.constant(inputs[2], numpy.float32) if len(inputs) > 2 and inputs[2] >= 0 else None
    return weights, numpy.zeros(len(weights), numpy.float32) if bias is None else bias


def activations(graph: Graph, integer: Graph) -> list[dict[str, Any]]:
    """The integer model's groups of tensors whose range may be another, with the float network's tensors in them.

    Left out are the input and the outputs, whose ranges others choose or firmwares want, and what has to be as it is: a
    sigmoid is 1/256 fine.
    """
    by_name = {tensor.name: number for number, tensor in enumerate(graph.tensors)}
    made = integer.made_by()
    fixed = {int(integer.model.subgraphs[0].inputs[0]), *integer.stored_outputs().values()}
    found = []
    for members in integer.sharing().values():
        tensors = sorted({by_name[name] for name in (integer.tensors[m].name for m in members) if name in by_name})
        if not tensors or fixed & set(members) or any(made.get(m) in FIXED_RANGES for m in members):
            continue
        quantization = integer.tensors[members[0]].quantization
        found.append(
            {
                "members": [int(member) for member in members],
                "tensors": tensors,
                "scale": float(quantization.scale[0]),
                "zero_point": int(quantization.zeroPoint[0]),
            }
        )
    return found


def unknown(graph: Graph, integer: Graph) -> str:
    """Why `describe` cannot describe a network; nothing where it can."""
    try:
        describe(graph, integer)
    except ValueError as error:
        return str(error)
    return ""


def describe(graph: Graph, integer: Graph) -> bytes:
    """The float network of `graph` as network.npz, whose integer model is `integer`.

    Raises ValueError for a network with operators that are not known here.
    """
    heads = convolutions_of_the_head(graph)
    numbers = {
        number: index
        for sort in WITH_CONSTANTS
        for index, number in enumerate(number for number, kind in enumerate(graph.kinds) if kind == sort)
    }
    arrays: dict[str, Any] = {}
    operators = []
    for number in leading_to(graph, heads):
        operator, kind = graph.operators[number], graph.kinds[number]
        described = {"kind": KINDS.get(kind), **attributes(graph, number)}
        given = [int(tensor) for tensor in operator.inputs if tensor >= 0]  # a bias may be missing
        computed = [t for t in given if graph.model.buffers[graph.tensors[t].buffer].data is None]
        described |= {"inputs": computed, "outputs": [int(tensor) for tensor in operator.outputs]}
        if kind in WITH_CONSTANTS:
            described["number"], name = numbers[number], WITH_CONSTANTS[kind]
            bias = "bias" if kind == Operator.CONV_2D else f"{name}-bias"
            weights = _constants(graph, number, kind)
            arrays |= zip((f"{each}_{numbers[number]}" for each in (name, bias)), weights, strict=True)
        operators.append(described)
    entry = int(graph.model.subgraphs[0].inputs[0])
    keypoints = integer.stored_outputs().get("keypoints")
    scale = None if keypoints is None else float(integer.tensors[keypoints].quantization.scale[0])
    kinds = zip(integer.kinds, integer.operators, strict=True)
    sources = [int(operator.inputs[0]) for kind, operator in kinds if kind == Operator.CONV_2D]
    whole = {
        "operators": operators,
        "input": entry,
        "image_size": int(graph.tensors[entry].shape[1]),
        "keypoint_scale": scale,
        "inputs": [[source, float(integer.tensors[source].quantization.scale[0])] for source in sources],
        "activations": activations(graph, integer),
        "heads": [int(graph.operators[number].outputs[0]) for number in heads],
    }
    written = io.BytesIO()
    save_arrays(written, {"description": numpy.frombuffer(json.dumps(whole).encode(), numpy.uint8), **arrays})
    return written.getvalue()
