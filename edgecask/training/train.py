"""`invoke train`: pictures and labels → a checkpoint for `invoke build`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgecask.data.checkpoint_task import task_of_checkpoint
from edgecask.data.dataset import Dataset, load_dataset
from edgecask.data.weights import YOLOV8N_POSE, find_weights, ingest_weights
from edgecask.directories import Directories
from edgecask.errors import (
    EdgecaskError,
    InterruptedBuildError,
    ModelError,
    NetworkError,
    UsageError,
    WeightsError,
    error_of_kind,
)
from edgecask.files import copy_hashed, read_input, sha256_json
from edgecask.options import path_of
from edgecask.plan import training_stages as stages
from edgecask.plan.stage import Stage
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.protocol import Listener, Runner
from edgecask.store.in_use import in_use
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.task.task import TASKS
from edgecask.training.archive import PackedData, pack_data
from edgecask.training.progress import Clock, TrainingDisplay, epoch_line, metrics_line
from edgecask.training.request import TrainingRequest, request_of
from edgecask.training.run import BEST, LAST, Run, find_runs
from edgecask.training.unchanged import require_unchanged
from edgecask.wording import counted
from edgecask.yaml_file import YamlError, parse_yaml

DEFAULT_NAME = "train"
MEMBER = re.compile(r"(?:train|val)/images/[A-Za-z0-9_-]+\.[a-z0-9]+")
"""A picture in data.tar."""
DESCRIPTIONS = (".yaml", ".yml")
LARGEST_DESCRIPTION = 1 << 20
WEIGHTS, DESCRIPTION = "weights.pt", "model.yaml"


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


def find_start(directories: Directories, store: Store, requested: str, dataset: Dataset) -> tuple[dict[str, Blob], str]:
    """The stage's input to start from, and its name for the user.

    Raises WeightsError where it is missing, and ModelError for a checkpoint of another task than the labels are for.
    """
    path = path_of(requested)
    if path.suffix.lower() in DESCRIPTIONS:
        content = read_input(path, limit=LARGEST_DESCRIPTION, error=WeightsError, advice="Pass a .yaml or .pt file.")
        try:
            parse_yaml(content.decode("utf-8"))  # with the limits that the stage's own reader does not have
        except (YamlError, UnicodeDecodeError) as error:
            raise WeightsError(f"{path} is not valid YAML: {error}.", advice="Correct it.") from error
        return {DESCRIPTION: store.ingest_bytes(content)}, path.name
    if requested == YOLOV8N_POSE.name and not path.exists():
        refuse_other_task(requested, YOLOV8N_POSE.task, dataset)  # before it is fetched
    weights = find_weights(directories, requested)
    blob = ingest_weights(store, weights)
    refuse_other_task(weights.label, task_of_checkpoint(blob.path), dataset)
    return {WEIGHTS: blob}, weights.label


def refuse_other_task(label: str, task: str | None, dataset: Dataset) -> None:
    """Raise ModelError where a checkpoint of this task cannot learn from the labels; None where it is not known."""
    if task is None or task == dataset.task:
        return
    wanted = TASKS[dataset.task].noun
    raise ModelError(
        f"{label} is a {TASKS[task].noun} model, not a {wanted} model: labels of {dataset.path} are for {wanted} "
        f"({'with' if dataset.keypoints else 'without'} kpt_shape).",
        advice=f"Pass --weights with a {wanted} checkpoint, or with a .yaml to train from nothing.",
    )


def find_start_again(
    directories: Directories, store: Store, run: Run, record: Mapping[str, Any], dataset: Dataset
) -> dict[str, Blob]:
    """As find_start for the training that is gone on with.

    Where an epoch has ended, weights that are gone are not missed; the blob is then good for the key alone.
    """
    requested = record["request"]["weights"]
    try:
        return find_start(directories, store, requested, dataset)[0]
    except (NetworkError, WeightsError):
        digest = record["weights"].get("sha256")
        if not run.last.is_file() or not isinstance(digest, str):
            raise
        name = DESCRIPTION if Path(requested).suffix.lower() in DESCRIPTIONS else WEIGHTS
        return {name: Blob(path=run.last, sha256=digest, size=0)}


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
