"""Ranges of activations that lose less than smallest-to-largest; used by quantize.py.

Post-training quantisation gives every tensor the range from its smallest to its largest value on the calibration
pictures. Here a range is chosen by what it costs instead, still within a standard int8 .tflite, where only scales, zero
points and biases change:

- Before a SiLU, everything far below zero comes out as nothing: codes spent there are wasted. The range is the one with
  which the output of the SiLU is nearest to the float one.
- Elsewhere a few outliers may cost more when they are kept than when they are clipped: the smallest squared error.
- A score below the lowest that anybody asks for is as good as any other.
- Boxes and keypoints of a head count as much as they move the decoded corner or point, where a person may be: most
  anchors see background, and what they say about its limbs is never looked at.
- What is computed between the head's convolutions and the decoded output keeps the whole range.

Tensors that one operator hands on unchanged (concatenation, padding, pooling …) keep sharing one range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy
from tensorflow.lite.python import schema_py_generated as schema

from pipeline.shared.activations import Function, same, sigmoid, silu
from pipeline.shared.float_network import Network, in_parts, networks_of
from pipeline.shared.tflite_graph import HANDED_ON, Graph, Operator, bias_of

BINS = 1024
"""Four for each code of int8: a histogram is finer than whatever scale comes out of it."""
CANDIDATES = 24
"""How many positions of each end of a range are tried."""
LOWEST_PART, HIGHEST_PART = 0.04, 0.2
"""How far each end may be pulled in. Far more below zero than above: behind a SiLU nearly all of that comes out as
nothing, while what is clipped at the top is missing from what follows."""
ROUNDS = 3
"""The best place of one end depends on the other; the search is over earlier where neither moves."""
SAMPLES = 20_000
"""Values of a tensor that are looked at in one picture, spread evenly over it."""
CODES = 255
"""Steps between the lowest and the highest code of int8."""
ZERO_CODE = -128
"""The lowest code: where a range that begins at zero has its zero point."""
FLOOR_WEIGHT = 0.001
"""Of the mean weight, added to each: a picture without people still says which values there are."""
NARROWEST = 1 / 32
"""Of the range that calibration saw; less means that the tensor holds next to nothing."""
SMALLEST_SCALE = 1e-6
"""Kernels cannot rescale between much smaller ones; an untrained network has such."""
LARGEST_BIAS = 2**30
"""Half of what int32 holds: the products of a convolution are added to its bias in the same accumulator."""
LOWEST_LOGIT = -7.5
"""A score of 0.0006, below the 0.001 from which a precision-recall curve is drawn."""

# What makes and what reads a feature map: SiLU ends in MUL, a shortcut in ADD.
FEATURES = {Operator.MUL, Operator.ADD, Operator.CONV_2D, Operator.RELU6}
READERS = {Operator.CONV_2D, Operator.DEPTHWISE_CONV_2D, Operator.ADD}


Limits = tuple[float, float]
HeadWeights = Callable[[Mapping[str, numpy.ndarray], int], dict[str, numpy.ndarray]]
"""From a picture's outputs and the image size: by output how much an error of each value counts."""


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """How often values fall into equal bins: `centres` (BINS,) and `counts` (BINS,)."""

    centres: numpy.ndarray
    counts: numpy.ndarray


@dataclass(kw_only=True)
class Counter:
    """A histogram while it is made, between two limits."""

    limits: Limits
    counts: numpy.ndarray

    @classmethod
    def between(cls, limits: Limits) -> Counter:
        """An empty one."""
        return cls(limits=limits, counts=numpy.zeros(BINS))

    def add(self, values: numpy.ndarray, weights: numpy.ndarray | None = None) -> None:
        """Count values (N,), each once or by its weight; those outside the limits into the outermost bins."""
        low, high = self.limits
        bins = ((values - low) * (BINS / (high - low))).astype(numpy.int64).clip(0, BINS - 1)
        self.counts += numpy.bincount(bins, weights, BINS)

    def histogram(self) -> Histogram:
        """What was counted."""
        edges = numpy.linspace(*self.limits, BINS + 1)
        return Histogram(centres=(edges[1:] + edges[:-1]) / 2, counts=self.counts)


def observe(
    content: bytes,
    images: Sequence[numpy.ndarray],
    limits: Mapping[bytes, Limits],
    outputs: Mapping[str, Limits],
    *,
    head_weights: HeadWeights,
) -> tuple[dict[bytes, Histogram], dict[str, Histogram]]:
    """Histograms of a float model's tensors, by tensor, and of its head's outputs, by output and weighted.

    Images are (1, H, W, C). `limits` and `outputs` name what is looked at, and between which limits; `head_weights` is
    one of pipeline/heads/range_weights.py.
    """
    graph = Graph.read(content)
    computed = {*graph.made_by(), *graph.model.subgraphs[0].inputs}
    named = {
        index: tensor.name
        for index, tensor in enumerate(graph.tensors)
        if tensor.name in limits and tensor.type == schema.TensorType.FLOAT32 and index in computed
    }

    ends = graph.outputs() if outputs else {}

    def part(network: Network, images: Iterable[numpy.ndarray]) -> tuple[dict[int, Counter], dict[str, Counter]]:
        counters = {index: Counter.between(limits[name]) for index, name in named.items()}
        of_outputs = {name: Counter.between(limit) for name, limit in outputs.items()}
        for image in images:
            last: dict[int, numpy.ndarray] = {}
            for index, values in network.computed(image):
                if index in counters:
                    seen = values.ravel()
                    counters[index].add(seen[:: max(1, len(seen) // SAMPLES)])
                if index in ends.values():
                    last[index] = values
            if of_outputs:
                found = {name: last[index] for name, index in ends.items()}
                for name, weights in head_weights(found, image.shape[1]).items():
                    of_outputs[name].add(found[name].ravel(), weights.ravel() + FLOOR_WEIGHT * weights.mean())
        return counters, of_outputs

    (counters, of_outputs), *others = in_parts(networks_of(content), lambda: images, part)
    for more, more_of_outputs in others:
        for index, counter in more.items():
            counters[index].counts += counter.counts
        for name, counter in more_of_outputs.items():
            of_outputs[name].counts += counter.counts
    by_tensor = {named[index]: counter.histogram() for index, counter in counters.items()}
    return by_tensor, {name: counter.histogram() for name, counter in of_outputs.items()}


def quantization(low: float, high: float) -> tuple[float, int]:
    """Scale and zero point of the range, moved a little so that zero has a code."""
    scale = float(numpy.float32(max(high - low, 1e-12) / CODES))  # of a tensor that is always 0, too
    return scale, int(numpy.clip(round(ZERO_CODE - low / scale), -128, 127))


def cheapest(histograms: Sequence[Histogram], function: Function) -> Limits:
    """The range with the smallest squared error on what `function` makes of the values."""
    centres = numpy.concatenate([histogram.centres for histogram in histograms])
    counts = numpy.concatenate([histogram.counts for histogram in histograms])
    centres, counts = centres[counts > 0], counts[counts > 0]
    smallest, largest = min(float(centres.min()), 0.0), max(float(centres.max()), 0.0)
    wanted = function(centres)

    def best_of(limits: Sequence[Limits]) -> Limits:
        """The cheapest, the first of several; all at once, since calls cost more than what they compute."""
        scales, zero_points = numpy.array([quantization(*limit) for limit in limits]).T[:, :, None]
        codes = numpy.clip(numpy.rint(centres / scales) + zero_points, -128, 127)
        errors = (function((codes - zero_points) * scales) - wanted) ** 2  # (limits, BINS)
        costs = [float(counts @ row) for row in errors]
        return limits[costs.index(min(costs))]

    # One end, then the other, until neither moves.
    best = (smallest, largest)
    for _ in range(ROUNDS):
        before = best
        best = best_of([(low, best[1]) for low in smallest * numpy.linspace(1, LOWEST_PART, CANDIDATES)])
        best = best_of([(best[0], high) for high in largest * numpy.linspace(1, HIGHEST_PART, CANDIDATES)])
        if best == before:
            break
    return best


def limits_of(graph: Graph) -> dict[bytes, Limits]:
    """The range of every activation as it stands: from the smallest to the largest value that calibration saw."""
    found = {}
    for tensor in (number for number in range(len(graph.tensors)) if graph.activation(number)):
        quantized = graph.tensors[tensor].quantization
        scale, zero_point = float(quantized.scale[0]), int(quantized.zeroPoint[0])
        found[graph.tensors[tensor].name] = ((-128 - zero_point) * scale, (127 - zero_point) * scale)
    return found


def purpose(
    graph: Graph, members: Sequence[int], readers: Mapping[int, Sequence[int]], outputs: set[int]
) -> Function | None:
    """What becomes of the values of tensors that share a range; None where the range has to stay as it is."""
    kinds = {tensor: sorted(graph.kinds[number] for number in readers.get(tensor, ())) for tensor in members}
    if len(members) == 1 and kinds[members[0]] == sorted((Operator.LOGISTIC, Operator.MUL)):
        return silu
    if len(members) == 1 and kinds[members[0]] == [Operator.LOGISTIC]:
        return sigmoid
    made = graph.made_by()
    features = all(
        tensor not in outputs
        and made.get(tensor) in FEATURES | HANDED_ON
        and kinds[tensor]
        and set(kinds[tensor]) <= READERS | HANDED_ON
        for tensor in members
    )
    return same if features else None


def choose(
    graph: Graph, observed: Mapping[bytes, Histogram], of_outputs: Mapping[str, Histogram]
) -> dict[int, tuple[float, int]]:
    """The new (scale, zero point) of every tensor whose range is worth changing; see observe."""
    readers = graph.readers()
    names = {tensor: name for name, tensor in graph.stored_outputs().items()}
    chosen: dict[int, tuple[float, int]] = {}
    for members in graph.sharing().values():
        histograms = [observed[name] for tensor in members if (name := graph.tensors[tensor].name) in observed]
        named = [name for tensor in members if (name := names.get(tensor, "")) in of_outputs]
        function = purpose(graph, members, readers, set(names))
        if any(name.startswith("score") for name in named):
            low, high = (end(float(end(h.centres)) for h in histograms) for end in (min, max))
            low, high = max(low, LOWEST_LOGIT), max(high, 0.0)
        elif named:
            low, high = cheapest([of_outputs[name] for name in named], same)
        elif histograms and function is not None:
            low, high = cheapest(histograms, function)
        else:
            continue
        scale, zero_point = quantization(low, high)
        if fits(graph, members, readers, scale):
            chosen |= dict.fromkeys(members, (scale, zero_point))
    return chosen


def degenerate(graph: Graph) -> bool:
    """Whether activations are so near to nothing that TFLite's kernels abort, as an untrained network's may be."""
    scales = [graph.tensors[t].quantization.scale[0] for t in range(len(graph.tensors)) if graph.activation(t)]
    return min(scales, default=1.0) < SMALLEST_SCALE


def added_beyond_reach(graph: Graph) -> bool:
    """Whether a sum's range is so much narrower than its parts' that TFLite's kernels end the process.

    They hold parts of 8 bits shifted by 20, times 2 · (the widest part's scale) / (2²⁰ · the sum's scale), which has to
    be less than 1 (tensorflow/lite/kernels/add.cc and sub.cc: QuantizeMultiplierSmallerThanOneExp). Only a network that
    gives the same for every picture has sums that cancel so.
    """
    for kind, operator in zip(graph.kinds, graph.operators, strict=True):
        if kind in (Operator.ADD, Operator.SUB) and graph.activation(operator.outputs[0]):
            parts = [graph.tensors[tensor].quantization.scale[0] for tensor in operator.inputs]
            if 2 * max(parts) >= 2**20 * graph.tensors[operator.outputs[0]].quantization.scale[0]:
                return True
    return False


def fits(graph: Graph, members: Sequence[int], readers: Mapping[int, Sequence[int]], scale: float) -> bool:
    """Whether the range is no caricature of the one before, and the biases of what reads it still have codes."""
    ratio = scale / float(graph.tensors[members[0]].quantization.scale[0])
    if ratio < NARROWEST or scale < SMALLEST_SCALE:
        return False
    for operator in {number for tensor in members for number in readers.get(tensor, ())}:
        bias = bias_of(graph, operator)
        if (
            bias is not None
            and numpy.abs(graph.constant(bias, numpy.int32).astype(numpy.float64)).max() / ratio > LARGEST_BIAS
        ):
            return False
    return True


def apply(graph: Graph, chosen: Mapping[int, tuple[float, int]]) -> None:
    """Write the ranges into the model, and the biases of what reads them: their scale is input times weights."""
    before = {tensor: float(graph.tensors[tensor].quantization.scale[0]) for tensor in chosen}
    for tensor, (scale, zero_point) in chosen.items():
        entry = graph.tensors[tensor].quantization
        entry.scale, entry.zeroPoint = [scale], [zero_point]
        entry.min = entry.max = None
    done: set[int] = set()
    for number, operator in enumerate(graph.operators):
        source, bias = operator.inputs[0] if len(operator.inputs) else -1, bias_of(graph, number)
        if source not in chosen or bias is None or bias in done:
            continue
        done.add(bias)
        ratio = chosen[source][0] / before[source]
        entry = graph.tensors[bias]
        buffer = graph.model.buffers[entry.buffer]
        values = graph.constant(bias, numpy.int32)
        buffer.data = numpy.frombuffer(numpy.rint(values / ratio).astype(numpy.int32).tobytes(), numpy.uint8)
        entry.quantization.scale = [float(numpy.float32(scale * ratio)) for scale in entry.quantization.scale]
