"""Runs a .tflite on pictures as the device would, in the environment `convert` (TensorFlow Lite) or `micro`.

The picture is resized as the firmware does, turned into what the input tensor stores, and the outputs are dequantised
with their own scales, decoded and thinned out as the firmware does.

Parameters: `interpreter` ("tensorflow-lite" or "tflite-micro"), `head` (a key of decoding.DECODERS), `resize` (a key of
pictures.RESIZES), `score` and `overlap` (of the non-maximum suppression, parts of 1), `maximum` (people a picture), and
`second_overlap` (null, or the IoU of another suppression, whose result is `second`: ST's own figure needs one).
`models` are names: of each there is an input NAME.tflite, and an output NAME.json is made. Input `images.tar`.
NAME.json: {"images": [{"name", "width", "height", "detections":
[{"box": [x1, y1, x2, y2], "score", "keypoints": [[x, y, visibility], …]}], "second": likewise}]}, in pixels of the
picture, best first; pictures by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

import numpy
from decoding import DECODERS, Candidates, suppress
from harness import INPUTS, OUTPUTS, Refused
from pictures import RESIZES, unpacked

try:  # at the top, so that it is done when the pictures come
    import tensorflow
except ImportError:  # in the environment `micro`
    tensorflow = None

ARENA_BYTES = 64 * 1024 * 1024
DIGITS = 3
"""Decimals of pixels and scores that are written."""


class Network(Protocol):
    """A model in an interpreter."""

    size: int
    versions: dict[str, str]

    def __call__(self, pixels: numpy.ndarray) -> list[numpy.ndarray]:
        """uint8 (S, S, 3) → the outputs without their first dimension, as real values."""
        ...


def store(pixels: numpy.ndarray, dtype: Any, scale: float, zero_point: int) -> numpy.ndarray:
    """Pixels as the input tensor stores them, (1, S, S, 3).

    SSCMA-Micro and Himax's app subtract 128, ST's applications pass the bytes as they are: with a scale of 1/255 the
    quantisation of pixel / 255 comes to the same.
    """
    if numpy.issubdtype(dtype, numpy.floating):
        return numpy.asarray(pixels[None] / numpy.float32(255), dtype)
    limits = numpy.iinfo(dtype)
    stored = numpy.rint(pixels[None] / (255 * scale)) + zero_point
    return numpy.asarray(stored.clip(limits.min, limits.max), dtype)


def restore(values: numpy.ndarray, scale: float, zero_point: int) -> numpy.ndarray:
    """Real values of an output without its first dimension."""
    if numpy.issubdtype(values.dtype, numpy.floating):
        return numpy.asarray(values[0])
    return numpy.asarray((values[0].astype(numpy.float32) - numpy.float32(zero_point)) * numpy.float32(scale))


class TensorFlowLite:
    """TensorFlow Lite's interpreter with its plain kernels: XNNPACK rounds in floating point, no device does."""

    def __init__(self, model: bytes) -> None:
        lite = tensorflow.lite
        plain = lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        floating = not any(
            detail["dtype"] in (numpy.int8, numpy.uint8)
            for detail in lite.Interpreter(model_content=model).get_tensor_details()
        )
        kinds = {} if floating else {"experimental_op_resolver_type": plain}
        self._interpreter = lite.Interpreter(model_content=model, num_threads=1, **kinds)
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        self.size = int(self._input["shape"][1])
        self.versions = {"tensorflow-cpu": tensorflow.__version__}

    def __call__(self, pixels: numpy.ndarray) -> list[numpy.ndarray]:
        """See Network."""
        self._interpreter.set_tensor(
            self._input["index"], store(pixels, self._input["dtype"], *self._input["quantization"])
        )
        self._interpreter.invoke()
        return [
            restore(self._interpreter.get_tensor(detail["index"]), *detail["quantization"]) for detail in self._outputs
        ]


class TensorFlowLiteMicro:
    """TFLite Micro's interpreter: the code the firmware runs, with its reference kernels."""

    def __init__(self, model: bytes) -> None:
        import importlib.metadata

        from tflite_micro.python.tflite_micro import runtime

        self._interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
        self._input = self._interpreter.get_input_details(0)
        self.size = int(self._input["shape"][1])
        self.versions = {"tflite-micro": importlib.metadata.version("tflite-micro")}

    def __call__(self, pixels: numpy.ndarray) -> list[numpy.ndarray]:
        """See Network."""
        self._interpreter.set_input(store(pixels, self._input["dtype"], *self._parameters(self._input)), 0)
        self._interpreter.invoke()
        outputs: list[numpy.ndarray] = []
        while True:
            try:
                details = self._interpreter.get_output_details(len(outputs))
            except IndexError:
                return outputs
            outputs.append(restore(self._interpreter.get_output(len(outputs)), *self._parameters(details)))

    @staticmethod
    def _parameters(details: dict[str, Any]) -> tuple[float, int]:
        found = details["quantization_parameters"]
        return (float(found["scales"][0]), int(found["zero_points"][0])) if len(found["scales"]) else (1.0, 0)


INTERPRETERS: dict[str, Callable[[bytes], Network]] = {
    "tensorflow-lite": TensorFlowLite,
    "tflite-micro": TensorFlowLiteMicro,
}


def written(found: Candidates, width: int, height: int) -> list[dict[str, Any]]:
    """The rows for the output, in pixels of a picture of this size."""
    scale = numpy.array([width, height])
    rows = []
    for box, score, keypoints in zip(found.boxes, found.scores, found.keypoints, strict=True):
        points = numpy.concatenate([keypoints[:, :2] * scale, keypoints[:, 2:]], 1)
        rows.append(
            {
                "box": (box * numpy.tile(scale, 2)).round(DIGITS).tolist(),
                "score": round(float(score), 2 * DIGITS),
                "keypoints": points.round(DIGITS).tolist(),
            }
        )
    return rows


def load(name: str, interpreter: str) -> Network:
    """NAME.tflite in an interpreter; raises Refused where that does not take it."""
    try:
        return INTERPRETERS[interpreter]((INPUTS / f"{name}.tflite").read_bytes())
    except (ValueError, RuntimeError) as error:
        raise Refused(
            "model-file",
            f"The interpreter does not take the model: {(str(error).splitlines() or ['no reason given'])[0]}.",
            "A file that went through Vela runs on the device alone; pass the one before.",
        ) from error


def detect(network: Network, name: str, picture: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """One picture's entry."""
    pixels = RESIZES[parameters["resize"]](picture, network.size, network.size)
    try:
        candidates = DECODERS[parameters["head"]](network(pixels), network.size)
    except (KeyError, ValueError, IndexError) as error:
        raise Refused(
            "model", "The model's outputs are not those of the target's head.", "`invoke check` says what they are."
        ) from error
    entry: dict[str, Any] = {"name": name, "width": picture.width, "height": picture.height}
    for key, overlap in (("detections", parameters["overlap"]), ("second", parameters["second_overlap"])):
        if overlap is not None:
            kept = suppress(candidates, score=parameters["score"], overlap=overlap, maximum=parameters["maximum"])
            entry[key] = written(kept, picture.width, picture.height)
    return entry


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Detect on every picture with every model."""
    networks = {name: load(name, parameters["interpreter"]) for name in parameters["models"]}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in networks}
    for picture_name, picture in unpacked(INPUTS / "images.tar", 3, kind="dataset"):
        for name, network in networks.items():
            found[name].append(detect(network, picture_name, picture, parameters))
    for name, images in found.items():
        (OUTPUTS / f"{name}.json").write_text(json.dumps({"images": images}))
    versions = next(iter(networks.values())).versions
    return {"count": len(next(iter(found.values()))), "versions": versions}
