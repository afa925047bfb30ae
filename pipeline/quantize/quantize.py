"""SavedModel → exactly one integer TFLite, in the environment `convert` (tensorflow-cpu).

Parameters: `granularity` ("per-tensor" or "per-channel", of the weights), `input_type` and `output_type` ("int8",
"uint8" or "float32"), `output_order` (names of the outputs in the order the firmware reads them; None leaves them as
they are), `scale` and `offset` (what the network is fed: scale · pixel + offset), `full_range` (whether the input's
range must be that of all pixels, whatever the pictures hold), `range_search` (whether to choose ranges and biases by
what they cost: activation_ranges.py, conv_layers.py), `task` and `head` (keys of RANGE_WEIGHTS, for the range search;
None of a user's own model), `compress_weights` ("off", or a key of weight_compression.PRICES; it needs `range_search`
and `macs_per_byte`, the multiplications that the device does while a byte of weights arrives), `gptq` (whether
weights are rounded so that their errors cancel, also where they are not compressed; it needs `range_search`),
`depthwise_by_channel` (whether depthwise convolutions get a step for each channel where others have one a layer: it
needs `float.tflite`), and `describe` (whether the float network is handed on to pipeline/rounding, which finds ranges,
weights and biases; it needs `range_search`. Where the network has operators that pipeline/rounding does not know, the
report says so in `not_described`, and the model is rounded as without).
Inputs `saved_model.zip`, `calibration.npy` (uint8 (N, H, W, C)), and for the range search `float.tflite`; outputs
`model.tflite`, and with `describe` `network.npz` (network_description.py).
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # sums do not depend on the number of cores

import numpy
import tensorflow
from tensorflow.lite.python.convert_phase import ConverterError

from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.heads.range_weights import RANGE_WEIGHTS
from pipeline.quantize import calibration, conv_layers, depthwise, network_description, weight_compression
from pipeline.shared import activation_ranges
from pipeline.shared.tflite_graph import Graph

REFINING_IMAGES = 48
"""Each runs through the float and the integer model one by one, so this is most of the time of the range search."""
TYPES = {"int8": tensorflow.int8, "uint8": tensorflow.uint8, "float32": tensorflow.float32}


def with_full_range(image: numpy.ndarray) -> numpy.ndarray:
    """The picture with one black and one white pixel in its corners.

    The range of the input is that of the pictures; without these two, a set of dim ones gives a scale other than the
    1/255 that the firmware's arithmetic stands for.
    """
    changed = image.copy()
    changed[0, 0], changed[-1, -1] = 0, 255
    return changed


def refuse_other_shape(saved_model: Path, images: numpy.ndarray) -> None:
    """Raise Refused of kind "usage" where the SavedModel's input has another shape than the pictures."""
    signature = tensorflow.saved_model.load(str(saved_model)).signatures["serving_default"]
    tensors = list(signature.structured_input_signature[1].values())
    if len(tensors) != 1 or tensors[0].shape.rank != 4:
        return
    wanted, given = tensors[0].shape[1:], images.shape[1:]
    if not wanted.is_compatible_with(given):
        raise Refused(
            "usage",
            f"input_shape is {list(given)} (height, width, channels), and the SavedModel takes {wanted.as_list()}.",
            f"Write input_shape: {wanted.as_list()}.",
        )


def convert(saved_model: Path, images: numpy.ndarray, parameters: dict[str, Any]) -> bytes:
    """Post-training quantisation with integer operators only."""

    def representative_dataset() -> Iterator[list[numpy.ndarray]]:
        for index, image in enumerate(images):
            if index == 0 and parameters["full_range"]:
                image = with_full_range(image)
            yield [image[None].astype(numpy.float32) * parameters["scale"] + parameters["offset"]]

    converter = tensorflow.lite.TFLiteConverter.from_saved_model(str(saved_model))
    converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = TYPES[parameters["input_type"]]
    converter.inference_output_type = TYPES[parameters["output_type"]]
    per_tensor = parameters["granularity"] == "per-tensor"
    converter._experimental_disable_per_channel = per_tensor
    converter._experimental_disable_per_channel_quantization_for_dense_layers = per_tensor
    try:
        content = calibration.quantized(converter, representative_dataset)
        if parameters["head"] is None:  # a user's own SavedModel
            refuse_other_shape(saved_model, images)
        return content
    except (ConverterError, RuntimeError, ValueError) as error:
        refuse_other_shape(saved_model, images)
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise Refused(
            "model",
            f"TensorFlow cannot make an integer model of this network: {reason[:300]}",
            "Its layers must have integer kernels, and the calibration pictures the shape of its input.",
        ) from error


def spread(images: numpy.ndarray) -> numpy.ndarray:
    """At most REFINING_IMAGES of the pictures, evenly spread."""
    chosen = numpy.linspace(0, len(images) - 1, min(len(images), REFINING_IMAGES)).astype(int)
    return numpy.asarray(images[chosen])


def refined(content: bytes, images: numpy.ndarray, parameters: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The same network with ranges that lose less and biases that carry what rounding costs; what the report says."""
    floating = (INPUTS / "float.tflite").read_bytes()
    graph = Graph.read(content)
    if activation_ranges.degenerate(graph):
        return content, {"not_described": "it gives next to nothing"}
    reason = network_description.unknown(Graph.read(floating), graph) if parameters["describe"] else ""
    described = parameters["describe"] and not reason
    limits = activation_ranges.limits_of(graph)
    outputs = {name: limits[graph.tensors[tensor].name] for name, tensor in graph.stored_outputs().items()}
    if described:  # pipeline/rounding chooses all other ranges
        limits = {name: limit for name, limit in limits.items() if name in of_outputs(graph)}
    chosen = spread(images)
    fed = [image[None] / numpy.float32(255) for image in chosen]
    weights = RANGE_WEIGHTS[parameters["task"]][parameters["head"]]
    observed = activation_ranges.observe(floating, fed, limits, outputs, head_weights=weights)
    activation_ranges.apply(graph, activation_ranges.choose(graph, *observed))
    try:
        layers = conv_layers.layers(graph, Graph.read(floating))
    except ValueError as error:
        raise Refused("stage", f"The network cannot be refined: {error}.", "Build with --no-range-search.") from error
    if described:
        (OUTPUTS / "network.npz").write_bytes(network_description.describe(Graph.read(floating), graph))
        return graph.packed(), {}
    stored = [graph.stored_image(image) for image in chosen]
    if parameters["gptq"] or parameters["compress_weights"] != "off":
        price = weight_compression.PRICES.get(parameters["compress_weights"], 0.0)
        done = weight_compression.compress(
            graph, layers, graph.packed(), stored, price=price, macs_per_byte=parameters["macs_per_byte"]
        )
        return graph.packed(), {"compression": done}
    for layer, seen in zip(
        layers, conv_layers.gather(layers, graph, graph.packed(), stored, hessians=False), strict=True
    ):
        conv_layers.correct_bias(graph, layer, seen)
    return graph.packed(), {"not_described": reason} if reason else {}


def of_outputs(graph: Graph) -> set[bytes]:
    """The names of the tensors that share a range with an output."""
    outputs = set(graph.stored_outputs().values())
    groups = [members for members in graph.sharing().values() if outputs & set(members)]
    return {graph.tensors[member].name for members in groups for member in members}


def order_outputs(content: bytes, order: list[str]) -> bytes:
    """The same model with its outputs in `order` and named so, in its signature and in its graph alike.

    TensorFlow numbers the outputs as it likes; Himax's app picks them by index, and a person picks them by name.
    """
    whole = Graph.read(content)
    graph, signature = whole.model.subgraphs[0], whole.model.signatureDefs[0]
    by_name = {output.name.decode(): output for output in signature.outputs}
    if sorted(by_name) != sorted(order):
        raise Refused("stage", f"the model has the outputs {sorted(by_name)}, the target wants {sorted(order)}.")
    for name in order:
        graph.tensors[by_name[name].tensorIndex].name = name.encode()
    for entry in signature.inputs:
        graph.tensors[entry.tensorIndex].name = entry.name
    graph.outputs = numpy.array([by_name[name].tensorIndex for name in order], numpy.int32)
    signature.outputs = [by_name[name] for name in order]
    return whole.packed()


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Quantise with the calibration pictures."""
    images = numpy.load(INPUTS / "calibration.npy", mmap_mode="r")
    with tempfile.TemporaryDirectory() as temporary:
        saved_model = Path(temporary) / "saved_model"
        with zipfile.ZipFile(INPUTS / "saved_model.zip") as archive:
            archive.extractall(saved_model)  # leaves out leading slashes and ".."
        content = convert(saved_model, images, parameters)
    if parameters["depthwise_by_channel"]:
        content = depthwise.by_channel(content, (INPUTS / "float.tflite").read_bytes())
    plain, said = content, dict[str, Any]()
    if parameters["describe"]:
        (OUTPUTS / "network.npz").touch()  # empty where there is nothing to be said
    if parameters["range_search"]:
        content, said = refined(plain, images, parameters)
    if activation_ranges.added_beyond_reach(Graph.read(content)):
        raise Refused(
            "model",
            "The network gives next to the same for every picture, so that no integer kernel can compute it.",
            "It looks untrained: train it, and look at what the float model finds.",
        )
    order = parameters["output_order"]
    (OUTPUTS / "model.tflite").write_bytes(order_outputs(content, order) if order is not None else content)
    return {
        "calibration_images": len(images),
        "refined": content is not plain,
        "compression": said.get("compression"),
        "not_described": said.get("not_described", ""),
        "versions": {"tensorflow-cpu": tensorflow.__version__},
    }
