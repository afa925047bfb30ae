"""Reads a checkpoint without running any code that a stranger may have put into it; used by several programs.

It is read by torch's restricted unpickler, with the names of checkpoint_names.py and nothing else.
"""

from __future__ import annotations

import pathlib
import pickle
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import ultralytics
from torch import nn

from pipeline.harness import Refused
from pipeline.shared.checkpoint_names import MethodReference, allow_list, find_class, is_layer

AGAIN = "Pass a checkpoint written by `yolo pose train`, `yolo detect train` or `invoke train`."
MOST_BYTES = 4 << 30
"""Of a checkpoint unpacked, and of its network in float32; YOLOv8x-pose has 0.3 GB, its optimiser twice as much."""
LONGEST_NAME = 200
# Where the classes of other projects' checkpoints are from.
FOREIGN = {
    "models": "YOLOv5 or YOLOv7",
    "yolov6": "YOLOv6",
    "mmengine": "MMPose",
    "super_gradients": "YOLO-NAS",
    "pytorch_lightning": "PyTorch Lightning",
    "lightning": "PyTorch Lightning",
    "timm": "timm",
    "transformers": "Hugging Face Transformers",
}
_NAMED = re.compile(r"GLOBAL ([\w.]+)")
CALLS = "the checkpoint calls"


def load_model(path: pathlib.Path) -> nn.Module:
    """The float32 model of a checkpoint (its moving average where it has one), in evaluation mode.

    Raises Refused of kind "weights" where the file is damaged or names anything outside the allow-list.
    """
    return load_checkpoint(path)[0]


def load_checkpoint(path: pathlib.Path) -> tuple[nn.Module, dict[str, Any]]:
    """`load_model`'s model, and all that the checkpoint holds."""
    _refuse_what_unpacks_to_more(path)
    content, twins = _unpickle(path)
    if isinstance(content, nn.Module):
        raise Refused(
            "weights",
            "{weights} is a whole pickled model (torch.save(model)), not a checkpoint.",
            "Save it with torch.save({'model': model}, 'best.pt'), or pass the best.pt of its training.",
        )
    found = [content.get(name) for name in ("ema", "model")] if isinstance(content, dict) else []
    model = next((value for value in found if isinstance(value, nn.Module)), None)
    if not isinstance(model, nn.Module):
        raise Refused("weights", "{weights} holds no model (a state_dict alone does not say the architecture).", AGAIN)
    try:
        _restore(model, twins)
        _refuse_large(model)
        model = model.float().eval()
        _refuse_what_is_no_number(model)
        model.names = class_names(model)
    except Refused:
        raise
    except Exception as error:  # its layers are known, and what is in them may be anything
        raise Refused("weights", f"{{weights}} is damaged ({first_line(error)}).", AGAIN) from error
    return model, content


def _unpickle(path: pathlib.Path) -> tuple[Any, dict[type, type]]:
    try:
        try:
            named = torch.serialization.get_unsafe_globals_in_checkpoint(path)
        except ValueError:  # not a zip file
            named = []
        entries, twins = allow_list(named)
        torch.serialization.clear_safe_globals()  # what a library may have let through when it was imported
        with torch.serialization.safe_globals(entries):
            return torch.load(path, map_location="cpu", weights_only=True), twins
    except pickle.UnpicklingError as error:
        raise _refusal(str(error)) from error
    except Exception as error:  # torch and zipfile raise whatever a damaged file leads them to
        raise Refused("weights", f"{{weights}} is damaged or not a checkpoint ({first_line(error)}).", AGAIN) from error


def first_line(error: BaseException) -> str:
    """What an error of a library says, short enough for one line."""
    text = (str(error).strip().splitlines() or [type(error).__name__])[0].split(". ")[0].removesuffix(".")
    return printable(text[:LONGEST_NAME])


def _refuse_what_unpacks_to_more(path: pathlib.Path) -> None:
    """Raise Refused for an archive that is much larger than its file: torch's own are not compressed."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except Exception:  # damage, or no archive: torch says which
        return
    if size > MOST_BYTES:
        raise Refused("weights", f"{{weights}} unpacks to {size / 1e9:.0f} GB: no YOLOv8 or YOLO11 has so much.", AGAIN)


def _refuse_large(model: nn.Module) -> None:
    """Raise Refused for tensors that stand for more numbers than there are in the file: steps of 0 repeat one."""
    size = sum(4 * tensor.numel() for tensor in (*model.parameters(), *model.buffers()))
    if size > MOST_BYTES:
        raise Refused(
            "weights", f"{{weights}} has {size / 1e9:.0f} GB of weights: no YOLOv8 or YOLO11 has so much.", AGAIN
        )


def _refusal(text: str) -> Refused:
    """What to say of what the unpickler refused: never its own advice, which is to load the file unsafely."""
    found = _NAMED.search(text)
    if found is None:
        called = next((line for line in text.splitlines() if CALLS in line), None)
        reason = called[called.index(CALLS) :].strip() if called else "it is not what torch.save writes"
        return Refused("weights", f"{{weights}} was not loaded, for safety: {reason}.", AGAIN)
    name = found[1].rstrip(".")
    project = FOREIGN.get(name.split(".")[0])
    if project is not None and "." in name:
        return Refused(
            "model",
            f"{{weights}} is a checkpoint of {project} (it names {name}); edgecask builds YOLOv8 and YOLO11.",
            "Train with `yolo pose train` or `yolo detect train`.",
        )
    if find_class(name) is not None:  # let through where torch can list the names of a file ahead
        return Refused(
            "weights",
            "{weights} has the format of PyTorch before 1.6, which cannot be loaded safely.",
            "Where you trust it: load it with PyTorch and save it again with torch.save.",
        )
    if is_layer(name):
        return Refused(
            "weights",
            f"{{weights}} names {name}, which Ultralytics {ultralytics.__version__} does not have.",
            "It was made by another release or by a changed one: train with the layers of YOLOv8 or YOLO11.",
        )
    return Refused(
        "weights",
        f"{{weights}} was not loaded, for safety: it names {name}, which no checkpoint of YOLOv8 or YOLO11 holds.",
        AGAIN,
    )


def _restore(model: nn.Module, twins: Mapping[type, type]) -> None:
    """Give every layer its own class back, and what releases before this one left out."""
    for module in model.modules():
        module.__class__ = twins.get(type(module), type(module))
        for name in [name for name, value in vars(module).items() if isinstance(value, MethodReference)]:
            del vars(module)[name]
        if hasattr(module, "forward_fuse") and hasattr(module, "conv") and not hasattr(module, "bn"):
            module.forward = module.forward_fuse  # its normalisation is part of its convolution already
        if isinstance(module, nn.Upsample) and not hasattr(module, "recompute_scale_factor"):
            module.recompute_scale_factor = None  # saved by a torch before 1.11


def _refuse_what_is_no_number(model: nn.Module) -> None:
    """Raise Refused where weights are NaN or infinite: a training that diverged, or halves that overflowed."""
    for name, tensor in sorted(model.state_dict().items()):
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            what = "NaN" if bool(torch.isnan(tensor).any()) else "infinite"
            layer = name.removeprefix("model.").rpartition(".")[0]
            raise Refused(
                "weights",
                f"The weights of layer {layer} of {{weights}} are {what}: its training went wrong.",
                "Train again with a smaller learning rate, or pass a checkpoint of an earlier epoch.",
            )


def class_names(model: nn.Module) -> dict[int, str]:
    """The names of its classes, as text that every terminal and file can hold.

    They may be a list, or missing: then they are numbers, as Ultralytics has it.
    """
    stored = getattr(model, "names", None)
    if isinstance(stored, Mapping):
        pairs = list(stored.items())
    elif isinstance(stored, Sequence) and not isinstance(stored, str):
        pairs = list(enumerate(stored))
    else:
        pairs = []
    if not pairs:
        pairs = [(index, str(index)) for index in range(int(getattr(model.model[-1], "nc", 1)))]
    return {int(index): printable(_text(name)) for index, name in pairs}


def _text(name: Any) -> str:
    """A class's name; what is no plain value, and may be a list of lists of lists, is called by its type."""
    return (str(name) if isinstance(name, str | int | float) else type(name).__name__)[:LONGEST_NAME]


def printable(text: str) -> str:
    """The text with a question mark for what is no character: lone surrogates, and what steers a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
