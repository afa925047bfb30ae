"""A .tflite as operators and tensors with what leads where; used by the stages that change or compare models."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy
import tensorflow
from tensorflow.lite.python import schema_py_generated as schema

Operator = schema.BuiltinOperator
NAMES: dict[int, str] = {number: name for name, number in vars(Operator).items() if isinstance(number, int)}
# The kernels of these hand codes on, so input and output have one scale (TensorFlow's quantisation specification).
HANDED_ON = {
    Operator.CONCATENATION, Operator.MAX_POOL_2D, Operator.PAD, Operator.RESHAPE, Operator.RESIZE_NEAREST_NEIGHBOR,
    Operator.SLICE, Operator.SPLIT, Operator.SPLIT_V, Operator.STRIDED_SLICE, Operator.TRANSPOSE,
}  # fmt: skip

STORED = {schema.TensorType.INT8: numpy.int8, schema.TensorType.UINT8: numpy.uint8}
MULTIPLYING = {Operator.CONV_2D, Operator.DEPTHWISE_CONV_2D, Operator.FULLY_CONNECTED}


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One model's operators and tensors, with what leads where."""

    model: Any
    operators: list[Any]
    kinds: list[int]
    tensors: list[Any]

    @classmethod
    def read(cls, content: bytes) -> Graph:
        """From the bytes of a .tflite."""
        model = schema.ModelT.InitFromPackedBuf(content, 0)
        graph = model.subgraphs[0]
        model.operatorCodes, graph.operators = model.operatorCodes or [], graph.operators or []
        for listing in (graph, *graph.operators):  # a file may leave out what is empty
            listing.inputs, listing.outputs = _listed(listing.inputs), _listed(listing.outputs)
        # Files older than TensorFlow 2.4 have the code in the deprecated byte alone.
        codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
        kinds = [codes[operator.opcodeIndex] for operator in graph.operators]
        return cls(model=model, operators=graph.operators, kinds=kinds, tensors=graph.tensors)

    def outputs(self) -> dict[str, int]:
        """The tensors of the outputs by their names in the signature."""
        return {entry.name.decode(): entry.tensorIndex for entry in self.model.signatureDefs[0].outputs}

    def stored_outputs(self) -> dict[str, int]:
        """The int8 tensors of the outputs, also where they are handed out as another type."""
        made = {tensor: operator for operator in self.operators for tensor in operator.outputs}
        kinds = {id(operator): kind for kind, operator in zip(self.kinds, self.operators, strict=True)}
        found = {}
        for name, tensor in self.outputs().items():
            operator = made.get(tensor)
            if operator is not None and kinds[id(operator)] in (Operator.DEQUANTIZE, Operator.QUANTIZE):
                tensor = operator.inputs[0]
            if self.activation(tensor):
                found[name] = int(tensor)
        return found

    def readers(self) -> dict[int, list[int]]:
        """For every tensor the numbers of the operators that read it."""
        found: dict[int, list[int]] = collections.defaultdict(list)
        for number, operator in enumerate(self.operators):
            for tensor in operator.inputs:
                found[tensor].append(number)
        return found

    def made_by(self) -> dict[int, int]:
        """For every tensor that is computed the kind of the operator that does it."""
        return {
            tensor: kind
            for kind, operator in zip(self.kinds, self.operators, strict=True)
            for tensor in operator.outputs
        }

    def constant(self, tensor: int, dtype: Any) -> numpy.ndarray:
        """The values of a constant tensor."""
        found = self.tensors[tensor]
        return numpy.frombuffer(bytes(self.model.buffers[found.buffer].data), dtype).reshape(found.shape)

    def shape(self, tensor: int) -> list[int]:
        """The sides of a tensor; a file may leave out that there are none."""
        found = self.tensors[tensor].shape
        return [] if found is None else [int(side) for side in found]

    def packed(self) -> bytes:
        """The bytes of a .tflite."""
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def real(self, tensor: int, values: numpy.ndarray) -> numpy.ndarray:
        """What an activation's stored values stand for, as float32."""
        entry = self.tensors[tensor]
        if entry.type == schema.TensorType.FLOAT32:
            return values
        scale, zero_point = numpy.float32(entry.quantization.scale[0]), numpy.float32(entry.quantization.zeroPoint[0])
        return numpy.asarray((values.astype(numpy.float32) - zero_point) * scale)

    def stored_image(self, image: numpy.ndarray) -> numpy.ndarray:
        """A picture (H, W, C) of bytes as the model's input holds it, (1, H, W, C)."""
        entry = self.tensors[self.model.subgraphs[0].inputs[0]]
        if entry.type not in STORED:
            return numpy.asarray(image[None] / numpy.float32(255))
        limits = numpy.iinfo(STORED[entry.type])
        codes = numpy.rint(image[None] / (255 * entry.quantization.scale[0])) + entry.quantization.zeroPoint[0]
        return numpy.asarray(codes.clip(limits.min, limits.max), STORED[entry.type])

    def activation(self, tensor: int) -> bool:
        """Whether this is an int8 tensor that is computed, with one scale."""
        found = self.tensors[tensor]
        constant = self.model.buffers[found.buffer].data is not None
        quantization = found.quantization
        scales = quantization.scale if quantization is not None else None
        return found.type == schema.TensorType.INT8 and not constant and scales is not None and len(scales) == 1

    def sharing(self) -> dict[int, list[int]]:
        """Groups of tensors that must have one range, by the first of each."""
        parent = {tensor: tensor for tensor in range(len(self.tensors)) if self.activation(tensor)}

        def root(tensor: int) -> int:
            while parent[tensor] != tensor:
                tensor = parent[tensor]
            return tensor

        for kind, operator in zip(self.kinds, self.operators, strict=True):
            if kind in HANDED_ON:
                first, *others = [t for t in (*operator.inputs, *operator.outputs) if t in parent]
                for other in others:
                    low, high = sorted((root(first), root(other)))
                    parent[high] = low
        groups: dict[int, list[int]] = collections.defaultdict(list)
        for tensor in parent:
            groups[root(tensor)].append(tensor)
        return dict(groups)


def operator_name(kind: int) -> str:
    """As the schema calls it; its number where that is a newer one."""
    return NAMES.get(kind, str(kind))


def _listed(tensors: Any) -> Any:
    return numpy.zeros(0, numpy.int32) if tensors is None else tensors


def interpreter_of(content: bytes) -> Any:
    """With all tensors kept, and no delegate, which would not compute those inside its part of the graph."""
    lite = tensorflow.lite
    made = lite.Interpreter(
        model_content=content,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        num_threads=1,  # several would wait for each other in a loop, which costs where other stages run
    )
    made.allocate_tensors()
    return made


def bias_of(graph: Graph, number: int) -> int | None:
    """The bias of the operator with this number, where it multiplies and has one."""
    operator = graph.operators[number]
    if graph.kinds[number] not in MULTIPLYING or len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return None
    return int(operator.inputs[2])
