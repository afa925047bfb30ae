"""Concatenation without copies on the Ethos-U, where Vela copies every part; used by compile.py.

Vela makes of a CONCATENATION one copy for each part, an AvgPool of 1 × 1 that writes into a slice of the whole. Here
the operator that makes a part writes into its slice itself, and who else reads the part reads that slice: fewer bytes
are moved, and not one value changes. A part and its copy are no longer there at the same time, but the whole is there
from its first part on: yolov8n-pose needs a little less memory, a small network may need a little more. Three kinds of
part keep their copy: those of another scale than the whole, those that are reshaped on the way, and those that a
convolution makes (Vela numbers its weights by where they are written).

A part that is read before the whole is complete cannot be the whole itself, or the graph would be a circle. It becomes
a tensor of the whole's shape and `equivalence_id`: what shares that shares its memory (as Vela does with the states of
an LSTM, lstm.py), from the first of them that is written to the last that is read.

Vela looks its functions up as globals of its modules when it runs; `zero_copy` replaces them by themselves with ours
around them. This is tied to VELA_VERSION: with another one nothing is replaced.
"""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ethosu.vela import cascade_builder, compiler_driver, graph_optimiser
from ethosu.vela._version import __version__ as vela_version
from ethosu.vela.operation import NpuBlockType, Op, Operation
from ethosu.vela.shape4d import Shape4D

from pipeline.compile import requantize_resize

VELA_VERSION = "4.5.0"
ORIGIN = Shape4D(0, 0, 0, 0)
READING_BLOCKS = {
    NpuBlockType.ConvolutionMxN, NpuBlockType.ConvolutionDepthWise, NpuBlockType.Pooling, NpuBlockType.ElementWise,
}  # fmt: skip
WRITING_POOLS = {Op.MaxPool, Op.ResizeNearestNeighbor, Op.AvgPool}


@dataclass(kw_only=True)
class Removed:
    """How many copies were done without; `groups` are the tensors that share memory for it."""

    count: int = 0
    groups: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A tensor that `copies` put into the tensor `whole`, where its first element stands at `place`."""

    tensor: Any
    whole: Any
    copies: tuple[Operation, ...]
    place: Shape4D

    @property
    def producer(self) -> Operation:
        """What makes it."""
        made: Operation = self.tensor.ops[0]
        return made

    @property
    def readers(self) -> list[Operation]:
        """Who reads it besides the copies."""
        return [reader for reader in self.tensor.consumer_list if reader not in self.copies]


def _shape(tensor: Any) -> Shape4D:
    return Shape4D(tensor.shape)


def _moved(offset: Shape4D | None, by: Shape4D, sign: int = 1) -> Shape4D:
    start = (offset or ORIGIN).as_list()
    return Shape4D.from_list([value + sign * step for value, step in zip(start, by.as_list(), strict=True)])


def _written(operation: Operation) -> Shape4D:
    shape: Shape4D = operation.write_shape or operation.ofm_shapes[0]
    return shape


def _only_copies(operation: Operation) -> bool:
    """Whether this is what Vela makes for a part of a concatenation, and changes no value."""
    source, target = operation.ifm, operation.ofm
    return (
        operation.type == Op.AvgPool
        and operation.memory_function == Op.ConcatSliceWrite
        and operation.run_on_npu
        and operation.kernel.elements_wh() == 1
        and operation.activation is None
        and operation.forced_input_quantization is None
        and operation.forced_output_quantization is None
        and operation.rounding_mode is None
        and operation.write_shape == (operation.read_shapes[0] or operation.ifm_shapes[0])
        and operation.ifm_shapes[0] == _shape(source)
        and operation.ofm_shapes[0] == _shape(target)
        and source.dtype == target.dtype
        and source.quantization.scale_f32 == target.quantization.scale_f32
        and source.quantization.zero_point == target.quantization.zero_point
    )


def _can_write_a_slice(producer: Operation, tensor: Any) -> bool:
    return (
        producer.run_on_npu
        and (producer.type.is_elementwise_op() or producer.type in WRITING_POOLS)
        and producer.outputs == [tensor]
        and producer.memory_function is None
        # An AvgPool's arithmetic may depend on what it is for; that of one which changes the scale does not.
        and (producer.type != Op.AvgPool or producer.original_type == Op.Quantize)
        and producer.write_offset in (None, ORIGIN)
        and producer.ofm_shapes[0] == _shape(tensor)
        and _written(producer) == _shape(tensor)
        and list(producer.ofm_stride_multiplier) == [1, 1, 1]
        and not any(producer.tile_base_offsets_ofm)
    )


def _can_read_a_slice(reader: Operation, tensor: Any) -> bool:
    indices = [index for index, source in enumerate((reader.ifm, reader.ifm2)) if source is tensor]
    if len(indices) != 1 or list(reader.inputs).count(tensor) != 1:
        return False
    (index,) = indices
    shape = reader.read_shapes[index] or _shape(tensor)
    return (
        reader.run_on_npu
        and reader.type.npu_block_type in READING_BLOCKS
        and reader.original_type != Op.Transpose
        and reader.ifm_shapes[index] == _shape(tensor)
        and list(reader.ifm_stride_multiplier[index]) == [1, 1, 1]
        # An elementwise operator that spreads its input over more than there is would spread the whole.
        and (not reader.type.is_elementwise_op() or shape == _written(reader))
    )


def _part(copies: list[Operation]) -> Part | None:
    """What these copies of one tensor into one whole are, where they can be done without."""
    tensor, whole = copies[0].ifm, copies[0].ofm
    if len(tensor.ops) != 1 or len(tensor.shape) != len(whole.shape):
        return None
    if None in tensor.consumer_list or None in whole.consumer_list:  # an output of the network
        return None
    if not all(_only_copies(copy) for copy in copies):
        return None
    offsets = [copy.read_offsets[0] or ORIGIN for copy in copies]
    places = [_moved(copy.write_offset, offset, -1) for copy, offset in zip(copies, offsets, strict=True)]
    part = Part(tensor=tensor, whole=whole, copies=tuple(copies), place=places[0])
    complete = sum(copy.write_shape.elements() for copy in copies) == _shape(tensor).elements()
    fits = (
        all(place == places[0] for place in places)
        and min(places[0].as_list()) >= 0
        and len({tuple(offset.as_list()) for offset in offsets}) == len(copies)
        and complete
        and _can_write_a_slice(part.producer, tensor)
        and all(_can_read_a_slice(reader, tensor) for reader in part.readers)
    )
    return part if fits else None


def _comes_before(operation: Operation, later: list[Operation]) -> bool:
    """Whether one of the `later` operators needs what this one makes."""
    seen: set[Operation] = set()
    waiting = list(later)
    while waiting:
        current = waiting.pop()
        if current is operation:
            return True
        if current not in seen:
            seen.add(current)
            waiting += [made for tensor in current.inputs if tensor is not None for made in tensor.ops]
    return False


def _put_in_place(part: Part) -> Any:
    """Let the producer write into the whole; the tensor that it writes to, which may be the whole itself."""
    producer, whole = part.producer, part.whole
    target = whole
    if part.readers:
        target = whole.clone("_part")
        target.equivalence_id = whole.equivalence_id
        target.ops, target.consumer_list = [], []
    for copy in part.copies:
        whole.ops.remove(copy)
        part.tensor.consumer_list.remove(copy)
    for reader in part.readers:
        index = 0 if reader.ifm is part.tensor else 1
        reader.read_shapes[index] = reader.read_shapes[index] or _shape(part.tensor)
        reader.read_offsets[index] = _moved(reader.read_offsets[index], part.place)
        reader.ifm_shapes[index] = _shape(whole)
        reader.set_input_tensor(target, reader.inputs.index(part.tensor))
    producer.write_shape, producer.write_offset = _shape(part.tensor), part.place
    producer.ofm_shapes[0] = _shape(whole)
    producer.memory_function = Op.ConcatSliceWrite  # keeps it out of cascades, which hold only some rows
    producer.outputs = [target]
    part.tensor.ops = []
    target.ops.append(producer)
    return target


def _operators(subgraph: Any) -> list[Operation]:
    """All operators that the outputs need, in an order that does not depend on where they are in memory."""
    found: dict[Operation, None] = {}
    waiting = [made for tensor in subgraph.output_tensors for made in tensor.ops]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found[current] = None
            waiting += [made for tensor in current.inputs if tensor is not None for made in tensor.ops]
    return list(found)


def _rewrite(subgraph: Any, removed: Removed) -> None:
    """Do without the copies of one subgraph."""
    removed.count += requantize_resize.merge(_operators(subgraph))
    wholes = {
        operation.ofm: None for operation in _operators(subgraph) if operation.memory_function == Op.ConcatSliceWrite
    }
    for whole in wholes:
        copies: dict[Any, list[Operation]] = collections.defaultdict(list)
        for writer in whole.ops:
            copies[writer.ifm].append(writer)
        parts = [part for group in copies.values() if (part := _part(group)) is not None]
        group = [whole]
        # Those that only the whole is made of come first: they stay its producers.
        for part in sorted(parts, key=lambda part: bool(part.readers)):
            others = [writer for writer in whole.ops if writer not in part.copies]
            if part.readers and not _comes_before(part.producer, others):
                continue
            removed.count += len(part.copies)
            target = _put_in_place(part)
            if target is not whole:
                group.append(target)
        if len(group) > 1 or any(writer.type != Op.AvgPool for writer in whole.ops):
            for tensor in group:
                tensor.ifm_write_protected = True  # nobody computes in the place of what others still read
            removed.groups.append(group)


@contextlib.contextmanager
def zero_copy() -> Iterator[Removed]:
    """While this is open, Vela's concatenations are written by those who make their parts."""
    removed = Removed()
    if vela_version != VELA_VERSION:
        yield removed
        return
    original_reuse = compiler_driver.scheduler.ofm_can_reuse_ifm
    original_graph = graph_optimiser.tflite_optimise_graph
    original_whole = graph_optimiser.optimise_graph

    def with_parts(graph: Any, architecture: Any, *others: Any) -> Any:
        result = original_graph(graph, architecture, *others)
        if not architecture.is_spilling_enabled():  # else tensors of one memory could be put into two
            for subgraph in result.subgraphs:
                _rewrite(subgraph, removed)
                subgraph.refresh_after_modification()
        return result

    def with_one_format(*arguments: Any, **options: Any) -> Any:
        result = original_whole(*arguments, **options)
        for group in removed.groups:
            if any(tensor.use_linear_format for tensor in group):
                for tensor in group:
                    tensor.force_linear_format = True
        return result

    def within_one_memory(operation: Any, *others: Any) -> bool:
        """Where an operator reads one slice and writes another, the scheduler must not count the whole twice."""
        target = operation.parent_op.ofm
        sources = (operation.parent_op.ifm, operation.parent_op.ifm2)
        inside = any(source is not None and source.equivalent(target) for source in sources)
        return inside or bool(original_reuse(operation, *others))

    graph_optimiser.tflite_optimise_graph = with_parts
    graph_optimiser.optimise_graph = with_one_format
    compiler_driver.scheduler.ofm_can_reuse_ifm = cascade_builder.ofm_can_reuse_ifm = within_one_memory
    try:
        yield removed
    finally:
        graph_optimiser.tflite_optimise_graph = original_graph
        graph_optimiser.optimise_graph = original_whole
        compiler_driver.scheduler.ofm_can_reuse_ifm = cascade_builder.ofm_can_reuse_ifm = original_reuse
