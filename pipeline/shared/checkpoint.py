"""Reads a checkpoint without running any code that a stranger may have put into it; used by several stages.

A checkpoint is a pickle. It is read by torch's restricted unpickler with an allow-list of the layers a YOLOv8-pose
model is made of, and none of their constructors may run: a constructor such as PoseModel's would build whatever a
crafted configuration names.
"""

from __future__ import annotations

import collections
import pathlib
import pickle
import zipfile
from typing import Any

import numpy
import torch
from numpy._core.multiarray import scalar as numpy_scalar
from torch import nn
from ultralytics.nn import tasks
from ultralytics.nn.modules import block, conv, head
from ultralytics.utils import IterableSimpleNamespace, loss, tal

from pipeline.harness import Refused

TORCH_LAYERS = (
    nn.BatchNorm2d, nn.Conv2d, nn.ConvTranspose2d, nn.Dropout, nn.GELU, nn.Hardswish, nn.Identity, nn.LeakyReLU,
    nn.Linear, nn.MaxPool2d, nn.Mish, nn.ModuleList, nn.ReLU, nn.ReLU6, nn.Sequential, nn.SiLU, nn.Upsample,
    nn.BCEWithLogitsLoss,
)  # fmt: skip
MODELS = (
    tasks.ClassificationModel, tasks.DetectionModel, tasks.OBBModel, tasks.PoseModel, tasks.SegmentationModel,
)  # fmt: skip
# A model saved by the trainer may carry the criterion it was validated with.
CRITERIA = (
    loss.v8DetectionLoss, loss.v8PoseLoss, loss.BboxLoss, loss.DFLoss, loss.KeypointLoss, tal.TaskAlignedAssigner,
)  # fmt: skip


def _ultralytics_layers() -> list[type]:
    return [
        value
        for module in (block, conv, head)
        for _, value in sorted(vars(module).items())
        if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    ]


def _without_constructor(original: type) -> type:
    """A twin of `original` that can be unpickled (which calls no constructor) and cannot be constructed."""

    def refuse(self: Any, *arguments: Any, **named: Any) -> None:
        raise pickle.UnpicklingError(f"the checkpoint calls the constructor of {original.__qualname__}")

    return type(original.__name__, (original,), {"__init__": refuse, "__module__": original.__module__})


def allow_list() -> tuple[list[Any], dict[type, type]]:
    """What a checkpoint may name: entries for torch's safe_globals, and the twins with their originals."""
    twins: dict[type, type] = {}
    entries: list[Any] = [
        set,
        (set, "__builtin__.set"),
        (collections.OrderedDict, "collections.OrderedDict"),
        (pathlib.PurePosixPath, "pathlib.PosixPath"),
        (pathlib.PurePosixPath, "pathlib.WindowsPath"),
        (numpy_scalar, "numpy.core.multiarray.scalar"),
        (numpy_scalar, "numpy._core.multiarray.scalar"),
        numpy.dtype,
        type(numpy.dtype("float32")),
        type(numpy.dtype("float64")),
        IterableSimpleNamespace,
        (IterableSimpleNamespace, "ultralytics.yolo.utils.IterableSimpleNamespace"),
    ]
    for original in (*TORCH_LAYERS, *_ultralytics_layers(), *MODELS, *CRITERIA):
        twin = _without_constructor(original)
        twins[twin] = original
        names = {f"{original.__module__}.{original.__qualname__}"}
        # Checkpoints of older releases name the package, or the package before it was renamed.
        names |= {name.replace("ultralytics.", "ultralytics.yolo.", 1) for name in set(names)}
        if original.__module__.startswith("ultralytics.nn.modules."):
            names.add(f"ultralytics.nn.modules.{original.__qualname__}")
        entries += [(twin, name) for name in sorted(names)]
    return entries, twins


def load_model(path: pathlib.Path) -> nn.Module:
    """The float32 model of a checkpoint (its moving average where it has one), in evaluation mode.

    Raises Refused of kind "weights" where the file is damaged or names anything outside the allow-list.
    """
    return load_checkpoint(path)[0]


def load_checkpoint(path: pathlib.Path) -> tuple[nn.Module, dict[str, Any]]:
    """`load_model`'s model, and all that the checkpoint holds."""
    entries, twins = allow_list()
    again = "Pass a checkpoint written by `yolo pose train` or by `invoke train`."
    try:
        with torch.serialization.safe_globals(entries):
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).split("\n")[0]
        for line in str(error).splitlines():
            if "GLOBAL" in line or "constructor" in line:
                reason = line.strip()
        raise Refused("weights", f"{{weights}} was not loaded, for safety: {reason}", again) from error
    except (RuntimeError, EOFError, KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError,
            OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:  # fmt: skip
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Refused("weights", f"{{weights}} is damaged or not a checkpoint ({reason}).", again) from error
    model = (checkpoint.get("ema") or checkpoint.get("model")) if isinstance(checkpoint, dict) else None
    if not isinstance(model, nn.Module):
        raise Refused("weights", "{weights} holds no model (a state_dict alone does not say the architecture).", again)
    for module in model.modules():
        module.__class__ = twins.get(type(module), type(module))
        if isinstance(module, nn.Upsample) and not hasattr(module, "recompute_scale_factor"):
            module.recompute_scale_factor = None  # saved by a torch before 1.11
    return model.float().eval(), checkpoint
