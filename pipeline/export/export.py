"""Checkpoint → ONNX, in the environment `export` (torch, ultralytics).

Parameters: `image_size` (pixels, square), `task` (a key of EXPORTERS), `head` (one of its heads), and `limits` (what
the target's firmware needs, see the exporter's `check_model`). Input `weights.pt`. Outputs: `model.onnx`, whose input
is `images` float32 (1, 3, S, S) in 0–1 and whose outputs are the feature maps of the head (see its `branches`), and
`reference.npz`: a picture, NHWC, and what the network with its head makes of it.
"""

from __future__ import annotations

from typing import Any

import onnx
import torch
import ultralytics
from torch import nn
from ultralytics.nn.modules import block

from pipeline.export.attention import DOMAIN, by_heads, with_meaning
from pipeline.export.weight_size import entropy_bytes
from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.heads.exporters import EXPORTERS
from pipeline.shared.arrays import save_arrays
from pipeline.shared.checkpoint import first_line, load_model

# Attribute form of Split: onnx2tf turns the input form (opset 13 and later) into a SplitV that TFLite does not have.
OPSET = 12


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
    except (OSError, Refused):  # of writing the results
        raise
    except Exception as error:  # its layers are known, but what is in them may be anything
        raise Refused(
            "model",
            f"The network of {{weights}} cannot be computed ({type(error).__name__}: {first_line(error)}).",
            "Is it what `yolo pose train` or `yolo detect train` wrote?",
        ) from error


def export(model: nn.Module, parameters: dict[str, Any]) -> dict[str, Any]:
    """ONNX of the model and what it computes, written to the outputs; what there is to say of it."""
    image_size = parameters["image_size"]
    exporter = EXPORTERS[parameters["task"]]
    exporter.check_model(model, **parameters["limits"])
    model.fuse(verbose=False)
    for module in model.modules():
        if isinstance(module, block.C2f):
            module.forward = module.forward_split  # chunk() would export as computed slices
    wrapper = exporter.heads[parameters["head"]](model, image_size).eval()
    branches = exporter.branches(model).eval()
    with torch.no_grad():
        # What the network computes, as it is in the checkpoint, for the convert stage to compare with.
        image = torch.rand(1, 3, image_size, image_size)
        results = dict(zip(wrapper.names, wrapper(image), strict=True))
        by_heads(model)
        torch.onnx.export(
            branches,
            (torch.zeros(1, 3, image_size, image_size),),
            str(OUTPUTS / "model.onnx"),
            input_names=["images"],
            output_names=list(branches.names),
            opset_version=OPSET,
            dynamo=False,
            verbose=False,
            custom_opsets={DOMAIN: 1},
        )
    for name, result in results.items():
        if not bool(torch.isfinite(result).all()):
            raise Refused(
                "weights",
                f"The network of {{weights}} gives NaN or infinite values ({name}): its training went wrong.",
                "Train again with a smaller learning rate, or pass a checkpoint of an earlier epoch.",
            )
    arrays = {name: result.numpy() for name, result in {"images": image.permute(0, 2, 3, 1), **results}.items()}
    save_arrays(OUTPUTS / "reference.npz", arrays)
    # onnx2tf needs every shape, and the exporter writes none.
    graph = onnx.shape_inference.infer_shapes(
        with_meaning(onnx.load(OUTPUTS / "model.onnx")), check_type=True, strict_mode=True, data_prop=True
    )
    for node in graph.graph.node:
        node.ClearField("doc_string")  # paths of this installation
    onnx.save(graph, OUTPUTS / "model.onnx")
    weights = [layer.weight.detach().numpy() for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    return {
        "task": parameters["task"],
        "classes": [str(name) for _, name in sorted(model.names.items())],
        **exporter.describe_head(model),
        "head": parameters["head"],
        "outputs": list(wrapper.names),
        "network": {**describe_network(model, graph), "branches": dict(exporter.branch_names)},
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "weights": sum(tensor.size for tensor in weights),
        "weight_entropy_bytes": entropy_bytes(weights),
        "versions": {"torch": torch.__version__, "ultralytics": ultralytics.__version__, "onnx": onnx.__version__},
    }
