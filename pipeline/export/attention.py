"""YOLO11's attention as one node an integer device can have computed by multiplications and sums; used by export.py.

Ultralytics' Attention (ultralytics/nn/modules/block.py, release 8.4.190) is one convolution for the queries, keys and
values of all heads, and products of matrices that are both computed. Here every head has its own three convolutions,
each of which gets its own scale when it is quantised, and what lies between them and the sum with the positions is the
node `PositionAttention`, of which ../convert/attention.py makes TensorFlow's operators.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy
import onnx
import torch
from torch import nn
from ultralytics.nn.modules import block

DOMAIN, NODE = "edgecask", "PositionAttention"
FUNCTIONS_FROM = 8
"""The version of ONNX's format that has functions."""


def attended(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """(1, D, n, n), the same, and (1, E, n, n) → (1, E, n, n): means of all values by softmax(q · k)."""
    weights = (queries.flatten(2).transpose(1, 2) @ keys.flatten(2)).softmax(-1)
    return (values.flatten(2) @ weights.transpose(1, 2)).view_as(values)


class PositionAttention(torch.autograd.Function):
    """`attended` as one node of the ONNX graph."""

    @staticmethod
    def forward(context: Any, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """See attended."""
        return attended(queries, keys, values)

    @staticmethod
    def symbolic(graph: Any, queries: Any, keys: Any, values: Any) -> Any:
        """The node, whose output has the values' shape."""
        return graph.op(f"{DOMAIN}::{NODE}", queries, keys, values).setType(values.type())


class Head(nn.Module):
    """One head of an attention: what it makes of (1, C, n, n), with E channels."""

    def __init__(self, whole: nn.Module, number: int) -> None:
        super().__init__()
        size, width = whole.key_dim, whole.head_dim
        start = number * (2 * size + width)
        self.query = _rows(whole.qkv.conv, start, size, scale=whole.scale)
        self.key = _rows(whole.qkv.conv, start + size, size)
        self.value = _rows(whole.qkv.conv, start + 2 * size, width)
        self.position = _rows(whole.pe.conv, number * width, width)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """See the class."""
        own = self.value(values)
        return PositionAttention.apply(self.query(values), self.key(values), own) + self.position(own)


class Attention(nn.Module):
    """The same as Ultralytics' Attention after `fuse`, head by head."""

    def __init__(self, whole: nn.Module) -> None:
        super().__init__()
        self.heads = nn.ModuleList(Head(whole, number) for number in range(whole.num_heads))
        self.proj = whole.proj

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(1, C, n, n) → (1, C, n, n)."""
        return self.proj(torch.cat([head(values) for head in self.heads], 1))


def _rows(convolution: nn.Conv2d, start: int, count: int, *, scale: float = 1.0) -> nn.Conv2d:
    """Some of a convolution's outputs, times a number."""
    made = copy.deepcopy(convolution)
    end = start + count
    if end > convolution.out_channels or convolution.bias is None:
        raise ValueError("an attention has other channels than its heads")
    made.weight = nn.Parameter(convolution.weight[start:end].detach() * scale)
    made.bias = nn.Parameter(convolution.bias[start:end].detach() * scale)
    made.out_channels = count
    if convolution.groups > 1:  # the positions: every channel by itself
        made.groups = made.in_channels = count
    return made


def by_heads(model: nn.Module) -> None:
    """Give a fused model this form of every attention."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is block.Attention:
                setattr(module, name, Attention(child))


def with_meaning(graph: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with a function that says, in ONNX's own operators, what the node computes: whoever reads it may."""
    if not any(node.op_type == NODE for node in graph.graph.node):
        return graph
    make = onnx.helper.make_node
    rows = onnx.numpy_helper.from_array(numpy.array([0, 0, -1], numpy.int64))
    body = [make("Constant", [], ["rows"], value=rows), make("Shape", ["values"], ["shape"])]
    body += [make("Reshape", [name, "rows"], [name[0]]) for name in ("queries", "keys", "values")]
    body += [
        make("Transpose", ["q"], ["qt"], perm=[0, 2, 1]),
        make("MatMul", ["qt", "k"], ["products"]),
        make("Softmax", ["products"], ["weights"], axis=2),
        make("Transpose", ["weights"], ["wt"], perm=[0, 2, 1]),
        make("MatMul", ["v", "wt"], ["sums"]),
        make("Reshape", ["sums", "shape"], ["attended"]),
    ]
    standard = [entry for entry in graph.opset_import if not entry.domain]
    graph.functions.append(
        onnx.helper.make_function(DOMAIN, NODE, ["queries", "keys", "values"], ["attended"], body, standard)
    )
    graph.ir_version = max(graph.ir_version, FUNCTIONS_FROM)
    return graph
