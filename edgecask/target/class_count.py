"""What a decoded head is for, and how many classes it has: told by how its one output is put together."""

from __future__ import annotations

from edgecask.target.model_file import ModelFile, Operator, Tensor
from edgecask.task.task import Task

# Operators that pass rows on as they are; where one moves the axes, the sizes below still name the rows.
_PASSING = frozenset({"QUANTIZE", "DEQUANTIZE", "RESHAPE", "TRANSPOSE"})


def class_count(model: ModelFile, task: Task) -> int | None:
    """The classes of the output (1, rows, F), of pose (1, 4 + C + 3K, F); None where the file does not tell.

    None also where the output is one of another task's.
    """
    return task.classes_of(joined_rows(model))


def joined_rows(model: ModelFile) -> list[int]:
    """The numbers of rows that the one output (1, rows, F) is joined from; none where the file does not tell.

    Ultralytics' head joins the boxes, the scores of C classes and what the task adds to them (3K values of keypoints),
    and converters keep that concatenation. Vela does not.
    """
    if len(model.outputs) != 1 or len(model.outputs[0].shape) != 3:
        return []
    makers = {output.name: operator for operator in model.operators for output in operator.outputs}
    _, rows, anchors = model.outputs[0].shape
    parts = _parts(model.outputs[0], makers, rows=rows, anchors=anchors)
    return parts if sum(parts) == rows else []


def _parts(tensor: Tensor, makers: dict[str, Operator], *, rows: int, anchors: int) -> list[int]:
    """The rows of the tensors that the last concatenation of rows joins, in their order.

    Where the levels of the head are joined behind it (anchors, not rows), it is looked for in the first level.
    """
    seen: set[str] = set()
    while tensor.name not in seen and (maker := makers.get(tensor.name)) is not None and maker.inputs:
        seen.add(tensor.name)
        tensor = maker.inputs[0]
        if maker.name != "CONCATENATION":
            if maker.name not in _PASSING:
                return []
            continue
        parts = [_rows(part, anchors) for part in maker.inputs]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            return known
        if len(tensor.shape) != 3 or rows not in tensor.shape[1:]:
            return []
        anchors = tensor.shape[1] if tensor.shape[2] == rows else tensor.shape[2]
    return []


def _rows(tensor: Tensor, anchors: int) -> int | None:
    """The rows of a part (1, rows, F) or (1, F, rows)."""
    if len(tensor.shape) != 3 or anchors not in tensor.shape[1:]:
        return None
    _, first, second = tensor.shape
    return first if second == anchors else second
