"""Which network a checkpoint holds, by name: what edgecask does not build is told before any work is done on it.

Ultralytics' networks are told by the layers that came with them (ultralytics/cfg/models, release 8.4.190).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn
from ultralytics.nn.modules import head

from pipeline.harness import Refused
from pipeline.heads.pose import NETWORK as BUILT

ADVICE = "Train with `yolo pose train` from yolov8n-pose.pt."


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a task's networks are: their `head`, of Ultralytics' classes and of this very one; `noun` is what they are
    called ("a pose model"), `network` what is built, and `advice` how to get one.
    """

    head: type[nn.Module]
    noun: str
    network: str
    advice: str


POSE = Wanted(head=head.Pose, noun="pose", network=BUILT, advice=ADVICE)
# Others than those that are built; the newest first: each also has layers of those before it.
FAMILIES = (
    ("YOLO26", frozenset({"Pose26", "Segment26", "OBB26", "RealNVP"})),
    ("YOLO12", frozenset({"A2C2f", "ABlock", "AAttn"})),
    ("YOLOv10", frozenset({"C2fCIB", "SCDown", "PSA", "v10Detect"})),
    ("YOLOv9", frozenset({"RepNCSPELAN4", "ELAN1", "ADown", "AConv", "SPPELAN", "CBLinear", "CBFuse"})),
    ("RT-DETR", frozenset({"RTDETRDecoder", "HGStem", "HGBlock", "AIFI"})),
    ("YOLO-World", frozenset({"WorldDetect", "C2fAttn", "ImagePoolingAttn"})),
)
# The layers of YOLOv8 and YOLO11 and what these consist of.
LAYERS = frozenset(
    {
        "Attention", "BatchNorm2d", "Bottleneck", "C2PSA", "C2f", "C3k", "C3k2", "Concat", "Conv", "Conv2d", "DFL",
        "DWConv", "Detect", "DetectionModel", "Identity", "MaxPool2d", "ModuleList", "PSABlock", "Pose", "PoseModel",
        "SPPF", "Sequential", "Upsample",
    }
)  # fmt: skip
# Those of other networks that users put into a YOLOv8 description, and that convert.
OTHER_LAYERS = frozenset({"C3", "C3Ghost", "C3x", "ConvTranspose2d", "GhostBottleneck", "GhostConv"})
ACTIVATIONS = frozenset({"Hardswish", "LeakyReLU", "ReLU", "ReLU6", "SiLU"})
# Left in a checkpoint by its training; no part of what is computed.
BYSTANDERS = frozenset({"BCEWithLogitsLoss", "BboxLoss", "DFLoss", "Dropout", "KeypointLoss"})


def layer_names(model: nn.Module) -> frozenset[str]:
    """The kinds of all its layers, whatever they are part of."""
    return frozenset(type(module).__name__ for module in model.modules()) - BYSTANDERS


def family_of(names: frozenset[str]) -> tuple[str, list[str]] | None:
    """The network that layers of these kinds are from, and which of them tell; None where none does."""
    for family, telling in FAMILIES:
        if names & telling:
            return family, sorted(names & telling)
    return None


def _end_to_end(last: nn.Module, names: frozenset[str]) -> tuple[str, list[str]] | None:
    """YOLO26's detection has no layers of its own: its head gives each object once, from branches beside the others."""
    if "C3k2" in names and hasattr(last, "one2one_cv2"):
        return "YOLO26", ["one2one_cv2"]
    return None


def refuse_other_networks(model: nn.Module, wanted: Wanted = POSE) -> None:
    """Raise Refused of kind "model" where this is no network of a task, with the name of what it is."""
    layers = getattr(model, "model", None)
    if not isinstance(layers, nn.Sequential) or len(layers) < 2:
        raise Refused("model", f"{{weights}} holds a {type(model).__name__}, not a {wanted.noun} model.", wanted.advice)
    names = layer_names(model)
    last = layers[-1]
    family = family_of(names) or _end_to_end(last, names)
    if type(last) is not wanted.head and not (family is not None and isinstance(last, wanted.head)):
        which = f" of {family[0]}" if family else ""
        raise Refused(
            "model",
            f"{{weights}} is a {type(model).__name__}{which} with a {type(last).__name__} head, "
            f"not a {wanted.noun} model.",
            wanted.advice,
        )
    if family is not None:
        parts = {type(layer).__name__ for layer in layers}
        telling = ", ".join([name for name in family[1] if name in parts] or family[1])
        raise Refused(
            "model",
            f"{{weights}} is {family[0]}-{wanted.noun} ({telling}); edgecask builds {wanted.network}.",
            wanted.advice,
        )
    channels = first_channels(model)
    if channels != 3:
        raise Refused(
            "model",
            f"{{weights}} is a network for pictures of {channels} {'channel' if channels == 1 else 'channels'}; "
            "edgecask builds such for colour pictures (3).",
            "Train with `channels: 3` in data.yaml; grey pictures are colour pictures, too.",
        )
    if getattr(last, "nl", 3) != 3:
        return  # YOLOv8-pose-p6, which has other layers, too: its strides say best what it is
    foreign = names - LAYERS - OTHER_LAYERS - ACTIVATIONS
    if foreign:
        activations = sorted(name for name in foreign if hasattr(nn, name))
        what = f"the activation {activations[0]}" if activations else f"layers {', '.join(sorted(foreign)[:5])}"
        raise Refused(
            "model",
            f"{{weights}} has {what}, which edgecask does not build.",
            f"Train with the layers of {wanted.network} and one of {', '.join(sorted(ACTIVATIONS))}.",
        )


def first_channels(model: nn.Module) -> int:
    """How many channels its pictures have: those of its first convolution."""
    return next((module.in_channels for module in model.modules() if isinstance(module, nn.Conv2d)), 0)
