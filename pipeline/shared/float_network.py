"""A float .tflite computed by NumPy, whose kernels can be pinned; used where a float network's values go into a result.

TensorFlow Lite chooses its kernels, and the blocks of its products, by the processor, and nothing from outside changes
that: the last bits of what it finds differ between processors. NumPy's kernels are told by CPU_PINS
(edgecask/plan/program.py). The operators are those that Ultralytics' networks and the targets' heads consist of; of a
network with others TensorFlow Lite computes all.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy
from tensorflow.lite.python import schema_py_generated as schema

from pipeline.shared.float_kernels import KERNELS, unknown
from pipeline.shared.tflite_graph import Graph, interpreter_of

DTYPES = {schema.TensorType.FLOAT32: numpy.float32, schema.TensorType.INT32: numpy.int32}
WORKERS = 2

Activations = dict[int, numpy.ndarray]
"""Values (1, …) by the number of their tensor."""
Part = TypeVar("Part")


class FloatNetwork:
    """The network of a float .tflite with one input; `graph` is its graph, `entry` the input's tensor."""

    def __init__(self, content: bytes) -> None:
        """Raises ValueError where it has operators, shapes or kinds of numbers that are not known here."""
        self.graph = Graph.read(content)
        for kind, operator in zip(self.graph.kinds, self.graph.operators, strict=True):
            if reason := unknown(kind, operator.builtinOptions):
                raise ValueError(reason)
        entries = self.graph.model.subgraphs[0].inputs
        if len(entries) != 1 or len(self.graph.model.subgraphs) != 1:
            raise ValueError("several inputs or graphs")
        self.entry = int(entries[0])
        self.outputs = [int(tensor) for tensor in self.graph.model.subgraphs[0].outputs]
        self._shape = tuple(self.graph.shape(self.entry))
        if self.graph.tensors[self.entry].type != schema.TensorType.FLOAT32 or self._shape[:1] != (1,):
            raise ValueError("an input that is not one image of float32")
        self._constants: Activations = {}
        for number, tensor in enumerate(self.graph.tensors):
            if tensor.type not in DTYPES:
                raise ValueError("numbers that are neither float32 nor int32")
            if tensor.shapeSignature is not None and -1 in tensor.shapeSignature:
                raise ValueError("shapes that are known at run time only")
            if self.graph.model.buffers[tensor.buffer].data is not None:
                self._constants[number] = self.graph.constant(number, DTYPES[tensor.type])
        self._last_readers = self._find_last_readers()
        self._refuse_other_shapes()

    def _find_last_readers(self) -> list[list[int]]:
        """For every operator the tensors that nobody reads after it."""
        last = {
            tensor: number
            for number, operator in enumerate(self.graph.operators)
            for tensor in map(int, (*operator.inputs, *operator.outputs))
        }
        found: list[list[int]] = [[] for _ in self.graph.operators]
        for tensor, number in last.items():
            found[number].append(tensor)
        return found

    def _refuse_other_shapes(self) -> None:
        """Compute one image of zeros: where the file says other shapes, its operators mean something else."""
        made = set()
        try:
            for tensor, values in self.computed(numpy.zeros(self._shape, numpy.float32)):
                if list(values.shape) != self.graph.shape(tensor):
                    raise ValueError("shapes that are not those of the file")
                made.add(tensor)
        except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"operators of another form ({error})") from error
        if not made.issuperset(self.outputs):
            raise ValueError("outputs that no operator makes")

    def computed(self, image: numpy.ndarray) -> Iterator[tuple[int, numpy.ndarray]]:
        """The image (1, H, W, C) of float32, then all that is computed of it, each as it comes.

        Raises ValueError where the image has another shape than the input.
        """
        if image.shape != self._shape:
            raise ValueError(f"an image of the shape {image.shape} for an input of the shape {self._shape}")
        values = {self.entry: image}
        yield self.entry, image
        for kind, operator, done in zip(self.graph.kinds, self.graph.operators, self._last_readers, strict=True):
            tensors = [int(tensor) for tensor in operator.inputs if tensor >= 0]
            given = [values[tensor] if tensor in values else self._constants[tensor] for tensor in tensors]
            made = KERNELS[kind](given, operator.builtinOptions)
            values |= zip((int(tensor) for tensor in operator.outputs), made, strict=True)
            for tensor in operator.outputs:
                yield int(tensor), values[int(tensor)]
            for tensor in done:  # all of them together may be more than there is memory
                values.pop(tensor, None)


class LiteFloatNetwork:
    """The same of any network, by TensorFlow Lite's kernels, which differ in last bits between processors."""

    def __init__(self, content: bytes) -> None:
        self.graph = Graph.read(content)
        self._interpreter = interpreter_of(content)
        self.entry = int(self._interpreter.get_input_details()[0]["index"])
        self._tensors = sorted({self.entry, *map(int, self.graph.made_by())})

    def computed(self, image: numpy.ndarray) -> Iterator[tuple[int, numpy.ndarray]]:
        """See FloatNetwork."""
        self._interpreter.set_tensor(self.entry, image)
        self._interpreter.invoke()
        return ((tensor, self._interpreter.get_tensor(tensor)) for tensor in self._tensors)


Network = FloatNetwork | LiteFloatNetwork


def float_network(content: bytes) -> Network:
    """By NumPy where that can be."""
    try:
        return FloatNetwork(content)
    except ValueError:
        return LiteFloatNetwork(content)


def networks_of(content: bytes) -> list[Network]:
    """One for each worker: one alone where NumPy computes, since it remembers nothing of an image."""
    first = float_network(content)
    if isinstance(first, FloatNetwork):
        return [first] * WORKERS
    return [first, *(LiteFloatNetwork(content) for _ in range(1, WORKERS))]


def in_parts(
    networks: Sequence[Network],
    feed: Callable[[], Iterable[numpy.ndarray]],
    work: Callable[[Network, Iterable[numpy.ndarray]], Part],
) -> list[Part]:
    """What `work` makes of shares of the images that `feed` gives, each by a thread with one of the networks.

    Who gets what does not depend on who is faster.
    """

    def share(number: int) -> Part:
        return work(networks[number], itertools.islice(feed(), number, None, len(networks)))

    with ThreadPoolExecutor(len(networks)) as pool:
        return list(pool.map(share, range(len(networks))))
