"""A .tflite in an interpreter, fed as the device feeds it; used by detect.py and validate.py."""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy

from pipeline.harness import Refused
from pipeline.heads.decoders import DECODERS
from pipeline.shared.candidates import Candidates

if TYPE_CHECKING:
    from pipeline.shared.float_network import FloatNetwork

ARENA_BYTES = 64 * 1024 * 1024


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


class LiteInterpreter:
    """TensorFlow Lite's interpreter with its plain kernels: XNNPACK rounds in floating point, no device does.

    `package` is one that has the classes Interpreter and OpResolverType; `versions` says which. The results are the
    same for any number of `threads`.
    """

    def __init__(self, model: bytes, *, package: Any, versions: dict[str, str], threads: int = 1) -> None:
        plain = package.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        self.floating = not any(
            detail["dtype"] in (numpy.int8, numpy.uint8)
            for detail in package.Interpreter(model_content=model).get_tensor_details()
        )
        kinds = {} if self.floating else {"experimental_op_resolver_type": plain}
        self._interpreter = package.Interpreter(model_content=model, num_threads=threads, **kinds)
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        self.size = int(self._input["shape"][1])
        self.versions = versions

    def __call__(self, pixels: numpy.ndarray) -> list[numpy.ndarray]:
        """See Network."""
        self._interpreter.set_tensor(
            self._input["index"], store(pixels, self._input["dtype"], *self._input["quantization"])
        )
        self._interpreter.invoke()
        return [
            restore(self._interpreter.get_tensor(detail["index"]), *detail["quantization"]) for detail in self._outputs
        ]


def tensorflow_lite(model: bytes) -> LiteInterpreter:
    """The interpreter of TensorFlow, in the environment `convert`."""
    import tensorflow

    package = types.SimpleNamespace(
        Interpreter=tensorflow.lite.Interpreter, OpResolverType=tensorflow.lite.experimental.OpResolverType
    )
    return LiteInterpreter(model, package=package, versions={"tensorflow-cpu": tensorflow.__version__})


class NumpyInterpreter:
    """A float network computed by NumPy: the same on every processor, see float_network.py."""

    def __init__(self, network: FloatNetwork) -> None:
        self._network = network
        self.size = int(network.graph.tensors[network.entry].shape[1])
        self.versions = {"numpy": numpy.__version__}

    def __call__(self, pixels: numpy.ndarray) -> list[numpy.ndarray]:
        """See Network."""
        wanted = self._network.outputs
        computed = self._network.computed(store(pixels, numpy.float32, 1.0, 0))
        values = {tensor: values[0] for tensor, values in computed if tensor in wanted}
        return [values[tensor] for tensor in wanted]


def numpy_or_tensorflow_lite(model: bytes) -> Network:
    """Float networks by NumPy where it knows all their operators; all else by TensorFlow Lite."""
    found = tensorflow_lite(model)  # first: it verifies the file
    if not found.floating:
        return found
    from pipeline.shared.float_network import FloatNetwork

    try:
        return NumpyInterpreter(FloatNetwork(model))
    except ValueError:
        return found


def litert(model: bytes, *, threads: int = 1) -> Network:
    """The same interpreter in the package that Ultralytics takes, in the environment `validate`."""
    import importlib.metadata

    from ai_edge_litert import interpreter

    versions = {"ai-edge-litert": importlib.metadata.version("ai-edge-litert")}
    return LiteInterpreter(model, package=interpreter, versions=versions, threads=threads)


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
    "tensorflow-lite": numpy_or_tensorflow_lite,
    "tflite-micro": TensorFlowLiteMicro,
}


def _reason(error: Exception) -> str:
    """The first line of what a library says."""
    return (str(error).splitlines() or ["no reason given"])[0].rstrip(".")


def load(path: Path, interpreter: Callable[[bytes], Network]) -> Network:
    """The .tflite at `path` in an interpreter; raises Refused where that does not take it."""
    try:
        return interpreter(path.read_bytes())
    except (ValueError, RuntimeError) as error:
        raise Refused(
            "model-file",
            f"The interpreter does not take the model: {_reason(error)}.",
            "A file that went through Vela runs on the device alone; pass the one before.",
        ) from error


def candidates(network: Network, task: str, head: str, pixels: numpy.ndarray) -> Candidates:
    """What the network finds at every anchor, decoded as the firmware does.

    `task` is a key of decoders.DECODERS and `head` one of its heads, `pixels` are uint8 (S, S, 3). Raises Refused where
    the outputs are others, or there are none.
    """
    try:
        outputs = network(pixels)
    except (ValueError, RuntimeError) as error:
        raise Refused(
            "model-file",
            f"The interpreter cannot compute the model: {_reason(error)}.",
            "Build it again, or check where the file comes from.",
        ) from error
    try:
        return DECODERS[task][head](outputs, network.size)
    except (KeyError, ValueError, IndexError) as error:
        raise Refused(
            "model", "The model's outputs are not those of the target's head.", "`invoke check` says what they are."
        ) from error
