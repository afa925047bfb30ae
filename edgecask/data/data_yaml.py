"""What the keys of a data.yaml say, by Ultralytics' rules (see dataset.py)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgecask.errors import DatasetError
from edgecask.files import read_input
from edgecask.yaml_file import YamlError, parse_forgiving

LARGEST_DESCRIPTION = 1 << 20
MOST_CLASSES = 100_000
LONGEST_PATH = 1024
"""Characters of a path in a data.yaml."""
SIGMAS = "kpt_oks_sigmas"
"""The key of the OKS constants that Ultralytics reads; edgecask took `kpt_sigmas` before there was one."""
OLD_SIGMAS = "kpt_sigmas"
SCHEMA = "Compare it with the data.yaml in Ultralytics' documentation of data sets."


def wrong(path: Path, what: str) -> DatasetError:
    """The error that says what is wrong in a data.yaml."""
    return DatasetError(f"{path}: {what}.", advice=SCHEMA)


def read_table(path: Path) -> dict[str, Any]:
    """The keys and values of a data.yaml; raises DatasetError where it is none."""
    advice = "Name the data.yaml of a data set."
    content = read_input(path, limit=LARGEST_DESCRIPTION, error=DatasetError, advice=advice)
    try:
        table = parse_forgiving(content)
    except YamlError as error:
        raise wrong(path, f"it is not YAML: {error}") from error
    if not isinstance(table, dict):
        raise wrong(path, "it is not a table of keys and values")
    return table


def expanded(text: str, path: Path) -> Path:
    """A path in which ~ is the user's folder."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise wrong(path, f"{text!r:.60} names the folder of a user who does not exist") from error


def text_of(value: Any, key: str, path: Path) -> str:
    """A value that has to be a path; raises DatasetError where it is no text, or too long for one."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PATH or "\0" in value:
        raise wrong(path, f"{key} has to be a text, not {value!r:.60}")
    return value


def classes_of(table: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """The names of the classes in order, from names and nc."""
    names, count = table.get("names"), table.get("nc")
    count = whole(count)
    if count is not None and not 1 <= count <= MOST_CLASSES:
        raise wrong(path, f"nc has to be a number of classes, not {table['nc']!r:.60}")
    if names is None:
        if count is None:
            raise wrong(path, "the names of the classes are missing (names)")
        return tuple(f"class_{index}" for index in range(count))
    if isinstance(names, dict):
        names = {whole(key): name for key, name in names.items()}
        if any(key not in names for key in range(len(names))):
            raise wrong(path, "the keys of names have to be 0, 1, 2 and so on")
        names = [names[index] for index in range(len(names))]
    if not isinstance(names, list) or not names:
        raise wrong(path, "names has to be a list, or a table from 0, 1, 2 and so on to names")
    if any(isinstance(name, dict | list) for name in names):
        raise wrong(path, "names has to hold texts")
    if count is not None and count != len(names):
        raise wrong(path, f"nc is {count}, but names has {len(names)} entries")
    return tuple(str(name) for name in names)  # also what YAML takes for a boolean: yes becomes True


def whole(value: Any) -> int | None:
    """A whole number, also as a text or a float that is one, as Ultralytics reads nc; -1 for anything else."""
    if value is None or type(value) is int:
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return -1
    return int(number) if number.is_integer() and not isinstance(value, bool) else -1


def keypoint_shape(table: Mapping[str, Any], path: Path) -> tuple[int, int]:
    """The number of keypoints, and of values each has; 0, 0 where the data are for detection."""
    shape = table.get("kpt_shape")
    if shape is None:
        return 0, 0
    if not isinstance(shape, list) or len(shape) != 2 or not all(type(value) is int for value in shape):
        raise wrong(path, f"kpt_shape has to be two whole numbers such as [17, 3], not {shape!r:.60}")
    if not 1 <= shape[0] <= 1000 or shape[1] not in (2, 3):
        raise wrong(path, f"kpt_shape is {shape}: the number of keypoints, then 2 (x, y) or 3 (x, y, visibility)")
    return shape[0], shape[1]


def sigmas_of(table: Mapping[str, Any], path: Path) -> tuple[float, ...] | None:
    """The OKS constants, by either of their keys."""
    if table.get(SIGMAS) is not None and table.get(OLD_SIGMAS) is not None:
        raise wrong(path, f"it has both {SIGMAS} and {OLD_SIGMAS}: keep {SIGMAS}")
    return numbers_of(table, SIGMAS if table.get(SIGMAS) is not None else OLD_SIGMAS, float, path)


def numbers_of(table: Mapping[str, Any], key: str, kind: type, path: Path) -> tuple[Any, ...] | None:
    """The list of numbers that a key has; None where it has none."""
    values = table.get(key)
    if values is None:
        return None
    allowed = (int,) if kind is int else (int, float)
    if not isinstance(values, list) or not all(type(value) in allowed for value in values):
        raise wrong(path, f"{key} has to be a list of {'whole ' if kind is int else ''}numbers")
    return tuple(kind(value) for value in values)
