"""Which checkpoint to build: the user's file, the release asset of Ultralytics, or a demo in this repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgecask.data.checkpoint_task import task_of_checkpoint
from edgecask.directories import LOCK_DIGITS, Directories, bundled, lock
from edgecask.errors import ModelError, NetworkError, WeightsError
from edgecask.file_kinds import describe
from edgecask.files import printable_name, replacing, sha256_file
from edgecask.options import path_of
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.target import Target
from edgecask.task.task import TASKS

DEMO = "demo"
"""The demo of pose; models/NAME/NAME.pt is what `--weights=NAME` stands for."""


@dataclass(frozen=True, kw_only=True)
class ReleaseAsset:
    """A file of a release: where it is, and what it must be."""

    name: str
    address: str
    size: int
    sha256: str
    task: str = "pose"


YOLOV8N_POSE = ReleaseAsset(
    name="yolov8n-pose.pt",
    address="https://github.com/ultralytics/assets/releases/download/v8.3.0/yolov8n-pose.pt",
    size=6_832_633,
    sha256="c6fa93dd1ee4a2c18c900a45c1d864a1c6f7aba75d84f91648a30b7fb641d212",
)
CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A checkpoint on this machine; `label` is how it is named to the user, `notice` what has to be said with it.

    `drawn`: it knows what `invoke make-demo-data` draws for its task, and nothing else.
    """

    path: Path
    label: str
    notice: str = ""
    drawn: bool = False


def demos(folder: Path | None = None) -> Mapping[str, Path]:
    """The checkpoints that edgecask brings along, by name: models/NAME/NAME.pt, sorted."""
    folders = sorted((folder or bundled("models")).iterdir())
    return {each.name: file for each in folders if (file := each / f"{each.name}.pt").is_file()}


def demo_notice(name: str, file: Path) -> str:
    """What has to be said with a demo: all of them were trained on what edgecask draws for their task."""
    task = task_of_checkpoint(file)
    drawn = TASKS[task].drawn if task is not None else "pictures"
    return f"{name} weights: trained on drawn {drawn} alone, to try the tool; they are not for photographs or cameras"


def find_weights(directories: Directories, requested: str, asset: ReleaseAsset = YOLOV8N_POSE) -> Weights:
    """The checkpoint for `--weights`; raises WeightsError where it is missing, NetworkError where no fetch succeeds."""
    demo = demos().get(requested)
    if demo is not None:
        return Weights(path=demo, label=requested, notice=demo_notice(requested, demo), drawn=True)
    path = path_of(requested)
    if path.is_file():
        if path.stat().st_size == 0:
            raise WeightsError(f"{path} is empty.", advice="Copy the checkpoint again.")
        return Weights(path=path, label=printable_name(Path(path.name)))
    if requested == asset.name:
        return Weights(path=fetch_asset(directories, asset), label=asset.name)
    if path.is_dir():
        raise WeightsError(f"{path} is a folder.", advice="Pass a .pt file, such as runs/pose/train/weights/best.pt.")
    raise WeightsError(
        f"There are no weights at {path}.",
        advice=f"Pass --weights with a .pt file, {asset.name} (fetched once), or a name: {', '.join(demos())}.",
    )


def target_for(target: Target, weights: Weights, blob: Blob) -> Target:
    """The target with what holds for the task of a checkpoint, `blob`; raises ModelError where it takes no such ones.

    Where the file does not tell its task it is the target's first one: the export stage says what the file is.
    """
    task = task_of_checkpoint(blob.path)
    if task is not None and task not in target.tasks:
        taken = " and ".join(TASKS[name].noun for name in target.tasks)
        raise ModelError(
            f"{weights.label} is a {TASKS[task].noun} model; {target.name} takes {taken} models alone.",
            advice="`invoke targets` says which targets take it.",
        )
    return target.for_task(task)


def ingest_weights(store: Store, weights: Weights) -> Blob:
    """The checkpoint as a blob of the store; raises WeightsError where its first bytes say that it is none."""
    blob = store.ingest(weights.path)
    found = describe(blob.path)
    if found is not None:
        what, advice = found
        raise WeightsError(f"{weights.label} is {what}.", advice=advice)
    return blob


def fetch_asset(directories: Directories, asset: ReleaseAsset) -> Path:
    """The asset, downloaded on first use and verified on every use."""
    destination = directories.weights / f"{asset.sha256[:16]}-{asset.name}"
    with lock(directories, f"weights-{asset.sha256[:LOCK_DIGITS]}"):
        if destination.is_file() and sha256_file(destination) == asset.sha256:
            return destination
        with replacing(destination) as download:
            _download(asset, download)
            found = sha256_file(download)
            if found != asset.sha256:
                raise NetworkError(
                    f"{asset.address} gave {download.stat().st_size} bytes that are not {asset.name} (sha256 {found}).",
                    advice="Something between here and there answers in its place; fetch the file by hand, or build "
                    f"with --weights={DEMO}.",
                )
    return destination


def _download(asset: ReleaseAsset, destination: Path) -> None:
    import requests

    try:
        with (
            requests.get(
                asset.address, stream=True, timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
            ) as response,
            destination.open("wb") as stream,
        ):
            response.raise_for_status()
            received = 0
            for block in response.iter_content(chunk_size=1 << 20):
                received += len(block)
                if received > asset.size:
                    break  # not the file: no need to see how long it goes on
                stream.write(block)
    except requests.RequestException as error:
        reason = "no network" if isinstance(error, requests.ConnectionError) else str(error)
        raise NetworkError(
            f"{asset.name} could not be fetched from {asset.address} ({reason}).",
            advice=f"Use --weights=FILE.pt with your own, or --weights={DEMO}, which needs no network.",
        ) from error
