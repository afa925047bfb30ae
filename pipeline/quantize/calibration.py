"""Ranges of activations from the smallest to the largest value on the calibration pictures; used by quantize.py.

TensorFlow's own calibrator computes with kernels that differ between processors, so it is handed one picture alone,
for the form of its result, and the ranges in that are replaced by those that float_network.FloatNetwork finds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy
from tensorflow.lite.python.convert import mlir_quantize

from pipeline.shared.float_network import WORKERS, FloatNetwork, Network, in_parts

Range = tuple[float, float]
MOST = float(numpy.finfo(numpy.float32).max)
"""What TensorFlow Lite's kernels give where a sum is too large for float32; its quantiser ends the process at more."""
Feed = Callable[[], Iterator[list[numpy.ndarray]]]


def ranges(network: Network, images: Iterable[numpy.ndarray]) -> dict[int, Range]:
    """By tensor; nothing of no images."""
    found: dict[int, Range] = {}
    for image in images:
        for tensor, values in network.computed(image):
            low, high = found.get(tensor, (0.0, 0.0))  # zero has a code in every range
            lowest, highest = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
            found[tensor] = max(min(low, lowest), -MOST), min(max(high, highest), MOST)
    return found


def merged(parts: Sequence[dict[int, Range]]) -> dict[int, Range]:
    """Of all images, from those of parts of them."""
    found: dict[int, Range] = {}
    for tensor, (low, high) in itertools.chain.from_iterable(part.items() for part in parts):
        before = found.get(tensor, (low, high))
        found[tensor] = (min(low, before[0]), max(high, before[1]))
    return found


def quantized(converter: Any, feed: Feed) -> bytes:
    """The integer model of a TFLiteConverter with all its settings but the pictures, (1, H, W, C) each.

    Raises what TensorFlow raises.
    """
    converter.representative_dataset = lambda: itertools.islice(feed(), 1)
    converter._experimental_calibrate_only = True
    content = bytes(converter.convert())
    try:
        network = FloatNetwork(content)
    except ValueError:  # TensorFlow's own ranges, which are those of this processor
        converter.representative_dataset = feed
        converter._experimental_calibrate_only = False
        return bytes(converter.convert())
    parts = in_parts([network] * WORKERS, lambda: (image for (image,) in feed()), ranges)
    for tensor, (low, high) in merged(parts).items():
        entry = network.graph.tensors[tensor].quantization
        entry.min, entry.max = [low], [high]
    return bytes(
        mlir_quantize(
            network.graph.packed(),
            converter._experimental_disable_per_channel,
            input_data_type=converter.inference_input_type,
            output_data_type=converter.inference_output_type,
        )
    )
