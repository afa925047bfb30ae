"""Statistics of batch normalization where a checkpoint does not have them, or not those of this network any more.

A checkpoint that was made from an exported network computes the right results, but its normalization layers have no
statistics: mean 0, variance 1. When such a network is trained, these layers suddenly normalize by the statistics of the
batch, which are others, and what the network knew is gone after a few steps, whatever the learning rate.

A network whose activations were exchanged has statistics that are no longer true, layer after layer the less. With
those it really has, every layer sees values distributed as it learned them, which is a start worth having.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn


def is_folded(model: nn.Module) -> bool:
    """Whether no normalization layer has statistics although the network was trained: its biases are not all zero."""
    layers = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    return (
        bool(layers)
        and all(bool((layer.running_mean == 0).all()) for layer in layers if layer.running_mean is not None)
        and any(bool((layer.bias != 0).any()) for layer in layers)
    )


@torch.no_grad()
def unfold(model: nn.Module, batches: Iterable[torch.Tensor]) -> None:
    """Give every normalization layer the statistics it sees on `batches`, images (N, 3, S, S) in 0–1.

    Scale and shift are changed along with them, so that in evaluation the network computes what it did before, and in
    training it does so as far as a batch is like these.
    """
    sums: dict[nn.BatchNorm2d, list[Any]] = {}

    def measure(layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        assert isinstance(layer, nn.BatchNorm2d)
        values = inputs[0].double()
        total = sums.setdefault(layer, [0, 0.0, 0.0])
        total[0] += values.numel() // values.shape[1]
        total[1] = total[1] + values.sum((0, 2, 3))
        total[2] = total[2] + values.square().sum((0, 2, 3))

    layers = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [layer.register_forward_pre_hook(measure) for layer in layers]
    training = model.training
    model.eval()
    try:
        for images in batches:
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
        model.train(training)
    for layer, (count, total, squares) in sums.items():
        assert layer.running_mean is not None and layer.running_var is not None
        mean = total / count
        variance = (squares / count - mean.square()).clamp(min=0)
        scale = layer.weight.double() / (layer.running_var.double() + layer.eps).sqrt()
        shift = layer.bias.double() - layer.running_mean.double() * scale
        layer.weight.copy_(scale * (variance + layer.eps).sqrt())
        layer.bias.copy_(shift + mean * scale)
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(variance)


@torch.no_grad()
def estimate(model: nn.Module, batches: Iterable[torch.Tensor]) -> None:
    """Replace all statistics of `model` by the means over `batches`, images (N, 3, S, S) in 0–1."""
    layers = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    training = model.training
    model.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a plain mean
    for images in batches:
        model(images)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    model.train(training)
