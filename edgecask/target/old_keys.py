"""Keys of target.toml as edgecask 0.1 called them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgecask.directories import bundled
from edgecask.errors import TargetError

OLD_KEYS = {
    "quantization": {"refine": "range_search", "compact": "compress_weights", "compensate": "gptq"},
    "compile": {"in_place": "zero_copy_concat"},
}
"""Keys of 0.1 by their tables, with what they are called now; they go with the release after this one."""


def with_new_names(table: dict[str, Any], path: Path) -> dict[str, Any]:
    """The file's content with keys by their new names: a device of somebody's own may have those of 0.1 still.

    Raises TargetError where it lacks what 0.1 did not ask for.
    """
    for name, keys in OLD_KEYS.items():
        inner = table.get(name)
        if isinstance(inner, dict):
            table[name] = {keys.get(key, key): value for key, value in inner.items()}
    if "decode" in table:
        raise TargetError(
            f"{path} is of edgecask 0.1: thresholds in [decode] are now in [nms], with the firmware's rules beside "
            "them, and [camera] says what the camera delivers.",
            advice="Write [nms], [camera] and the names of `resize` as a target of the same firmware has them "
            f"({bundled('targets')}).",
        )
    if "family" not in table:
        table["family"] = "sscma" if "sscma" in table else "himax"
        table["vendor"] = table.pop("sscma", {})
    return table
