"""What a training starts from: a checkpoint, or a description of a network that has learned nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgecask.data.checkpoint_task import task_of_checkpoint
from edgecask.data.dataset import Dataset
from edgecask.data.weights import YOLOV8N_POSE, find_weights, ingest_weights
from edgecask.directories import Directories
from edgecask.errors import ModelError, NetworkError, WeightsError
from edgecask.files import read_input
from edgecask.options import path_of
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.task.task import TASKS
from edgecask.training.run import Run
from edgecask.yaml_file import YamlError, parse_yaml

DESCRIPTIONS = (".yaml", ".yml")
LARGEST_DESCRIPTION = 1 << 20
WEIGHTS, DESCRIPTION = "weights.pt", "model.yaml"


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
