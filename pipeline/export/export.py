"""Checkpoint → ONNX, in the environment `export` (torch, ultralytics).

Parameters: `image_size` (pixels, square), `head` (a key of HEADS), `classes`, `keypoints` (None for any number) and
`keypoint_dimensions` (what the target's firmware needs). Input `weights.pt`; outputs `model.onnx`: `images` float32
(1, 3, S, S) in 0–1, then the feature maps of the head (see Branches); and `reference.npz`: a picture, NHWC, and what
the network with its head makes of it.
"""

from __future__ import annotations

from typing import Any

import numpy
import onnx
import torch
import ultralytics
from torch import nn
from ultralytics.nn.modules import block

from pipeline.export.weight_size import entropy_bytes
from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.shared.architecture import refuse_other_networks
from pipeline.shared.checkpoint import DAMAGE, load_model

# Attribute form of Split: onnx2tf turns the input form (opset 13 and later) into a SplitV that TFLite does not have.
OPSET = 12
STRIDES = (8, 16, 32)
REGRESSION_BINS = 16


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
    # To NHWC before flattening, level by level: what TensorFlow has anyway.
    return feature.permute(0, 2, 3, 1).reshape(1, -1, channels)


class Branches(nn.Module):
    """The head up to its last convolutions, which is what ONNX holds: pipeline/heads/pose_tensorflow.py does the rest.

    Nine feature maps (1, C, n, n), of the strides 8, 16 and 32 each: boxes (C = 64), scores (1), keypoints (3K).
    """

    names = tuple(f"{kind}_s{stride}" for kind in ("box", "score", "keypoints") for stride in STRIDES)

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.backbone = Backbone(model)
        self.head = model.model[-1]

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → the feature maps in the order of `names`."""
        features = self.backbone(image)
        branches = (self.head.cv2, self.head.cv3, self.head.cv4)
        return tuple(layer(x) for branch in branches for layer, x in zip(branch, features, strict=True))


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
        bins = self.head.cv2[index](feature).permute(0, 2, 3, 1).reshape(-1, REGRESSION_BINS)
        expectation = (torch.arange(REGRESSION_BINS, dtype=torch.float32) * unit).reshape(REGRESSION_BINS, 1)
        distance = torch.matmul(bins.softmax(-1), expectation).reshape(1, -1, 4)
        before, after = distance[..., :2], distance[..., 2:]
        centre = (after - before) * 0.5 + (corner + 0.5 * unit)
        score = _rows(self.head.cv3[index](feature), self.head.nc).sigmoid()
        keypoints, values = self.head.kpt_shape
        raw = _rows(self.head.cv4[index](feature), self.head.nk).reshape(1, -1, keypoints, values)
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
    refuse_other_networks(model)
    last = model.model[-1]
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
    torch.set_num_threads(1)  # several would wait for each other in a loop, which costs where other stages run
    model = load_model(INPUTS / "weights.pt")
    try:
        return export(model, parameters)
    except OSError:  # of writing the results
        raise
    except (*DAMAGE, RecursionError, ArithmeticError, torch.onnx.errors.OnnxExporterError) as error:
        # Its layers are known, but what is in them may be anything.
        reason = (str(error).splitlines() or [""])[0][:200]
        raise Refused(
            "model",
            f"The network of {{weights}} cannot be computed ({type(error).__name__}: {reason}).",
            "Is it what `yolo pose train` wrote?",
        ) from error


def export(model: nn.Module, parameters: dict[str, Any]) -> dict[str, Any]:
    """ONNX of the model and what it computes, written to the outputs; what there is to say of it."""
    image_size = parameters["image_size"]
    limits = {name: parameters[name] for name in ("classes", "keypoints", "keypoint_dimensions")}
    check_model(model, **limits)
    model.fuse(verbose=False)
    for module in model.modules():
        if isinstance(module, block.C2f):
            module.forward = module.forward_split  # chunk() would export as computed slices
    wrapper = HEADS[parameters["head"]](model, image_size).eval()
    branches = Branches(model).eval()
    with torch.no_grad():
        torch.onnx.export(
            branches,
            (torch.zeros(1, 3, image_size, image_size),),
            str(OUTPUTS / "model.onnx"),
            input_names=["images"],
            output_names=list(branches.names),
            opset_version=OPSET,
            dynamo=False,
            verbose=False,
        )
        # What the network computes, for the convert stage to compare with.
        picture = torch.rand(1, 3, image_size, image_size)
        results = dict(zip(wrapper.names, wrapper(picture), strict=True))
    for name, result in results.items():
        if not bool(torch.isfinite(result).all()):
            raise Refused(
                "weights",
                f"The network of {{weights}} gives NaN or infinite values ({name}): its training went wrong.",
                "Train again with a smaller learning rate, or pass a checkpoint of an earlier epoch.",
            )
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
    weights = [layer.weight.detach().numpy() for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    return {
        "task": "pose",
        "classes": [str(name) for _, name in sorted(model.names.items())],
        "keypoints": int(last.kpt_shape[0]),
        "keypoint_dimensions": int(last.kpt_shape[1]),
        "head": parameters["head"],
        "outputs": list(wrapper.names),
        "network": describe_network(model, graph),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "weights": sum(tensor.size for tensor in weights),
        "weight_entropy_bytes": entropy_bytes(weights),
        "versions": {"torch": torch.__version__, "ultralytics": ultralytics.__version__, "onnx": onnx.__version__},
    }
