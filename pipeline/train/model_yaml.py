"""What a network is built from when it is trained: a description without anything that could run.

Ultralytics builds a network from a dictionary that names classes and holds expressions, and looks up whatever it names.
A description may come from a stranger's checkpoint or file, so only the layers of YOLOv8 and YOLO11 with plain numbers
are let through, and nothing else of it.
"""

from __future__ import annotations

import copy
import importlib.resources
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import yaml
from torch import nn
from ultralytics.nn.tasks import parse_model

from pipeline.harness import Refused
from pipeline.heads.trainings import TRAININGS
from pipeline.train.layers import ADVICE, MOST_CHANNELS, checked_layers, shown

ACTIVATIONS = {
    "silu": nn.SiLU,
    "relu6": nn.ReLU6,
    "relu": nn.ReLU,
    "leakyrelu": nn.LeakyReLU,
    "hardswish": nn.Hardswish,
}
MOST_WEIGHTS = 200_000_000
"""YOLOv8x-pose has 69 million."""
LARGE_SCALES = frozenset({"m", "l", "x"})
"""Those at which every C3k2 of YOLO11 consists of C3k (ultralytics/nn/tasks.py: parse_model), whatever it says."""


def load_description(text: str, task: str) -> dict[str, Any]:
    """The description in a YAML file: a whole one of Ultralytics' kind, or the `scale` of a YOLOv8 network alone."""
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise Refused("weights", f"{{weights}} is not valid YAML ({str(error).splitlines()[0]}).") from error
    if not isinstance(content, dict):
        raise Refused("weights", "{weights} describes no model.", "It needs scale: [depth, width, channels].")
    if "backbone" not in content:
        standard = importlib.resources.files("ultralytics") / "cfg" / "models" / "v8" / TRAININGS[task].standard
        if not _is_scale(content.get("scale")):
            raise Refused(
                "weights",
                "{weights} has no valid scale: it is depth, width and the most channels.",
                "YOLOv8n's is scale: [0.33, 0.25, 1024].",
            )
        content = {**yaml.safe_load(standard.read_text()), "scales": {"own": content["scale"]}, "scale": "own"}
    return clean(content, task)


def _is_scale(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and len(value) == 3
        and all(isinstance(number, int | float) and not isinstance(number, bool) for number in value)
        and 0 < value[0] <= 4
        and 0 < value[1] <= 4
        and 8 <= value[2] <= MOST_CHANNELS
    )


def clean(description: Any, task: str) -> dict[str, Any]:
    """The part of a description that a network of a task needs, checked.

    Raises Refused of kind "model" where it names a layer, an argument or a scale that such a network does not have.
    """
    if not isinstance(description, Mapping):
        raise Refused("model", "{weights} does not say what its network is made of.", ADVICE)
    training = TRAININGS[task]
    scales, scale = description.get("scales"), description.get("scale")
    if isinstance(scales, Mapping) and scales:
        # A list names no scale, and cannot be looked up.
        chosen = scales.get(scale if isinstance(scale, str | int) else None) if scale else next(iter(scales.values()))
    else:
        chosen = [description.get("depth_multiple", 1.0), description.get("width_multiple", 1.0), MOST_CHANNELS]
    if chosen is None or not _is_scale(chosen):
        raise Refused("model", f"The network of {{weights}} has no valid scale ({shown(scale)}).", ADVICE)
    shape = {"kpt_shape": _keypoint_shape(description)} if training.has_keypoints else {}
    backbone = checked_layers(description.get("backbone"), before=0)
    head = checked_layers(description.get("head"), before=len(backbone))
    names = [layer[2] for layer in (*backbone, *head)]
    if names[-1] != training.head or names.count(training.head) != 1:
        noun = training.wanted.noun
        raise Refused("model", f"The network of {{weights}} does not end in a {noun} head.", ADVICE)
    head[-1][3] = ["nc", "kpt_shape"] if training.has_keypoints else ["nc"]  # those of the data, whatever it says
    if isinstance(scale, str) and scale in LARGE_SCALES:
        for layer in (*backbone, *head):
            if layer[2] == "C3k2":
                layer[3][1:2] = [True]
    return {
        "nc": 1,
        **shape,
        "scales": {"own": [float(chosen[0]), float(chosen[1]), int(chosen[2])]},
        "scale": "own",
        "backbone": backbone,
        "head": head,
    }


def _keypoint_shape(description: Mapping[str, Any]) -> list[int]:
    shape = description.get("kpt_shape")
    if not (isinstance(shape, Sequence) and len(shape) == 2 and all(type(n) is int and n < 1000 for n in shape)):
        raise Refused("model", "{weights} is not a pose model: it has no keypoints.", ADVICE)
    return list(shape)


def activation_of(model: nn.Module) -> str:
    """The name of the activation all of a network's layers have; raises Refused where they differ."""
    names = {name for module in model.modules() for name, kind in ACTIVATIONS.items() if type(module) is kind}
    if len(names) != 1:
        raise Refused("model", f"The network of {{weights}} has the activations {sorted(names)}, not one.", ADVICE)
    return names.pop()


def build_model(
    description: Mapping[str, Any],
    *,
    task: str,
    activation: str,
    classes: Sequence[str],
    keypoint_shape: Sequence[int] | None = None,
) -> Any:
    """A network with fresh weights from a description that `clean` has made."""
    description = {
        **description,
        "activation": _expression(activation),
        **({"kpt_shape": list(keypoint_shape)} if keypoint_shape is not None else {}),
        "nc": len(classes),
    }
    try:
        _refuse_large(description)
        model: Any = TRAININGS[task].model(description, ch=3, nc=len(classes), verbose=False)
    except Refused:
        raise
    except Exception as error:  # what layers say of arguments that do not fit is of any kind
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Refused("model", f"The network of {{weights}} cannot be built ({reason[:200]}).", ADVICE) from error
    model.names = dict(enumerate(classes))
    return model


def _refuse_large(description: dict[str, Any]) -> None:
    """Build the layers without memory for their weights; raises Refused where they are too large."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        layers, _ = parse_model(copy.deepcopy(description), ch=3, verbose=False)
    count = sum(weights.numel() for weights in layers.parameters())
    if count > MOST_WEIGHTS:
        raise Refused("model", f"The network of {{weights}} has {count:,} weights, over {MOST_WEIGHTS:,}.", ADVICE)


def change_activation(model: Any, name: str) -> None:
    """Exchange the activation of all layers of a network."""
    own = ACTIVATIONS[activation_of(model)]
    for module in model.modules():
        for child, part in module.named_children():
            if type(part) is own:
                setattr(module, child, ACTIVATIONS[name](inplace=True))
    model.yaml["activation"] = _expression(name)


def _expression(name: str) -> str:
    return f"torch.nn.{ACTIVATIONS[name].__name__}()"
