"""Pictures and labels → a trained checkpoint, in the environment `train` (torch, ultralytics, matplotlib).

Parameters: `task` (of TRAININGS), `image_size` (pixels, square), `epochs`, `batch`, `seed`, `patience` (epochs without
improvement, 0 for no end before `epochs`), `activation` (of ACTIVATIONS, or None for that of the weights),
`learning_rate` (None for what suits the start), `classes` (names), `keypoint_shape` (keypoints, values of each; None
where there are none), `flip_index` and `sigmas` (or None), and `gpus`.

Inputs: `data.tar` with train/ and val/, each images/ and labels/ in Ultralytics' form; `weights.pt` to start from, or
`model.yaml` for a network with random weights; to resume, `last.pt` and `best.pt` of the run instead. There are no
outputs: everything is published, after every epoch and at the end, as a training is stopped more often than it ends.
"""

from __future__ import annotations

import io
import os
import tarfile
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

# Threads that wait for each other sleep: on a machine that does something else besides, spinning takes twice the time.
os.environ["OMP_WAIT_POLICY"] = "passive"

import torch
import ultralytics
import yaml
from torch import nn

from pipeline.harness import INPUTS, OWN, Refused, publish, tell
from pipeline.heads.trainings import TRAININGS
from pipeline.shared.architecture import refuse_other_networks
from pipeline.shared.checkpoint import first_line, load_checkpoint
from pipeline.shared.images import UnreadableError, read_image
from pipeline.shared.training_reader import reader_problem
from pipeline.shared.training_rules import training_problem
from pipeline.shared.ultralytics_offline import prepare_ultralytics
from pipeline.train.model_yaml import activation_of, build_model, clean, load_description
from pipeline.train.trainer import trainer_of

DATA = OWN / "data"
RUN = OWN / "run"
# Pictures are kept in memory, at the size they are trained at, up to this many bytes.
LARGEST_CACHE = 1 << 30
# Trained weights survive steps of this size; Ultralytics' own choice for one class, 2e-3, takes them apart.
FINE_TUNING_RATE = 1e-4
# For weights with another activation or another head than they were trained with.
ADAPTING_RATE = 3e-4
FIRST_RATE = 2e-3


@dataclass(frozen=True, kw_only=True)
class Start:
    """The network to train, the state to resume from where there is one, and how many tensors came from weights."""

    network: nn.Module
    activation: str
    learning_rate: float
    transferred: int
    state: dict[str, Any] | None = None


def unpack_data(parameters: dict[str, Any]) -> tuple[Path, int]:
    """The data set in a folder of its own: its data.yaml, and how many pictures it has."""
    with tarfile.open(INPUTS / "data.tar") as archive:
        archive.extractall(DATA)  # noqa: S202 - made by edgecask/training/archive.py, which names every member itself
    description = {
        "path": str(DATA),
        "train": "train/images",
        "val": "val/images",
        "names": dict(enumerate(parameters["classes"])),
    }
    for key, name in (("kpt_shape", "keypoint_shape"), ("flip_idx", "flip_index"), ("kpt_oks_sigmas", "sigmas")):
        if parameters[name] is not None:
            description[key] = parameters[name]
    path = DATA / "data.yaml"
    path.write_text(yaml.safe_dump(description))
    return path, sum(1 for _ in DATA.glob("*/images/*"))


def check_images() -> None:
    """Raise Refused where Ultralytics would leave pictures out without a word, or die of them in an epoch.

    The message names a picture as in data.tar; the host knows what the user calls it.
    """
    images = sorted(DATA.glob("*/images/*"))
    with ThreadPool(len(os.sched_getaffinity(0))) as pool:
        problems = pool.map(image_problem, images)
    bad = [(image, problem) for image, problem in zip(images, problems, strict=True) if problem]
    if bad:
        image, problem = bad[0]
        raise Refused(
            "dataset",
            f"{len(bad):,} of {len(images):,} pictures cannot be trained on, for example "
            f"{image.relative_to(DATA).as_posix()}: {problem}.",
            "`check-data` lists all of them.",
        )


def image_problem(path: Path) -> str:
    """Why a picture cannot be trained on, or nothing: by the same rules as `check-data`."""
    content = path.read_bytes()
    try:
        image = read_image(io.BytesIO(content), 3)
    except UnreadableError as error:
        return str(error)
    return training_problem(content, image) or reader_problem(path, image)


def find_start(parameters: dict[str, Any]) -> Start:
    """What to begin with; raises Refused where it is no network of the task."""
    try:
        return _start(parameters)
    except Refused:
        raise
    except Exception as error:  # its layers are known, but what is in them may be anything
        raise Refused(
            "model",
            f"The network of {{weights}} cannot be trained ({type(error).__name__}: {first_line(error)}).",
            f"Is it what `yolo {parameters['task']} train` wrote?",
        ) from error


def _start(parameters: dict[str, Any]) -> Start:
    task = parameters["task"]
    shape = {name: parameters[name] for name in ("task", "classes", "keypoint_shape")}
    if (INPUTS / "last.pt").is_file():
        model, content = load_checkpoint(INPUTS / "last.pt")
        state = content.get("training")
        if not isinstance(state, dict):
            raise Refused("weights", "The run's last.pt holds no state to resume from.", "Start a new training.")
        own = activation_of(model)
        network = build_model(clean(model.yaml, task), activation=own, **shape)
        return Start(
            network=network,
            activation=own,
            learning_rate=state["learning_rate"],
            transferred=state["transferred"],
            state=state,
        )
    if (INPUTS / "model.yaml").is_file():
        wanted = parameters["activation"] or "silu"
        described = load_description((INPUTS / "model.yaml").read_text(), task)
        network = build_model(described, activation=wanted, **shape)
        return Start(network=network, activation=wanted, learning_rate=FIRST_RATE, transferred=0)
    model, _ = load_checkpoint(INPUTS / "weights.pt")
    refuse_other_networks(model, TRAININGS[task].wanted)
    own = activation_of(model)
    network = build_model(clean(getattr(model, "yaml", None), task), activation=own, **shape)
    state_of_network = network.state_dict()
    classes, own_classes = len(parameters["classes"]), model.model[-1].nc
    if type(own_classes) is int and own_classes != classes:
        tell(classes={"own": own_classes, "wanted": classes})
    fitting = {
        name: value
        for name, value in model.state_dict().items()
        if name in state_of_network and value.shape == state_of_network[name].shape
    }
    network.load_state_dict(fitting, strict=False)
    wanted = parameters["activation"] or own
    unchanged = wanted == own and len(fitting) == len(state_of_network)
    return Start(
        network=network,
        activation=wanted,
        learning_rate=FINE_TUNING_RATE if unchanged else ADAPTING_RATE,
        transferred=len(fitting),
    )


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Train, and report the metrics before and after, each 0–1."""
    prepare_ultralytics()
    if parameters["gpus"] and not torch.cuda.is_available():
        raise Refused("engine", "The training stage sees no GPU.", "Train without --gpus.")
    data, images = unpack_data(parameters)
    if not (INPUTS / "last.pt").is_file():  # who goes on has begun with these pictures
        check_images()
    torch.manual_seed(parameters["seed"])
    start = find_start(parameters)
    rate = parameters["learning_rate"] or start.learning_rate
    epochs, batch = parameters["epochs"], parameters["batch"]
    fits = images * 3 * parameters["image_size"] ** 2 <= LARGEST_CACHE
    if start.state is not None:
        (RUN / "weights").mkdir(parents=True)
        (RUN / "weights" / "best.pt").write_bytes((INPUTS / "best.pt").read_bytes())
    trainer = trainer_of(parameters["task"])(
        {
            "model": "",
            "data": str(data),
            "project": str(RUN.parent),
            "name": RUN.name,
            "exist_ok": True,
            "imgsz": parameters["image_size"],
            "epochs": epochs,
            "batch": batch,
            "nbs": batch,  # every batch is a step: gradients never wait across the end of an epoch
            "seed": parameters["seed"],
            "patience": parameters["patience"],
            "optimizer": "AdamW",
            "lr0": rate,
            "momentum": 0.9,
            "warmup_epochs": min(3.0, epochs / 10),
            "warmup_bias_lr": 0.0,
            # Four pictures in one help a network that knows nothing: more people for the same work. As soon as it
            # knows people, they are too small in them.
            "mosaic": 0.0 if start.transferred else 1.0,
            "close_mosaic": epochs * 3 // 5,
            "cache": "ram" if fits else False,
            "device": "0" if parameters["gpus"] else "cpu",
            "workers": 4 if parameters["gpus"] else 0,
            "amp": "bf16" if parameters["gpus"] and torch.cuda.is_bf16_supported() else False,
            "deterministic": True,
            "plots": True,
            "verbose": False,
        },
        network=start.network,
        activation=start.activation,
        state=start.state,
        compare=start.transferred == len(start.network.state_dict()),
        facts={"learning_rate": rate, "transferred": start.transferred},
        tell=tell,
        publish=publish,
    )
    trainer.train()
    publish(trainer.files())
    return {
        "before": trainer.before,
        "after": trainer.after,
        "epochs": len(trainer.results),
        "best_epoch": int(trainer.stopper.best_epoch),
        "activation": start.activation,
        "activation_changed": trainer.activation_changed,
        "learning_rate": rate,
        "tensors": {"transferred": start.transferred, "all": len(start.network.state_dict())},
        "images": {"train": len(trainer.train_loader.dataset), "val": len(trainer.test_loader.dataset)},
        "parameters": sum(parameter.numel() for parameter in start.network.parameters()),
        "versions": {"torch": torch.__version__, "ultralytics": ultralytics.__version__},
    }
