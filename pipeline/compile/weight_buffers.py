"""Which buffers weights have that are brought ahead: whole layers, or slices of them; used by prefetch_plan.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ethosu.vela import weight_compressor
from ethosu.vela.tensor import TensorSubPurpose

from pipeline.compile.prefetch_state import NotPossibleError, Prefetched


class WeightBuffers:
    """The buffers of each operator's weights, in Vela's schedule; `layers` are operators with what it says of each."""

    def __init__(
        self, found: Prefetched, architecture: Any, scheduler: Any, layers: Sequence[tuple[Any, Any]], limit: int
    ) -> None:
        self._found, self._architecture, self._scheduler = found, architecture, scheduler
        self._layers, self._limit = layers, limit
        self._weights: dict[Any, Any] = {}

    def choose(self, usage: Sequence[int], slice_bytes: int | None) -> None:
        """Layers, or slices of them, each in a buffer of its own; where there is no room, few slices in two buffers."""
        for (operation, information), used in zip(self._layers, usage, strict=True):
            if information not in self._found.buffered:
                continue
            if self._shares_weights(operation, information):
                continue
            for slices, apart in self._ways(operation, information, slice_bytes):
                weights = self._encoded(operation, information, slices)
                sizes = transferred(weights) if apart else [size for size in weights.double_buffer_sizes if size]
                if sum(sizes) <= self._limit - used:
                    break
            else:
                raise NotPossibleError("weights do not fit beside the feature maps")
            information.npu_weights_tensor, information.npu_scales_tensor = weights, None
            information.ofm_depth_slices = slices
            purpose = TensorSubPurpose.Standard if apart else TensorSubPurpose.DoubleBuffer
            information.buffered_weight_tensors = [
                self._scheduler.buffer_tensor(
                    weights, purpose, size, f"{operation.parent_op.weights.name}_buffer{number}"
                )
                for number, size in enumerate(sizes)
            ]

    def _shares_weights(self, operation: Any, information: Any) -> bool:
        """Whether an operator has the weights of another one, with scales of its own, which Vela keeps apart from them.

        So have the sums of YOLO11's attention, by ones: few bytes, which are read where they are.
        """
        whole = [0, operation.ofm.shape.depth]
        key = (operation, tuple(whole))
        if key in self._weights:
            return False
        weights, scales = self._compressed(operation, information, whole)
        if scales is None:
            self._weights[key] = weights
            return False
        information.npu_weights_tensor, information.npu_scales_tensor = weights, scales
        information.ofm_depth_slices = whole
        self._found.buffered.discard(information)
        return True

    def _ways(self, operation: Any, information: Any, slice_bytes: int | None) -> Iterator[tuple[list[int], bool]]:
        """Offsets of slices, and whether each has a buffer of its own."""
        whole, *others = _slicings(operation.ofm.shape.depth, information.block_config.ofm_block.depth)
        if slice_bytes is not None:
            total = sum(transferred(self._encoded(operation, information, whole)))
            yield (
                _sliced(operation.ofm.shape.depth, information.block_config.ofm_block.depth, -(-total // slice_bytes)),
                True,
            )
        yield whole, True
        yield from ((slices, False) for slices in others)

    def _encoded(self, operation: Any, information: Any, slices: Sequence[int]) -> Any:
        """The weights of an operator with their scales, slice by slice."""
        key = (operation, tuple(slices))
        if key not in self._weights:
            weights, scales = self._compressed(operation, information, slices)
            if scales is not None:
                raise NotPossibleError("weights and scales are apart")
            self._weights[key] = weights
        return self._weights[key]

    def _compressed(self, operation: Any, information: Any, slices: Sequence[int]) -> tuple[Any, Any]:
        weights, scales = weight_compressor.encode_weight_and_scale_tensor(
            self._architecture, operation.parent_op, operation.parent_op.weights, operation.parent_op.bias,
            operation.kernel, information.block_config, slices,
        )  # fmt: skip
        return weights, scales


def transferred(weights: Any) -> list[int]:
    """Bytes of each slice, as transferred."""
    return [-(-item.total_bytes // 16) * 16 for item in weights.encoded_ranges.values()]


def _slicings(depth: int, block_depth: int) -> list[list[int]]:
    """Ways to part a depth, coarsest first: offsets at multiples of the block's depth, or at least of 16."""
    found: list[list[int]] = []
    for unit in (max(block_depth // 16 * 16, 16), 16):
        units = -(-depth // unit)
        for parts in range(1, units + 1):
            offsets = [*range(0, depth, -(-units // parts) * unit), depth]
            if not found or len(offsets) > len(found[-1]):
                found.append(offsets)
    return found


def _sliced(depth: int, block_depth: int, parts: int) -> list[int]:
    """Offsets of at most so many slices, at multiples of the block's depth or at least of 16."""
    unit = max(block_depth // 16 * 16, 16)
    units = -(-depth // unit)
    return [*range(0, depth, -(-units // min(parts, units)) * unit), depth]
