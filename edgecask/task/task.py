"""Tasks: what networks are for. One is a module here and a line in TASKS; a target names it (`[model] task`).

The programs' side of a task is pipeline/heads/TASK*.py and a line in each of the tables there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from edgecask.errors import TargetError
from edgecask.task.detect import Detect
from edgecask.task.head import Head
from edgecask.task.pose import Pose
from edgecask.task.words import Words


class Task(Protocol):
    """What differs between tasks.

    `noun` is what its networks are called ("a pose model"), and `words` are for what they find. `networks` are the
    classes of Ultralytics that its checkpoints hold. `heads` are the forms in which firmwares want the outputs, by
    their names in target.toml. `limits` are the keys of [model] that say which of its networks a firmware decodes: the
    exporter's `check_model` is handed them (pipeline/heads/exporters.py); a target has to give those that are
    `required`. `counted` is what a network may have any number of (keypoints), and `shape_advice` what to do about
    outputs of other shapes. `score_program` holds detections against labels and `agreement_program` against the float
    model's (pipeline/). `metrics` are the figures of accuracy that a report shows, with what they mean. `skeleton` is
    what is drawn of COCO's people (see pipeline/overlays). `has_keypoints` says whether its labels have any, `learned`
    which mAP of a training is shown ("pose"), and `drawn` what `make-demo-data` draws ("people").
    """

    noun: str
    words: Words
    networks: frozenset[str]
    heads: Mapping[str, Head]
    limits: tuple[str, ...]
    required: tuple[str, ...]
    shape_advice: str
    score_program: str
    agreement_program: str
    counted: str
    metrics: Mapping[str, str]
    skeleton: Mapping[str, Sequence[object]]
    has_keypoints: bool
    learned: str
    drawn: str

    def describe(self, keypoints: int | None) -> str:
        """What a target takes of it, in a few words; `keypoints` is the number that its firmware wants, if any."""
        ...

    def classes_of(self, parts: Sequence[int]) -> int | None:
        """How many classes a decoded output has, from the numbers of rows it is joined from; None where it is none."""
        ...


TASKS: Mapping[str, Task] = {"pose": Pose(), "detect": Detect()}


def task_of(name: str) -> Task:
    """The task of this name; raises TargetError where there is none."""
    task = TASKS.get(name)
    if task is None:
        raise TargetError(
            f"There is no task {name!r:.60}.", advice=f"`task` in [model] has to be one of {', '.join(TASKS)}."
        )
    return task


def task_of_labels(keypoints: int) -> str:
    """The name of the task that labels with so many keypoints are for."""
    return next(name for name, task in TASKS.items() if task.has_keypoints == bool(keypoints))
