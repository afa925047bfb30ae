"""One session of a training: what its stage tells while it runs, and how it ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgecask.errors import EdgecaskError, InterruptedBuildError, error_of_kind
from edgecask.plan.stage import Stage
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.protocol import Listener, Runner
from edgecask.task.task import TASKS
from edgecask.training.progress import Clock, TrainingDisplay, epoch_line, metrics_line
from edgecask.training.run import LAST, Run
from edgecask.wording import counted

MEMBER = re.compile(r"(?:train|val)/images/[A-Za-z0-9_-]+\.[a-z0-9]+")
"""A picture in data.tar."""


class Training:
    """One training while it runs: takes what the stage publishes, and tells the user how far it is."""

    def __init__(
        self, run: Run, record: dict[str, Any], *, names: Mapping[str, Path], display: TrainingDisplay, task: str
    ) -> None:
        """`names` are the user's files by their names in data.tar."""
        self._run, self._record, self._display = run, record, display
        self._names, self._learned = names, TASKS[task].learned
        self._clock = Clock()

    def run(self, stage: Stage, runner: Runner, folder: Path) -> None:
        """Train until the end; raises InterruptedBuildError or what the stage asks for."""
        environment = load_environment(stage.program.environment)
        if LAST in stage.inputs:
            done, epochs = self._record["epochs_done"], self._record["request"]["epochs"]
            self._display.note(f"resuming {self._run.folder} after epoch {done} of {epochs}")
        try:
            listener = Listener(event=self._hear, files=self._run.receive)
            report = runner.run(environment, stage, folder, lambda line: None, listener)
        except KeyboardInterrupt as interrupt:
            raise self._interrupted() from interrupt
        except EdgecaskError as error:
            self._run.discard_if_empty()
            message = error.message.replace("{weights}", self._record["weights"]["name"])
            message = MEMBER.sub(lambda found: str(self._names.get(found[0], found[0])), message)
            raise error_of_kind(error.kind, message, advice=error.advice, details=error.details) from error
        self._record |= {"finished": True, "result": report}
        self._run.write_record(self._record)
        for line in describe(self._run, report, self._learned):
            self._display.note(line)

    def _hear(self, event: Mapping[str, Any]) -> None:
        if "progress" in event:
            progress = event["progress"]
            self._clock.left(**{name: progress[name] for name in ("epoch", "epochs", "batch", "batches")})
            self._display.progress(progress)
        elif "classes" in event:
            self._display.note(classes_line(self._record["weights"]["name"], **event["classes"]))
        elif "before" in event:
            self._display.note(f"before training  {metrics_line(event['before'], self._learned)}")
        elif "epoch" in event:
            epoch = event["epoch"]
            self._record["epochs_done"] = epoch["epoch"]
            self._run.write_record(self._record)
            left = self._clock.left(epoch=epoch["epoch"], epochs=epoch["epochs"], batch=1, batches=1)
            self._display.note(epoch_line(epoch, left, learned=self._learned))

    def _interrupted(self) -> InterruptedBuildError:
        done, epochs = self._record["epochs_done"], self._record["request"]["epochs"]
        return InterruptedBuildError(
            f"Interrupted after epoch {done} of {epochs}; {self._run.folder} keeps what was learned.",
            advice=f"`invoke train --resume --name={self._run.folder.name}` goes on.",
        )


def classes_line(label: str, *, own: int, wanted: int) -> str:
    """That weights know another number of classes than the labels have."""
    return f"{label} knows {counted(own, 'class', 'classes')}, the labels have {wanted}: scores are learned anew"


def describe(run: Run, report: Mapping[str, Any], learned: str) -> list[str]:
    """The end of a training: where the checkpoint is and what it is worth."""
    before, after = report["before"], report["after"]
    lines = [f"best     {run.best}  (epoch {report['best_epoch']} of {report['epochs']})"]
    if before is not None:
        lines.append(f"before   {metrics_line(before, learned)}")
    lines.append(f"after    {metrics_line(after, learned)}")
    if before is not None and after[f"{learned}_map"] < before[f"{learned}_map"]:
        advice = (
            "train longer and on more pictures, as the new activation has to be learned"
            if report["activation_changed"]
            else "try more pictures or a lower --learning-rate"
        )
        lines.append(f"warning: the weights were better before; {advice}")
    return lines
