"""Tasks: what networks are for. One is a module here and a line in TASKS; a target names it (`[model] task`).

The programs' side of a task is pipeline/heads/TASK*.py and a line in each of the tables there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from edgecask.errors import TargetError
from edgecask.task.head import Head
from edgecask.task.pose import Pose


class Task(Protocol):
    """What differs between tasks.

    `heads` are the forms in which firmwares want the outputs, by their names in target.toml. `counted` is what a
    network may have any number of (keypoints). `metrics` are the figures of accuracy that a report shows, with what
    they mean. `skeleton` is what is drawn of COCO's people (see pipeline/overlays).
    """

    heads: Mapping[str, Head]
    counted: str
    metrics: Mapping[str, str]
    skeleton: Mapping[str, Sequence[object]]

    def classes_of(self, parts: Sequence[int]) -> int | None:
        """How many classes a decoded output has, from the numbers of rows it is joined from; None where unknown."""
        ...


TASKS: Mapping[str, Task] = {"pose": Pose()}


def task_of(name: str) -> Task:
    """The task of this name; raises TargetError where there is none."""
    task = TASKS.get(name)
    if task is None:
        raise TargetError(
            f"There is no task {name!r:.60}.", advice=f"`task` in [model] has to be one of {', '.join(TASKS)}."
        )
    return task
