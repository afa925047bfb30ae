"""How many classes a decoded pose head has, told by how its one output is put together."""

from __future__ import annotations

from edgecask.target.model_file import ModelFile, Operator, Tensor

BOX_ROWS = 4
"""cx, cy, w, h."""
VALUES_PER_KEYPOINT = 3
# Operators that pass rows on as they are; where one moves the axes, the sizes below still name the rows.
_PASSING = frozenset({"QUANTIZE", "DEQUANTIZE", "RESHAPE", "TRANSPOSE"})


def class_count(model: ModelFile) -> int | None:
    """The classes of the output (1, 4 + C + 3K, F); None where the file does not tell.

    Ultralytics' head joins the boxes, the scores of C classes and the values of K keypoints, and converters keep that
    concatenation: its inputs have 4, C and 3K rows, or 4 + C and 3K.
    """
    if len(model.outputs) != 1 or len(model.outputs[0].shape) != 3:
        return None
    makers = {output.name: operator for operator in model.operators for output in operator.outputs}
    _, rows, anchors = model.outputs[0].shape
    parts = _parts(model.outputs[0], makers, rows=rows, anchors=anchors)
    if len(parts) < 2 or sum(parts) != rows or parts[-1] % VALUES_PER_KEYPOINT:
        return None
    classes = sum(parts[:-1]) - BOX_ROWS
    return classes if classes > 0 else None


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
