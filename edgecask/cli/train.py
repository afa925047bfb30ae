"""`invoke train`: options to values, and a training while it runs."""

from __future__ import annotations

from pathlib import Path

from edgecask.cli.session import make_runner
from edgecask.directories import user_directories
from edgecask.errors import UsageError
from edgecask.options import whole_number


def train(
    *,
    data: str,
    weights: str,
    image_size: str,
    epochs: str,
    batch: str,
    seed: str,
    patience: str,
    activation: str,
    learning_rate: str,
    name: str,
    resume_run: bool,
    gpus: bool,
    runner: str,
) -> None:
    """`invoke train`."""
    from edgecask.training.progress import training_display
    from edgecask.training.request import RUNS, TrainingRequest
    from edgecask.training.train import find_unfinished, resume
    from edgecask.training.train import train as train_checkpoint

    directories = user_directories()
    if resume_run:
        find_unfinished(name or None, RUNS)  # before an engine is asked for
    else:
        request = TrainingRequest(
            data=Path(data),
            weights=weights,
            image_size=_number("imgsz", image_size),
            epochs=_number("epochs", epochs),
            batch=_number("batch", batch),
            seed=_number("seed", seed),
            patience=_number("patience", patience),
            activation=activation or None,
            learning_rate=_fraction(learning_rate) if learning_rate else None,
            name=name or None,
            gpus=gpus,
        )
        request.check()
        if not data:
            raise UsageError("--data is missing.", advice="Pass the data.yaml of a data set, or --resume.")
    with training_display() as display:
        chosen = make_runner(runner, directories, display.note)
        if resume_run:
            resume(name=name or None, output=RUNS, directories=directories, runner=chosen, display=display)
        else:
            train_checkpoint(request, directories=directories, runner=chosen, display=display)


def _number(option: str, text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise UsageError(f"--{option}={text} is not a whole number.", advice=f"Use --{option}=20, for example.")
    return number


def _fraction(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--learning-rate={text} is not a number.", advice="Use 0.0001, for example.") from None
