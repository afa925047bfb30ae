"""The layers that a network's description may have, what each reads from, and its arguments: all else is refused.

Ultralytics looks up what a description names, and computes with what it holds. So each argument is of its kind, and
what a user wrote wrongly is told by the layer's number.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.harness import Refused

ADVICE = "Train from a checkpoint of YOLOv8 or YOLO11, such as yolov8n-pose.pt."
MOST_CHANNELS = 4096
LARGEST = 16
"""Of a kernel, a stride or an enlargement: whatever does not stand where a layer's channels do."""
MOST_LAYERS = 100
MOST_REPEATS = 100
"""Of all layers together; YOLOv8's have 48."""
LONGEST_SHOWN = 60
_BEGINNING = reprlib.Repr()
"""Python's own repr writes out whole what lists name many times over, which may be more than there is memory."""
_BEGINNING.maxlevel = 3
_BEGINNING.maxstring = _BEGINNING.maxlong = _BEGINNING.maxother = 4 * LONGEST_SHOWN
_BEGINNING.maxlist = _BEGINNING.maxtuple = _BEGINNING.maxdict = 10


def _channels(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MOST_CHANNELS


def _whole(value: Any) -> bool:
    return type(value) is int and 1 <= value <= LARGEST


def _factor(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= LARGEST


def _switch(value: Any) -> bool:
    return type(value) is bool or value in ("True", "False")


def _nothing(value: Any) -> bool:
    return value is None or value == "None"


def _padding(value: Any) -> bool:
    return _nothing(value) or (type(value) is int and 0 <= value <= LARGEST)


def _mode(value: Any) -> bool:
    return value in ("nearest", "bilinear")


def _classes(value: Any) -> bool:
    return value == "nc" or (type(value) is int and value >= 1)


def _keypoints(value: Any) -> bool:
    return value == "kpt_shape" or (_is_list(value) and len(value) == 2 and all(type(one) is int for one in value))


Argument = tuple[str, Callable[[Any], bool]]
CHANNELS: Argument = ("channels", _channels)
GROUPS: Argument = ("groups", _whole)
SHORTCUT: Argument = ("shortcut", _switch)
EXPANSION: Argument = ("expansion", _factor)
BODY: Mapping[str, Sequence[Argument]] = {
    "C2PSA": (CHANNELS, EXPANSION),
    "C2f": (CHANNELS, SHORTCUT, GROUPS, EXPANSION),
    "C3k2": (CHANNELS, ("c3k", _switch), EXPANSION, ("attention", _switch), GROUPS, SHORTCUT),
    "Concat": (("dimension", _whole),),
    "Conv": (CHANNELS, ("kernel", _whole), ("stride", _whole), ("padding", _padding), GROUPS, ("dilation", _whole)),
    "SPPF": (CHANNELS, ("kernel", _whole), ("repeats", _whole), SHORTCUT),
    "nn.Upsample": (("size", _nothing), ("factor", _factor), ("mode", _mode)),
}
"""The layers before the head; see ultralytics/nn/modules for what their arguments are."""
HEADS: Mapping[str, Sequence[Argument]] = {
    "Detect": (("number of classes", _classes),),
    "Pose": (("number of classes", _classes), ("shape of keypoints", _keypoints)),
}
LAYERS = {**BODY, **HEADS}
NEEDED = {"nn.Upsample": 2, "Concat": 0, "Detect": 1, "Pose": 2}
"""How many arguments a layer has at least; the others have their channels."""
JOINING = frozenset({"Concat", *HEADS})
"""What reads from a list of layers."""


def checked_layers(layers: Any, *, before: int) -> list[list[Any]]:
    """The layers of one part of a description, where `before` others stand before them.

    Raises Refused of kind "model" for whatever is not what a network of YOLOv8 or YOLO11 has there.
    """
    if not _is_list(layers) or not layers or len(layers) > MOST_LAYERS:
        raise Refused("model", "{weights} does not say what its network is made of.", ADVICE)
    cleaned = []
    left = MOST_REPEATS
    for number, layer in enumerate(layers, before):
        if not _is_list(layer) or len(layer) != 4:
            raise _refused(f"Layer {number} of {{weights}} is not a list of from, repeats, module and arguments.")
        source, repeats, name, arguments = layer
        if not isinstance(name, str) or name not in LAYERS:
            raise _refused(f"The network of {{weights}} has a layer {shown(name)} that cannot be trained.")
        what = f"Layer {number} ({name}) of {{weights}}"
        _check_source(what, source, number, joins=name in JOINING)
        if type(repeats) is not int or repeats < 1:
            raise _refused(f"{what} has {shown(repeats)} as its repeats.")
        left -= repeats
        if left < 0:
            raise _refused(f"Layers of {{weights}} are repeated over {MOST_REPEATS} times.")
        _check_arguments(what, arguments, LAYERS[name], needed=NEEDED.get(name, 1))
        cleaned.append([source, repeats, name, list(arguments)])
    return cleaned


def _check_source(what: str, source: Any, number: int, *, joins: bool) -> None:
    sources = source if joins else [source]
    if not (_is_list(sources) and sources and all(_is_before(one, number) for one in sources)):
        wanted = "a list of layers" if joins else "a layer"
        raise _refused(f"{what} reads from {shown(source)}, which is not {wanted} before it.")


def _is_before(source: Any, number: int) -> bool:
    return type(source) is int and (source == -1 or -number <= source < number)


def _check_arguments(what: str, arguments: Any, expected: Sequence[Argument], *, needed: int) -> None:
    if not _is_list(arguments):
        raise _refused(f"{what} has {shown(arguments)} in place of a list of arguments.")
    if not needed <= len(arguments) <= len(expected):
        names = ", ".join(name for name, _ in expected)
        raise _refused(f"{what} has {len(arguments)} arguments, which are its {names}.")
    for value, (name, is_valid) in zip(arguments, expected, strict=False):
        if not is_valid(value):
            raise _refused(f"{what} has {shown(value)} as its {name}.")


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def shown(value: Any) -> str:
    """A value of a description in a message, of which nobody wants more than the beginning."""
    text = _BEGINNING.repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _refused(message: str) -> Refused:
    return Refused("model", message, ADVICE)
