"""The float network of a network.npz (pipeline/quantize/network_description.py) in PyTorch.

Activations are (N, C, H, W); the names of things are those of the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch
from torch.nn import functional

from pipeline.rounding.activation_steps import Group
from pipeline.shared.padding import same_padding

LARGEST_PIXEL = 255
AXES = 4
AXIS_OF = {1: 2, 2: 3, 3: 1}
"""Where an axis of (1, H, W, C) is in (N, C, H, W)."""


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """One of the network's convolutions: `weights` (O, I, H, W), `bias` (O,), and where it stands in the graph.

    `integer_source` is its input in the integer model, and `input_scale` that one's scale.
    """

    number: int
    source: int
    out: int
    weights: torch.Tensor
    bias: torch.Tensor
    strides: tuple[int, int]
    same: bool
    input_scale: float
    integer_source: int

    @property
    def matrix(self) -> numpy.ndarray:
        """The weights as (O, I · H · W), in float64."""
        return numpy.asarray(self.weights.reshape(len(self.weights), -1).double().numpy())

    def padded(self, values: torch.Tensor) -> torch.Tensor:
        """Its input (N, I, H, W) with the zeros that TensorFlow's "same" puts around it, more on the right."""
        return padded(values, tuple(self.weights.shape[2:]), self.strides) if self.same else values


@dataclass(frozen=True, kw_only=True)
class Depthwise:
    """A depthwise convolution: `weights` (C, 1, H, W), `bias` (C,); the rest is as in Convolution.

    Its weights stay as they are: they are few, and have a step for each channel (pipeline/quantize/depthwise.py).
    """

    weights: torch.Tensor
    bias: torch.Tensor
    strides: tuple[int, int]
    same: bool

    def of(self, values: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) → (N, C, H', W')."""
        whole = padded(values, tuple(self.weights.shape[2:]), self.strides) if self.same else values
        return functional.conv2d(whole, self.weights, self.bias, stride=self.strides, groups=len(self.weights))


@dataclass(frozen=True, kw_only=True)
class Network:
    """A float network up to the convolutions of its head; `heads` are the tensors they give.

    `keypoint_scale` is that of the integer model's keypoints, None where they are no output of their own; `activations`
    describes its groups of tensors that share a range (see Group); `dense` are weights and biases of fully connected
    layers.
    """

    operators: list[dict[str, Any]]
    convolutions: dict[int, Convolution]
    entry: int
    heads: list[int]
    image_size: int
    keypoint_scale: float | None
    activations: list[dict[str, Any]]
    depthwise: dict[int, Depthwise]
    dense: dict[int, tuple[torch.Tensor, torch.Tensor]]

    def groups(self) -> list[Group]:
        """The integer model's groups of activations that share a range, nothing counted yet."""
        return [Group.of(described) for described in self.activations]

    @classmethod
    def read(cls, path: Path) -> Network:
        """From network.npz."""
        with numpy.load(path) as arrays:
            described = json.loads(arrays["description"].tobytes())
            convolutions, depthwise, dense = {}, {}, {}
            for operator in described["operators"]:
                number = operator.get("number")
                if operator["kind"] == "depthwise":
                    depthwise[number] = Depthwise(
                        weights=torch.from_numpy(numpy.ascontiguousarray(arrays[f"depthwise_{number}"])),
                        bias=torch.from_numpy(arrays[f"depthwise-bias_{number}"]),
                        strides=(operator["strides"][0], operator["strides"][1]),
                        same=operator["same"],
                    )
                if operator["kind"] == "dense":
                    dense[number] = tuple(
                        torch.from_numpy(arrays[f"{name}_{number}"]) for name in ("dense", "dense-bias")
                    )
                if operator["kind"] == "convolution":
                    convolutions[number] = Convolution(
                        number=number,
                        source=operator["inputs"][0],
                        out=operator["outputs"][0],
                        weights=torch.from_numpy(numpy.ascontiguousarray(arrays[f"weights_{number}"])),
                        bias=torch.from_numpy(arrays[f"bias_{number}"]),
                        strides=(operator["strides"][0], operator["strides"][1]),
                        same=operator["same"],
                        input_scale=described["inputs"][number][1],
                        integer_source=described["inputs"][number][0],
                    )
        return cls(
            operators=described["operators"],
            convolutions=convolutions,
            entry=described["input"],
            heads=described["heads"],
            image_size=described["image_size"],
            keypoint_scale=described["keypoint_scale"],
            activations=described["activations"],
            depthwise=depthwise,
            dense=dense,
        )

    def run(self, images: torch.Tensor, *, taps: dict[int, torch.Tensor] | None = None) -> dict[int, torch.Tensor]:
        """All tensors by their numbers, of pictures (N, H, W, 3) of bytes.

        With `taps` it gets what each convolution gives before an activation, by the convolution's number, and gradients
        flow back to them.
        """
        values = {self.entry: images.permute(0, 3, 1, 2).float() / LARGEST_PIXEL}
        for operator in self.operators:
            inputs = [values[tensor] for tensor in operator["inputs"]]
            if operator["kind"] == "convolution":
                convolution = self.convolutions[operator["number"]]
                found = functional.conv2d(
                    convolution.padded(inputs[0]), convolution.weights, convolution.bias, stride=convolution.strides
                )
                if taps is not None:
                    if not found.requires_grad:
                        found.requires_grad_()
                    taps[convolution.number] = found
            elif operator["kind"] == "depthwise":
                found = self.depthwise[operator["number"]].of(inputs[0])
            elif operator["kind"] == "dense":
                weights, bias = self.dense[operator["number"]]
                rows = _reshape(inputs, {"shape": [1, weights.shape[1]]})  # whatever its axes, the last one counts
                found = _reshape([functional.linear(rows, weights, bias)], operator)
            else:
                made = KERNELS[operator["kind"]](inputs, operator)
                if isinstance(made, tuple):
                    values |= zip(operator["outputs"], made, strict=True)
                    continue
                found = made
            if "activation" in operator:
                found = KERNELS[operator["activation"]]([found], operator)
            values[operator["outputs"][0]] = found
        return values


def padded(values: torch.Tensor, window: tuple[int, ...], strides: tuple[int, ...], fill: float = 0.0) -> torch.Tensor:
    """`values` (N, C, H, W) with what TensorFlow's padding "same" puts around them."""
    pads: list[int] = []
    for side, kernel, stride in reversed(list(zip(values.shape[2:], window, strides, strict=True))):
        pads += same_padding(side, kernel, stride)
    return functional.pad(values, pads, value=fill) if any(pads) else values


def _max_pool(inputs: list[torch.Tensor], operator: dict[str, Any]) -> torch.Tensor:
    window, strides = operator["window"], operator["strides"]
    source = padded(inputs[0], window, strides, fill=-torch.inf) if operator["same"] else inputs[0]
    return functional.max_pool2d(source, window, strides)


def _pad(inputs: list[torch.Tensor], operator: dict[str, Any]) -> torch.Tensor:
    (above, below), (left, right) = operator["pads"]
    return functional.pad(inputs[0], (left, right, above, below))


def _reshape(inputs: list[torch.Tensor], operator: dict[str, Any]) -> torch.Tensor:
    """As if for one image; the axis of images is the first of the shape, or part of it."""
    source, shape = inputs[0], operator["shape"]
    source = source.permute(0, 2, 3, 1) if source.ndim == AXES else source
    made = source.reshape(-1, *shape[1:])
    return made.permute(0, 3, 1, 2) if made.ndim == AXES else made


KERNELS = {
    "add": lambda inputs, _: inputs[0] + inputs[1],
    "concatenation": lambda inputs, operator: torch.cat(inputs, AXIS_OF[operator["axis"]]),
    "logistic": lambda inputs, _: torch.sigmoid(inputs[0]),
    "max_pool": _max_pool,
    "multiply": lambda inputs, _: inputs[0] * inputs[1],
    "pad": _pad,
    "relu": lambda inputs, _: functional.relu(inputs[0]),
    "relu6": lambda inputs, _: functional.relu6(inputs[0]),
    "reshape": _reshape,
    "resize": lambda inputs, operator: functional.interpolate(inputs[0], size=operator["size"], mode="nearest"),
    "softmax": lambda inputs, operator: inputs[0].softmax(AXIS_OF[operator["axis"]]),
    "split": lambda inputs, operator: torch.split(inputs[0], operator["sizes"], AXIS_OF[operator["axis"]]),
}
