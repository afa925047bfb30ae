"""`invoke train`: pictures and labels → a checkpoint for `invoke build`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgecask.data.dataset import Dataset, load_dataset
from edgecask.directories import Directories
from edgecask.errors import UsageError
from edgecask.files import copy_hashed, sha256_json
from edgecask.plan import training_stages as stages
from edgecask.plan.stage import Stage
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.protocol import Runner
from edgecask.store.in_use import in_use
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.training.archive import PackedData, pack_data
from edgecask.training.progress import TrainingDisplay
from edgecask.training.request import TrainingRequest, request_of
from edgecask.training.run import BEST, LAST, Run, find_runs
from edgecask.training.session import Training
from edgecask.training.start import find_start, find_start_again
from edgecask.training.unchanged import require_unchanged

DEFAULT_NAME = "train"


def train(request: TrainingRequest, *, directories: Directories, runner: Runner, display: TrainingDisplay) -> Path:
    """Train, and return the best checkpoint's path.

    A finished training of the very same inputs is not run again, and one that was stopped goes on. Raises
    InterruptedBuildError where the user stops it: what it has learned up to its last epoch is kept.
    """
    dataset = load_dataset(request.data)
    if request.gpus:
        runner.require_gpus()
    store = Store(directories.store)
    with in_use(directories), store.temporary() as folder:
        start, label = find_start(directories, store, request.weights, dataset)
        data = pack_data(dataset, folder / "data.tar")
        stage = training_stage(request, dataset, data=data, start=start)
        made_from = stage.made_from(prepared(stage, runner, display)).facts()
        key = sha256_json(made_from)
        run = choose_run(request, key)
        record = run.record()
        if record is None:
            record = {
                "key": key,
                "made_from": made_from,
                "request": request.settings(),
                "weights": {"name": label, "sha256": next(iter(start.values())).sha256},
                "data": {"sha256": data.archive.sha256, "images": data.images},
                "epochs_done": 0,
                "finished": False,
            }
        if record["finished"]:
            display.note(f"{run.folder} is this very training, finished; with another --seed it would be another one")
            return run.best
        with run.held(directories):
            run.write_record(record)
            training = Training(run, record, names=data.names, display=display, task=dataset.task)
            training.run(resumed(stage, run, folder), runner, folder)
    return run.best


def planned(
    request: TrainingRequest, *, directories: Directories, environment_key: Callable[[str], str]
) -> tuple[Stage, Path | None]:
    """The stage of a training that is not run, and its best checkpoint where this very training is finished already."""
    dataset = load_dataset(request.data)
    store = Store(directories.store)
    with in_use(directories), store.temporary() as folder:
        start, _ = find_start(directories, store, request.weights, dataset)
        stage = training_stage(request, dataset, data=pack_data(dataset, folder / "data.tar"), start=start)
    key = sha256_json(stage.made_from(environment_key(stage.program.environment)).facts())
    records = ((run, run.record() or {}) for run in find_runs(request.output))
    finished = (run.best for run, record in records if record.get("key") == key and record.get("finished"))
    return stage, next(finished, None)


def resume(
    *, name: str | None, output: Path, directories: Directories, runner: Runner, display: TrainingDisplay
) -> Path:
    """Go on with a training that was stopped: the one called `name`, or the last one that is unfinished.

    Raises UsageError where there is none, or where it would not be the same training any more.
    """
    run, _ = find_unfinished(name, output)
    store = Store(directories.store)
    with in_use(directories), run.held(directories), store.temporary() as folder:
        _, record = find_unfinished(run.folder.name, output)  # another process may have ended it meanwhile
        request = request_of(record, run)
        dataset = load_dataset(request.data)
        if request.gpus:
            runner.require_gpus()
        data = pack_data(dataset, folder / "data.tar")
        start = find_start_again(directories, store, run, record, dataset)
        stage = training_stage(request, dataset, data=data, start=start)
        require_unchanged(run, record, stage.made_from(prepared(stage, runner, display)).facts())
        training = Training(run, record, names=data.names, display=display, task=dataset.task)
        training.run(resumed(stage, run, folder), runner, folder)
    return run.best


def prepared(stage: Stage, runner: Runner, display: TrainingDisplay) -> str:
    """Make the stage's environment, and return what stands for it in the key: the first one settles the base image."""
    environment = load_environment(stage.program.environment)
    runner.prepare(environment, display.note)
    return runner.environment_key(environment)


def resumed(stage: Stage, run: Run, folder: Path) -> Stage:
    """The stage that goes on where the run was stopped; the stage itself where no epoch had ended.

    It reads copies in `folder`, as the run's own files will be replaced.
    """
    if not run.last.is_file():
        return stage
    inputs = {"data.tar": stage.inputs["data.tar"]}
    for name in (LAST, BEST):
        copy = folder / name
        digest = copy_hashed(run.folder / name, copy)
        inputs[name] = Blob(path=copy, sha256=digest, size=copy.stat().st_size)
    return replace(stage, inputs=inputs)


def training_stage(request: TrainingRequest, dataset: Dataset, *, data: PackedData, start: Mapping[str, Blob]) -> Stage:
    """The stage that trains on packed data from `start`, the inputs that say what to begin with."""
    return stages.training_stage(
        gpus=request.gpus,
        inputs={"data.tar": data.archive, **start},
        parameters={
            "task": dataset.task,
            "image_size": request.image_size,
            "epochs": request.epochs,
            "batch": request.batch,
            "seed": request.seed,
            "patience": request.patience,
            "activation": request.activation,
            "learning_rate": request.learning_rate,
            "classes": list(dataset.classes),
            **keypoints_of(dataset),
            "gpus": request.gpus,
        },
    )


def keypoints_of(dataset: Dataset) -> dict[str, Any]:
    """What the stage is told of keypoints; nothing of a data set without them, whatever else its description says."""
    if not dataset.keypoints:
        return {"keypoint_shape": None, "flip_index": None, "sigmas": None}
    return {
        "keypoint_shape": [dataset.keypoints, dataset.keypoint_dimensions],
        "flip_index": list(dataset.flip_index) if dataset.flip_index is not None else None,
        "sigmas": list(dataset.sigmas) if dataset.sigmas is not None else None,
    }


def choose_run(request: TrainingRequest, key: str) -> Run:
    """The folder for a training: the one with this key where there is one, else a new one.

    Raises UsageError where the user's name is taken by another training.
    """
    for run in find_runs(request.output):
        record = run.record()
        if record and record.get("key") == key and request.name in (None, run.folder.name):
            return run
    if request.name:
        if (request.output / request.name).exists():
            raise UsageError(
                f"{request.output / request.name} already exists, and is another training.",
                advice=f"Choose another --name, or go on with it by --resume --name={request.name}.",
            )
        return Run(request.output / request.name)
    numbered = (f"{DEFAULT_NAME}-{number}" for number in itertools.count(2))
    name = next(name for name in itertools.chain([DEFAULT_NAME], numbered) if not (request.output / name).exists())
    return Run(request.output / name)


def find_unfinished(name: str | None, output: Path) -> tuple[Run, dict[str, Any]]:
    """The training to go on with, and its record; raises UsageError where there is none."""
    for run in [Run(output / name)] if name else find_runs(output):
        record = run.record()
        if record is not None and not record["finished"]:
            return run, record
        if record is not None and name:
            raise UsageError(f"{run.folder} is finished.", advice=f"To train on, start from it: --weights={run.best}.")
    raise UsageError(
        f"There is no unfinished training in {output / name if name else output}.",
        advice="Start one with `invoke train --data=…`.",
    )
