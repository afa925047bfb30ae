"""Which of the forms that a firmware decodes a file has: by its outputs, as the firmware tells them apart."""

from __future__ import annotations

from edgecask.target.class_count import class_count
from edgecask.target.model_file import ModelFile
from edgecask.target.target import Target
from edgecask.task.task import task_of


def form_of(model: ModelFile, target: Target) -> Target:
    """The target with what holds for the file's outputs: the first form that they are.

    Where they are those of two tasks by shape, as (1, 8, F) is 4 classes or one keypoint, how the output is joined says
    which, if the file shows it. Where they are none, the first with as many outputs, or else the target as it is: a
    check then says what is wrong.
    """
    forms = target.forms()
    fitting = [form for form in forms if _fits(model, form)]
    told = [form for form in fitting if class_count(model, task_of(form.model.task)) is not None]
    alike = (form for form in forms if len(form.outputs.order) == len(model.outputs))
    found = next(iter(told or fitting), None) or next(alike, None)
    return found if found is not None and found.model != target.model else target


def _fits(model: ModelFile, form: Target) -> bool:
    size = model.image_size
    if size is None:
        return False
    head = task_of(form.model.task).heads[form.model.head]
    outputs = [head.output_of(tensor.shape, size) for tensor in model.outputs]
    names = [output.name for output in outputs if output is not None]
    return sorted(names) == sorted(form.outputs.order)
