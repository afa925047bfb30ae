"""Whether the tables of a target.toml agree: its tasks and heads are there, and [[changes]] lead to what it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.errors import TargetError
from edgecask.target.firmware_changes import last_change
from edgecask.task.task import TASKS

if TYPE_CHECKING:
    from edgecask.target.target import Target


def check_tables(target: Target, path: Path) -> None:
    """Raise TargetError where the tables of a target that was read from `path` contradict each other."""
    _check_tasks(target, path)
    for form in target.forms():
        _check_head(form, path)
    problem = _contradiction(target)
    if problem:
        raise TargetError(f"{path} is not valid: {problem}.", advice="Correct [[changes]], or take them out.")


def _check_tasks(target: Target, path: Path) -> None:
    """Raise TargetError where there are no such tasks, or tables for others."""
    unknown = [name for name in (*target.tasks, target.model.task) if name not in TASKS]
    if unknown:
        raise TargetError(
            f"{path} is not valid: there is no task {unknown[0]!r:.60}.",
            advice=f"It has to be one of {', '.join(TASKS)}.",
        )
    if target.tasks[0] != target.model.task or set(target.task) - set(target.tasks):
        raise TargetError(
            f"{path} is not valid: `tasks` are {', '.join(target.tasks)}, its tables are about "
            f"{', '.join([target.model.task, *target.task])}.",
            advice="`tasks` begin with the one that [model] is about, and name each that has tables in [task].",
        )


def _check_head(target: Target, path: Path) -> None:
    """Raise TargetError where there is no such task, or the task has no such head."""
    model = target.model
    known = TASKS[model.task].heads if model.task in TASKS else TASKS
    key, value = ("head", model.head) if model.task in TASKS else ("task", model.task)
    if value not in known:
        raise TargetError(
            f"{path} is not valid: `{key}` in [model] is {value!r:.60}.",
            advice=f"It has to be one of {', '.join(known)}.",
        )
    missing = [name for name in TASKS[model.task].required if getattr(model, name) is None]
    if missing:
        raise TargetError(
            f"{path} is not valid: [model] lacks {missing[0]}.", advice="Compare it with targets/grove/target.toml."
        )


def _contradiction(target: Target) -> str:
    """What [[changes]] say against the tables above them, or nothing."""
    days = [change.since for change in target.changes]
    if days != sorted(days):
        return "[[changes]] are not in the order of their days"
    last, arena = last_change(target, "arena_limit_kib"), target.memory.arena_limit_kib
    if last is not None and last.arena_limit_kib != arena:
        return f"arena_limit_kib is {arena:g} in [memory] and {last.arena_limit_kib:g} in the last of [[changes]]"
    registered = target.operators.registered if target.operators is not None else []
    foreign = [name for change in target.changes for name in change.operators if name not in registered]
    return f"[[changes]] name {', '.join(foreign)}, which [operators] do not register" if foreign else ""
