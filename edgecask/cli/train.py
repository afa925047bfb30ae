"""`edgecask train`: a training while it runs."""

from __future__ import annotations

from dataclasses import dataclass, fields

from edgecask.cli.session import make_runner
from edgecask.common_options import DataOption, RunnerOption
from edgecask.directories import user_directories
from edgecask.errors import UsageError
from edgecask.options import option
from edgecask.training.request import RUNS, TrainingOptions, TrainingRequest


@dataclass(frozen=True, kw_only=True)
class Train(RunnerOption, TrainingOptions, DataOption):
    """A training, or one to go on with."""

    resume: bool = option(False, help="go on with a training that was stopped (the one called --name, or the last one)")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.resume and self.data is None:
            raise UsageError("--data is missing.", advice="Pass the data.yaml of a data set, or --resume.")


REQUEST = Train


def run(request: Train) -> None:
    """Train, or go on with a training."""
    from edgecask.training.progress import training_display
    from edgecask.training.train import find_unfinished, resume, train

    directories = user_directories()
    if request.resume:
        find_unfinished(request.name, RUNS)  # before an engine is asked for
    with training_display() as display:
        runner = make_runner(request.runner, directories, display.note, require_isolation=request.require_isolation)
        if request.resume:
            resume(name=request.name, output=RUNS, directories=directories, runner=runner, display=display)
        else:
            assert request.data is not None
            settings = {each.name: getattr(request, each.name) for each in fields(TrainingOptions)}
            training = TrainingRequest(data=request.data, **settings)
            train(training, directories=directories, runner=runner, display=display)
