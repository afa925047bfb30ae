"""Ultralytics' trainer, made to run alone: no network, no pickle of a stranger, an exact continuation after a stop.

Every epoch begins from random states that follow from the seed and its number alone, and a stopped training keeps its
weights, their moving average and the optimizer's state in full precision. So on a CPU a training that was stopped and
resumed ends with the very weights of one that was not.
"""

from __future__ import annotations

import copy
import csv
import io
import itertools
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
import torch
import ultralytics
from torch import nn
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.torch_utils import ModelEMA, unwrap_model

from pipeline.harness import Refused
from pipeline.heads.trainings import TRAININGS
from pipeline.shared.checkpoint import load_model
from pipeline.train.batch_norm import estimate, is_folded, unfold
from pipeline.train.model_yaml import activation_of, change_activation

MEASURED_BATCHES = 16
SECONDS_BETWEEN_CURVES = 30
SECONDS_BETWEEN_BATCHES = 0.5


def trainer_of(task: str) -> type[Trainer]:
    """The trainer of a task: what is here, on Ultralytics' own."""
    return type(
        "TaskTrainer", (Trainer, TRAININGS[task].trainer), {"task": task, "metric_keys": TRAININGS[task].metrics}
    )


class Trainer(DetectionTrainer):
    """Trains `network` on the pictures of `overrides["data"]`, with `activation` (of ACTIVATIONS) in its layers.

    Ultralytics' trainers of the tasks all are a DetectionTrainer, and `trainer_of` puts this class before one of them.

    `state` is what `state_to_resume` gave after the epoch to continue from; `facts` are kept in it for the program that
    resumes. With `compare` the network is validated as it came, too. `tell` hears how far the training is; `publish`
    gets the files of the run by name, after every epoch.
    """

    task: str
    metric_keys: Mapping[str, str]

    def __init__(
        self,
        overrides: dict[str, Any],
        *,
        network: nn.Module,
        state: Mapping[str, Any] | None,
        activation: str,
        compare: bool,
        facts: Mapping[str, Any],
        tell: Callable[..., None],
        publish: Callable[[Mapping[str, Path]], None],
    ) -> None:
        self.network, self.activation, self.state = network, activation, state
        self.compare, self.facts = compare, facts
        self.tell, self.publish = tell, publish
        self.results: list[dict[str, float]] = list(state["results"]) if state else []
        self.before: dict[str, float] | None = state["before"] if state else None
        self.after: dict[str, float] = {}
        self.activation_changed: bool = state["activation_changed"] if state else activation != activation_of(network)
        # Ultralytics would close the mosaic in a place that a resumed training does not pass.
        self.closing_epoch, self.mosaic_closed = overrides["epochs"] - overrides["close_mosaic"], False
        self.batch_number, self.told, self.drawn = 0, 0.0, time.monotonic()
        super().__init__(overrides={**overrides, "close_mosaic": 0})
        self.add_callback("on_train_epoch_start", Trainer.begin_epoch)
        self.add_callback("on_train_batch_end", Trainer.tell_batch)

    def setup_model(self) -> None:
        """Use the network as it is: nothing is read from a file here."""
        self.model = self.set_model_names_for_load(self.network)
        self.model.to(memory_format=torch.channels_last)

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Channels last, as the convolutions of a CPU are a quarter faster with them."""
        batch = super().preprocess_batch(batch)
        batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
        return batch

    def resume_training(self, ckpt: Any) -> None:
        """Continue from `state` where there is one, else see what the network is worth before its first epoch."""
        if self.state is None:
            self.prepare_network()
            return
        state = self.state
        unwrap_model(self.model).load_state_dict(state["model"])
        self.ema.ema.load_state_dict(state["average"])
        self.ema.updates = state["updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.best_fitness = state["best_fitness"]
        self.stopper.__dict__.update(state["stopper"])
        self.start_epoch = state["epoch"] + 1

    def prepare_network(self) -> None:
        """Make the network trainable, see what it is worth as it came, and give it the activation that is wanted."""
        if is_folded(self.model):
            unfold(self.model, self.some_batches())
            self.ema = ModelEMA(self.model)
        if self.compare:
            self.before = self.validate_alone(self.model, plots=False)
            self.tell(before=self.before)
        if self.activation_changed:
            change_activation(self.model, self.activation)
            estimate(self.model, self.some_batches())
            self.ema = ModelEMA(self.model)

    def some_batches(self) -> Iterator[torch.Tensor]:
        """Pictures as they are trained with."""
        self.seed_epoch(0)
        for batch in itertools.islice(self.train_loader, MEASURED_BATCHES):
            yield self.preprocess_batch(batch)["img"]
        self.train_loader.reset()

    def _handle_nan_recovery(self, epoch: int) -> bool:
        """Stop where there are no numbers any more, instead of trying the same again."""
        if math.isfinite(float(self.loss)) and math.isfinite(float(self.fitness)):
            return False
        raise Refused(
            "usage",
            f"The training came apart in epoch {epoch + 1}: its loss is not a number any more.",
            f"Use a --learning-rate below {self.facts['learning_rate']:g}.",
        )

    def validate_alone(self, network: nn.Module, *, plots: bool) -> dict[str, float]:
        """Metrics of a network on the validation pictures, each 0–1."""
        validator = self.get_validator()
        validator.args.plots = plots
        found = validator(model=copy.deepcopy(network).float())
        return {name: round(float(found[key]), 5) for name, key in self.metric_keys.items()}

    def begin_epoch(self) -> None:
        """Put everything random into the state that belongs to this epoch."""
        if self.epoch >= self.closing_epoch and not self.mosaic_closed:
            self.mosaic_closed = True
            self._close_dataloader_mosaic()
            self.train_loader.reset()
        if self.train_loader.num_workers == 0:
            self.train_loader.reset()  # the old iterator would still draw at random when it ends
        if self.train_loader.iterator is None:
            self.train_loader.iterator = self.train_loader._get_iterator()
        torch.set_num_threads(len(os.sched_getaffinity(0)))  # Ultralytics has its own ideas, now and then
        self.seed_epoch(self.epoch + 1)

    def seed_epoch(self, epoch: int) -> None:
        """Seed everything that draws at random."""
        seed = self.args.seed + 1000 * epoch
        random.seed(seed)
        numpy.random.seed(seed)
        torch.manual_seed(seed)
        self.train_loader.generator.manual_seed(seed)

    def tell_batch(self) -> None:
        """Tell how far this epoch is, at most twice a second."""
        self.batch_number = self.batch_number % len(self.train_loader) + 1
        if self.batch_number < len(self.train_loader) and time.monotonic() - self.told < SECONDS_BETWEEN_BATCHES:
            return
        self.told = time.monotonic()
        self.tell(
            progress={
                "epoch": self.epoch + 1,
                "epochs": self.epochs,
                "batch": self.batch_number,
                "batches": len(self.train_loader),
                "losses": self.losses(self.tloss),
            }
        )

    def losses(self, items: Mapping[str, torch.Tensor]) -> dict[str, float]:
        """Mean losses of this epoch by name."""
        return {name.removesuffix("_loss"): round(float(value), 5) for name, value in items.items()}

    def save_metrics(self, metrics: dict[str, float]) -> None:
        """Remember this epoch's row of results.csv, without the time it took."""
        row = {"epoch": self.epoch + 1, **{name: float(value) for name, value in metrics.items()}}
        self.results = [*self.results[: self.epoch], row]

    def save_model(self) -> bool:
        """Write and publish what a stop would otherwise lose."""
        best = bool(self.best_fitness == self.fitness)
        self.last.write_bytes(self.checkpoint(state=self.state_to_resume()))
        self.write_results()
        files = {"last.pt": self.last, "results.csv": self.csv}
        if best:
            self.best.write_bytes(self.checkpoint(state=None))
            files["best.pt"] = self.best
        if time.monotonic() - self.drawn > SECONDS_BETWEEN_CURVES:
            self.drawn = time.monotonic()
            self.plot_metrics()
            files["results.png"] = self.save_dir / "results.png"
        self.publish(files)
        row = self.results[-1]
        self.tell(
            epoch={
                "epoch": self.epoch + 1,
                "epochs": self.epochs,
                "losses": self.losses(self.tloss),
                **{name: round(row[key], 5) for name, key in self.metric_keys.items()},
                "best": best,
            }
        )
        return True

    def state_to_resume(self) -> dict[str, Any]:
        """Everything the next epoch depends on, in full precision."""
        return {
            "epoch": self.epoch,
            "model": unwrap_model(self.model).state_dict(),
            "average": self.ema.ema.state_dict(),
            "updates": self.ema.updates,
            "optimizer": self.optimizer.state_dict(),
            "best_fitness": float(self.best_fitness),
            "stopper": {name: getattr(self.stopper, name) for name in ("best_fitness", "best_epoch", "possible_stop")},
            "results": self.results,
            "before": self.before,
            "activation_changed": self.activation_changed,
            **self.facts,
        }

    def checkpoint(self, *, state: Mapping[str, Any] | None) -> bytes:
        """The bytes of a checkpoint in Ultralytics' form: no date, host or path; `state` is what resuming needs."""
        network = copy.deepcopy(self.ema.ema).half().to(memory_format=torch.contiguous_format)
        network.criterion = None
        network.args = {"task": self.task, "imgsz": self.args.imgsz}
        for parameter in network.parameters():
            parameter.requires_grad = False
        content = {
            "model": network,
            "train_args": {"task": self.task, "imgsz": self.args.imgsz},
            "version": ultralytics.__version__,
            "license": "AGPL-3.0",
            **({"training": state} if state is not None else {}),
        }
        buffer = io.BytesIO()
        torch.save(content, buffer)
        return buffer.getvalue()

    def write_results(self) -> None:
        """Write results.csv from the rows so far."""
        with self.csv.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(self.results[-1]), lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in self.results)

    def final_eval(self) -> None:
        """Validate the best network and draw the mosaics."""
        self.after = self.validate_alone(load_model(self.best), plots=True)

    def plot_metrics(self) -> None:
        """Draw the curves: losses and mAP by epoch."""
        from matplotlib import pyplot

        epochs = [row["epoch"] for row in self.results]
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 5), tight_layout=True)
        for name in (column for column in self.results[-1] if column.startswith(("train/", "val/"))):
            line = "-" if name.startswith("train/") else "--"
            left.plot(epochs, [row[name] for row in self.results], line, label=name)
        for name, key in self.metric_keys.items():
            right.plot(epochs, [row[key] for row in self.results], label=name)
        for axes, title in ((left, "loss"), (right, "mAP on the validation pictures")):
            axes.set_title(title)
            axes.set_xlabel("epoch")
            axes.grid(alpha=0.3)
            axes.legend(fontsize=8)
        figure.savefig(self.save_dir / "results.png", dpi=120, metadata={"Software": None})
        pyplot.close(figure)

    def files(self) -> dict[str, Path]:
        """What a finished run leaves, by name."""
        self.last.write_bytes(self.checkpoint(state=None))
        images = {path.name: path for pattern in ("*.png", "*.jpg") for path in sorted(self.save_dir.glob(pattern))}
        return {"last.pt": self.last, "best.pt": self.best, "results.csv": self.csv, **images}
