"""What a checkpoint may name, and what stands in for it while it is read.

A checkpoint is a pickle: a list of names, of what to make of them and of what to put in. The names let through are
those of Ultralytics' own restricted loading (ultralytics/nn/tasks.py, `_SafeLoad`, release 8.4.190): layers of torch.nn
and of Ultralytics, its models and losses, paths and NumPy's numbers. Less happens here than there: every class is
replaced by a twin whose constructor refuses, since PoseModel's would build whatever a crafted configuration names, and
`getattr` by a function that looks nothing up.
"""

from __future__ import annotations

import collections
import importlib
import pathlib
import pickle
from collections.abc import Iterable
from typing import Any

import numpy
from numpy._core.multiarray import scalar as numpy_scalar
from torch import nn
from ultralytics.utils import IterableSimpleNamespace

LAYERS = ("torch.nn.modules", "ultralytics.nn.modules")
MODELS = "ultralytics.nn.tasks"
# Whatever these define; a model saved by the trainer may carry the criterion it was validated with.
OTHERS = ("ultralytics.utils.loss", "ultralytics.utils.tal", "ultralytics.nn.distill_model")
# The first releases with pose had another folder; classes that were taken away or renamed since.
OLD_PACKAGE, PACKAGE = "ultralytics.yolo.", "ultralytics."
RENAMED = {
    "ultralytics.nn.modules.block.Silence": "torch.nn.modules.linear.Identity",
    "ultralytics.nn.tasks.YOLOv10DetectionModel": "ultralytics.nn.tasks.DetectionModel",
    "ultralytics.utils.loss.v10DetectLoss": "ultralytics.utils.loss.E2EDetectLoss",
}
PLAIN: list[Any] = [
    set,
    (set, "__builtin__.set"),
    (collections.OrderedDict, "collections.OrderedDict"),
    *(
        (pathlib.PurePosixPath, f"{module}.{name}")
        for module in ("pathlib", "pathlib._local")  # Python 3.13 pickles the second
        for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")
    ),
    (numpy_scalar, "numpy.core.multiarray.scalar"),
    (numpy_scalar, "numpy._core.multiarray.scalar"),
    numpy.dtype,
    *(type(numpy.dtype(name)) for name in ("float32", "float64", "int32", "int64", "bool")),
    IterableSimpleNamespace,
    (IterableSimpleNamespace, "ultralytics.yolo.utils.IterableSimpleNamespace"),
]


class MethodReference:
    """What a checkpoint holds where a method was pickled: nothing that can be called."""


def method_reference(owner: Any, name: Any) -> MethodReference:
    """`getattr`'s place: releases up to 8.2.0 pickle `Detect.forward`, fused layers their `forward_fuse`."""
    kind = owner if isinstance(owner, type) else type(owner)
    allowed = issubclass(kind, nn.Module) and isinstance(name, str) and name.isidentifier()
    if not allowed or name.startswith("_"):
        raise pickle.UnpicklingError(f"the checkpoint calls getattr({kind.__qualname__}, {str(name)[:40]!r})")
    return MethodReference()


def without_constructor(original: type) -> type:
    """A twin of `original` that can be unpickled (which calls no constructor) and cannot be constructed."""

    def refuse(self: Any, *arguments: Any, **named: Any) -> None:
        raise pickle.UnpicklingError(f"the checkpoint calls the constructor of {original.__qualname__}")

    return type(original.__name__, (original,), {"__init__": refuse, "__module__": original.__module__})


def current_name(name: str) -> tuple[str, str]:
    """The module and the name there of what older releases called `name`."""
    current = RENAMED.get(name, name)
    if current.startswith(OLD_PACKAGE):
        current = PACKAGE + current.removeprefix(OLD_PACKAGE)
    module_name, _, attribute = current.rpartition(".")
    return module_name, attribute


def is_layer(name: str) -> bool:
    """Whether a name is one that layers and models have, of this release or another."""
    module_name, _ = current_name(name)
    return module_name in (MODELS, *LAYERS) or module_name.rpartition(".")[0] in LAYERS


def find_class(name: str) -> type | None:
    """The class that a checkpoint may name so; None where it may not, or where there is none of that name."""
    module_name, attribute = current_name(name)
    if not is_layer(name) and module_name not in OTHERS:
        return None
    try:
        found = getattr(importlib.import_module(module_name), attribute, None)
    except ImportError:
        return None
    if not isinstance(found, type):
        return None
    if module_name in OTHERS:
        return found if found.__module__ == module_name else None
    return found if issubclass(found, nn.Module) else None


def allow_list(names: Iterable[str]) -> tuple[list[Any], dict[type, type]]:
    """Entries for torch's safe_globals that let through what may be of `names`, and the twins with their originals."""
    entries: list[Any] = [*PLAIN, (method_reference, "builtins.getattr")]
    twins: dict[type, type] = {}
    of_original: dict[type, type] = {}
    for name in sorted(set(names)):
        original = find_class(name)
        if original is not None:
            twin = of_original.setdefault(original, without_constructor(original))
            twins[twin] = original
            entries.append((twin, name))
    return entries, twins
