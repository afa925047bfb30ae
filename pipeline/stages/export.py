"""Checkpoint → ONNX, in the environment `export` (torch, ultralytics).

The checkpoint is a pickle made by a stranger. It is read by torch's restricted unpickler with an allow-list of the
layers a YOLOv8-pose model is made of, and none of their constructors may run: a constructor such as PoseModel's would
build whatever a crafted configuration names.

Parameters: `image_size` (pixels, square), `head` (a key of HEADS), `classes`, `keypoints` (None for any number) and
`keypoint_dimensions` (what the target's firmware needs). Input `weights.pt`; outputs `model.onnx`: `images` float32
(1, 3, S, S) in 0–1, then the head; and `reference.npz`: a picture, NHWC, and what the network makes of it.
"""

from __future__ import annotations

import collections
import pathlib
import pickle
import zipfile
from typing import Any

import numpy
import onnx
import torch
import ultralytics
from harness import INPUTS, OUTPUTS, Refused
from numpy._core.multiarray import scalar as numpy_scalar
from torch import nn
from ultralytics.nn import tasks
from ultralytics.nn.modules import block, conv, head
from ultralytics.utils import IterableSimpleNamespace, loss, tal

# Attribute form of Split: onnx2tf turns the input form (opset 13 and later) into a SplitV that TFLite does not have.
OPSET = 12
STRIDES = (8, 16, 32)
REGRESSION_BINS = 16

TORCH_LAYERS = (
    nn.BatchNorm2d, nn.Conv2d, nn.ConvTranspose2d, nn.Dropout, nn.GELU, nn.Hardswish, nn.Identity, nn.LeakyReLU,
    nn.Linear, nn.MaxPool2d, nn.Mish, nn.ModuleList, nn.ReLU, nn.ReLU6, nn.Sequential, nn.SiLU, nn.Upsample,
    nn.BCEWithLogitsLoss,
)  # fmt: skip
MODELS = (
    tasks.ClassificationModel, tasks.DetectionModel, tasks.OBBModel, tasks.PoseModel, tasks.SegmentationModel,
)  # fmt: skip
# A model saved by the trainer may carry the criterion it was validated with.
CRITERIA = (
    loss.v8DetectionLoss, loss.v8PoseLoss, loss.BboxLoss, loss.DFLoss, loss.KeypointLoss, tal.TaskAlignedAssigner,
)  # fmt: skip


def _ultralytics_layers() -> list[type]:
    return [
        value
        for module in (block, conv, head)
        for _, value in sorted(vars(module).items())
        if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    ]


def _without_constructor(original: type) -> type:
    """A twin of `original` that can be unpickled (which calls no constructor) and cannot be constructed."""

    def refuse(self: Any, *arguments: Any, **named: Any) -> None:
        raise pickle.UnpicklingError(f"the checkpoint calls the constructor of {original.__qualname__}")

    return type(original.__name__, (original,), {"__init__": refuse, "__module__": original.__module__})


def allow_list() -> tuple[list[Any], dict[type, type]]:
    """What a checkpoint may name: entries for torch's safe_globals, and the twins with their originals."""
    twins: dict[type, type] = {}
    entries: list[Any] = [
        set,
        (set, "__builtin__.set"),
        (collections.OrderedDict, "collections.OrderedDict"),
        (pathlib.PurePosixPath, "pathlib.PosixPath"),
        (pathlib.PurePosixPath, "pathlib.WindowsPath"),
        (numpy_scalar, "numpy.core.multiarray.scalar"),
        (numpy_scalar, "numpy._core.multiarray.scalar"),
        numpy.dtype,
        type(numpy.dtype("float32")),
        type(numpy.dtype("float64")),
        IterableSimpleNamespace,
        (IterableSimpleNamespace, "ultralytics.yolo.utils.IterableSimpleNamespace"),
    ]
    for original in (*TORCH_LAYERS, *_ultralytics_layers(), *MODELS, *CRITERIA):
        twin = _without_constructor(original)
        twins[twin] = original
        names = {f"{original.__module__}.{original.__qualname__}"}
        # Checkpoints of older releases name the package, or the package before it was renamed.
        names |= {name.replace("ultralytics.", "ultralytics.yolo.", 1) for name in set(names)}
        if original.__module__.startswith("ultralytics.nn.modules."):
            names.add(f"ultralytics.nn.modules.{original.__qualname__}")
        entries += [(twin, name) for name in sorted(names)]
    return entries, twins


def load_model(path: pathlib.Path) -> nn.Module:
    """The float32 model of a checkpoint (its moving average where it has one), in evaluation mode.

    Raises Refused of kind "weights" where the file is damaged or names anything outside the allow-list.
    """
    entries, twins = allow_list()
    again = "Pass a checkpoint written by `yolo pose train` or by `invoke train`."
    try:
        with torch.serialization.safe_globals(entries):
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).split("\n")[0]
        for line in str(error).splitlines():
            if "GLOBAL" in line or "constructor" in line:
                reason = line.strip()
        raise Refused("weights", f"{{weights}} was not loaded, for safety: {reason}", again) from error
    except (RuntimeError, EOFError, KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError,
            OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:  # fmt: skip
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Refused("weights", f"{{weights}} is damaged or not a checkpoint ({reason}).", again) from error
    model = (checkpoint.get("ema") or checkpoint.get("model")) if isinstance(checkpoint, dict) else None
    if not isinstance(model, nn.Module):
        raise Refused("weights", "{weights} holds no model (a state_dict alone does not say the architecture).", again)
    for module in model.modules():
        module.__class__ = twins.get(type(module), type(module))
        if isinstance(module, nn.Upsample) and not hasattr(module, "recompute_scale_factor"):
            module.recompute_scale_factor = None  # saved by a torch before 1.11
    return model.float().eval()


class Backbone(nn.Module):
    """All layers before the head: image in, the three feature maps the head reads out."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.layers = model.model[:-1]
        self.kept = set(model.save)
        self.wanted = list(model.model[-1].f)

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """(1, 3, S, S) → feature maps at strides 8, 16 and 32."""
        results: list[torch.Tensor | None] = []
        current = image
        for layer in self.layers:
            if layer.f != -1:
                sources = [layer.f] if isinstance(layer.f, int) else layer.f
                gathered = [current if index == -1 else results[index] for index in sources]
                current = layer(gathered[0] if isinstance(layer.f, int) else gathered)
            else:
                current = layer(current)
            results.append(current if layer.i in self.kept else None)
        return [current if index == -1 else results[index] for index in self.wanted]


def _rows(feature: torch.Tensor, channels: int) -> torch.Tensor:
    # To NHWC before flattening, level by level: the same tensor as flattening first, but without a TRANSPOSE that
    # Vela would leave on the CPU.
    return feature.permute(0, 2, 3, 1).reshape(1, -1, channels)


class RawHead(nn.Module):
    """The seven outputs that SSCMA-Micro 1.0.x and Himax's app decode themselves (el_algorithm_yolo_pose.cpp).

    Boxes (1, (S/stride)², 64) and scores (1, (S/stride)², 1) for strides 8, 16 and 32, before any activation;
    keypoints (1, Σ(S/stride)², 3K) with the anchors of stride 8 first, (x, y, visibility) interleaved.
    """

    names = ("box_s8", "box_s16", "box_s32", "score_s8", "score_s16", "score_s32", "keypoints")

    def __init__(self, model: nn.Module, image_size: int) -> None:
        super().__init__()
        self.backbone = Backbone(model)
        self.head = model.model[-1]

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → the outputs in the order of `names`."""
        features = self.backbone(image)
        boxes = [_rows(layer(x), 4 * REGRESSION_BINS) for layer, x in zip(self.head.cv2, features, strict=True)]
        scores = [_rows(layer(x), self.head.nc) for layer, x in zip(self.head.cv3, features, strict=True)]
        keypoints = [_rows(layer(x), self.head.nk) for layer, x in zip(self.head.cv4, features, strict=True)]
        return (*boxes, *scores, torch.cat(keypoints, 1))


class DecodedHead(nn.Module):
    """One output (1, 5 + 3K, F), as ST's applications read it: rows cx, cy, w, h, score, then K × (x, y, visibility).

    F = Σ(S/stride)² anchors. Coordinates are normalised to 0–1 level by level, before anything is concatenated, so
    that one int8 scale serves boxes, scores and keypoints; score and visibility are after the sigmoid.
    """

    names = ("detections",)

    def __init__(self, model: nn.Module, image_size: int) -> None:
        super().__init__()
        self.backbone = Backbone(model)
        self.head = model.model[-1]
        self.image_size = image_size

    def _level(self, feature: torch.Tensor, index: int) -> torch.Tensor:
        """(1, C, n, n) → (1, n², 5 + 3K)."""
        unit = STRIDES[index] / self.image_size
        side = self.image_size // STRIDES[index]
        ys, xs = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        corner = torch.stack([xs, ys], -1).reshape(1, side * side, 2) * unit
        # Two dimensions: a batched product would become one FULLY_CONNECTED an anchor.
        bins = self.head.cv2[index](feature).permute(0, 2, 3, 1).reshape(-1, REGRESSION_BINS)
        expectation = (torch.arange(REGRESSION_BINS, dtype=torch.float32) * unit).reshape(REGRESSION_BINS, 1)
        distance = torch.matmul(bins.softmax(-1), expectation).reshape(1, -1, 4)
        before, after = distance[..., :2], distance[..., 2:]
        centre = (after - before) * 0.5 + (corner + 0.5 * unit)
        score = _rows(self.head.cv3[index](feature), self.head.nc).sigmoid()
        keypoints, values = self.head.kpt_shape
        raw = _rows(self.head.cv4[index](feature), self.head.nk).reshape(1, -1, keypoints, values)
        # Constants have the very shape of what they are added to, in three dimensions: onnx2tf transposes others.
        points = raw[..., :2].reshape(1, -1, 2 * keypoints) * (2 * unit) + corner.repeat(1, 1, keypoints)
        parts = [points.reshape(1, -1, keypoints, 2), raw[..., 2:].sigmoid()]
        decoded = torch.cat(parts, -1).reshape(1, -1, self.head.nk)
        return torch.cat([centre, before + after, score, decoded], -1)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → (1, 5 + 3K, F)."""
        levels = [self._level(feature, index) for index, feature in enumerate(self.backbone(image))]
        return (torch.cat(levels, 1).permute(0, 2, 1),)


HEADS: dict[str, Any] = {"raw": RawHead, "decoded": DecodedHead}


def check_model(model: nn.Module, *, classes: int, keypoints: int | None, keypoint_dimensions: int) -> None:
    """Raise Refused of kind "model" where this is no YOLOv8-pose model or the firmware cannot decode it."""
    last = model.model[-1]
    if not isinstance(last, head.Pose):
        raise Refused(
            "model",
            f"{{weights}} is a {type(model).__name__} with a {type(last).__name__} head, not a pose model.",
            "Train with `yolo pose train` from yolov8n-pose.pt.",
        )
    if last.nc != classes:
        raise Refused(
            "model",
            f"{{weights}} has {last.nc} classes ({', '.join(map(str, model.names.values()))}); "
            f"the firmware decodes exactly {classes}.",
            "Train on a data set with a single class.",
        )
    if last.kpt_shape[1] != keypoint_dimensions:
        raise Refused(
            "model",
            f"{{weights}} has {last.kpt_shape[1]} values a keypoint; the firmware decodes {keypoint_dimensions} "
            "(x, y, visibility).",
            f"Train with kpt_shape: [{last.kpt_shape[0]}, {keypoint_dimensions}].",
        )
    if keypoints is not None and last.kpt_shape[0] != keypoints:
        raise Refused(
            "model",
            f"{{weights}} has {last.kpt_shape[0]} keypoints; the firmware decodes exactly {keypoints}.",
            "Choose a target whose firmware takes any number (see `invoke targets`).",
        )
    strides = tuple(int(stride) for stride in model.stride)
    if strides != STRIDES or last.reg_max != REGRESSION_BINS:
        raise Refused(
            "model",
            f"{{weights}} has strides {strides} and {last.reg_max} regression bins; "
            f"YOLOv8-pose has {STRIDES} and {REGRESSION_BINS}.",
            "Use a yolov8n-pose, yolov8s-pose … checkpoint (not a P6 one).",
        )


def describe_network(model: nn.Module, graph: onnx.ModelProto) -> dict[str, Any]:
    """The kinds of its layers, and its convolutions in the order of the graph, named as in the checkpoint.

    A convolution is {"name": "4.m.0.cv1", "kernel": [height, width], "channels": of its output}.
    """
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.graph.initializer}
    head_prefix = f"{len(model.model) - 1}."
    convolutions = []
    for node in graph.graph.node:
        if node.op_type == "Conv":
            weights = node.input[1]
            name = weights.removesuffix(".weight").removesuffix(".conv")
            name = name.replace("backbone.layers.", "", 1).replace("head.", head_prefix, 1)
            channels, _, *kernel = shapes[weights]
            convolutions.append({"name": name, "kernel": kernel, "channels": channels})
    return {"layers": [type(layer).__name__ for layer in model.model], "convolutions": convolutions}


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Trace the model with the head the target wants."""
    torch.manual_seed(0)
    image_size = parameters["image_size"]
    model = load_model(INPUTS / "weights.pt")
    limits = {name: parameters[name] for name in ("classes", "keypoints", "keypoint_dimensions")}
    check_model(model, **limits)
    model.fuse(verbose=False)
    for module in model.modules():
        if isinstance(module, block.C2f):
            module.forward = module.forward_split  # chunk() would export as computed slices
    wrapper = HEADS[parameters["head"]](model, image_size).eval()
    with torch.no_grad():
        torch.onnx.export(
            wrapper,
            (torch.zeros(1, 3, image_size, image_size),),
            str(OUTPUTS / "model.onnx"),
            input_names=["images"],
            output_names=list(wrapper.names),
            opset_version=OPSET,
            dynamo=False,
            verbose=False,
        )
        # What the network computes, for the convert stage to compare with: onnx2tf takes an axis for another where
        # two dimensions coincide (its issues 454 and 550).
        picture = torch.rand(1, 3, image_size, image_size)
        results = dict(zip(wrapper.names, wrapper(picture), strict=True))
    arrays = {name: result.numpy() for name, result in {"images": picture.permute(0, 2, 3, 1), **results}.items()}
    numpy.savez(OUTPUTS / "reference.npz", **arrays)
    # onnx2tf needs every shape, and the exporter writes none.
    graph = onnx.shape_inference.infer_shapes(
        onnx.load(OUTPUTS / "model.onnx"), check_type=True, strict_mode=True, data_prop=True
    )
    for node in graph.graph.node:
        node.ClearField("doc_string")  # paths of this installation
    onnx.save(graph, OUTPUTS / "model.onnx")
    last = model.model[-1]
    return {
        "task": "pose",
        "classes": [str(name) for _, name in sorted(model.names.items())],
        "keypoints": int(last.kpt_shape[0]),
        "keypoint_dimensions": int(last.kpt_shape[1]),
        "outputs": list(wrapper.names),
        "network": describe_network(model, graph),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "versions": {"torch": torch.__version__, "ultralytics": ultralytics.__version__, "onnx": onnx.__version__},
    }
