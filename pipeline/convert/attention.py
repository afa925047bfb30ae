"""What is between the convolutions of an attention, in TensorFlow's operators that an Ethos-U55 takes; see convert.py.

A U55 multiplies no two computed matrices (its weights are compressed ahead), and Vela leaves BATCH_MATMUL and TRANSPOSE
on the CPU. Shapes are fixed, so a product of matrices is one of elements and a sum: of the N = n² positions' queries
and keys all pairs are multiplied and summed over the channels, by a layer of ones; after the softmax the values are
multiplied by each position's weights and summed over the positions, by a kernel of ones. Sums are whole numbers until
they are rounded once, but every product is rounded to int8 before, which BATCH_MATMUL would not do.

An elementwise operator of the U55 can spread one of its inputs, not both: the other has the shape of the result. So the
keys and values of all positions are there n times, and it goes row by row of the image, n positions at once.
Nothing is transposed.

onnx2tf asks for an operator's converter by the name of a module, and finds it here.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import tensorflow

NODE = "PositionAttention"
LONGEST_KERNEL = 64
"""Of a convolution on an Ethos-U55, in one direction (Vela's constraint_dilated_height_range and _product_range)."""


def attended(queries: Any, keys: Any, values: Any) -> Any:
    """(1, n, n, D), the same, and (1, n, n, E) → (1, n, n, E); see pipeline/export/attention.py."""
    side, depth = int(queries.shape[1]), int(queries.shape[3])
    count = side * side
    products = _by_rows(keys, tensorflow.reshape(queries, (1, count, 1, depth)), side)
    sums = tensorflow.reshape(products, (count * count, depth)) @ tensorflow.ones((depth, 1))
    weights = tensorflow.nn.softmax(tensorflow.reshape(sums, (1, 1, count, count)))
    products = _by_rows(values, tensorflow.reshape(weights, (1, count, count, 1)), side)
    return _summed(products, side)


def _by_rows(maps: Any, factors: Any, side: int) -> Any:
    """(1, n, n, C) and what to multiply it by for each of N positions, (1, N, 1, C) or (1, N, N, 1) → (1, N, N, C)."""
    # Repeated before it is reshaped: Vela copies what is reshaped where others read it, too.
    repeated = tensorflow.reshape(tensorflow.concat([maps] * side, 1), (1, side, side * side, maps.shape[3]))
    return tensorflow.concat([repeated * row for row in tensorflow.split(factors, side, 1)], 1)


def _summed(products: Any, side: int) -> Any:
    """(1, N, N, E) → (1, n, n, E): sums over the third axis."""
    count, width = side * side, int(products.shape[3])
    if count > LONGEST_KERNEL:  # in two steps
        parts = tensorflow.reshape(products, (1, count * side, side, width))
        products = tensorflow.reshape(_sum_of_columns(parts), (1, count, side, width))
    return tensorflow.reshape(_sum_of_columns(products), (1, side, side, width))


def _sum_of_columns(maps: Any) -> Any:
    """(1, H, W, C) → (1, H, 1, C)."""
    ones = tensorflow.ones((1, maps.shape[2], maps.shape[3], 1))
    return tensorflow.nn.depthwise_conv2d(maps, ones, strides=(1, 1, 1, 1), padding="VALID")


def make_node(*, graph_node: Any, tf_layers_dict: dict[str, Any], **_: Any) -> None:
    """onnx2tf's converter of the node; its maps are in TensorFlow's order of axes already."""
    (output,) = graph_node.outputs
    tf_layers_dict[output.name] = {
        "optype": graph_node.op,
        "shape": output.shape,
        "dtype": output.dtype,
        "nhwc": True,
        "tf_node": attended(*(tf_layers_dict[source.name]["tf_node"] for source in graph_node.inputs)),
    }


def register() -> None:
    """Let onnx2tf find make_node."""
    module = types.ModuleType(f"onnx2tf.ops.{NODE}")
    module.make_node = make_node  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
