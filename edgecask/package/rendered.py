"""What a package holds beside the model, from the store where it has been written before: a rebuild renders nothing.

What is written follows from the manifest, the check's rows, the stages' results, the target's folder, and edgecask
itself, so these name the result.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from edgecask.errors import EdgecaskError
from edgecask.files import read_bounded, sha256_bytes, sha256_json
from edgecask.package.toolchain import toolchain_of
from edgecask.store.record import made_by_host
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.contract import Report
from edgecask.target.target import MAX_BYTES, Target

HOST = Path(__file__).parents[1]
OWN_SUFFIXES = (".css", ".j2", ".js", ".json", ".py", ".txt")
"""Of edgecask's files that say what is written."""


def rendered(
    store: Store,
    target: Target,
    manifest: Mapping[str, Any],
    *,
    results: Mapping[str, StageResult],
    checks: Report,
    render: Callable[[], dict[str, bytes]],
) -> dict[str, bytes]:
    """What `render` gives, by file name; it is asked where nobody has asked it for the same before."""
    made_from = made_by_host(
        "package files",
        parameters={
            "manifest": manifest,
            "target": msgspec.to_builtins(target),
            "checks": msgspec.to_builtins(checks),
            "toolchain": toolchain_of(results),
        },
        inputs={name: result.key for name, result in results.items()}
        | {f"{name}/{file}": blob.sha256 for name, result in results.items() for file, blob in result.outputs.items()},
        programs={"edgecask": _own_digest(), "target": _folder_digest(Path(target.folder))},
    )
    try:
        key = made_from.key()
    except ValueError:  # a number that JSON does not know
        return render()
    known = store.find(key)
    if known is not None:
        return {name: blob.path.read_bytes() for name, blob in known.outputs.items()}
    files = render()
    with suppress(OSError, EdgecaskError), store.temporary() as temporary:  # a store that is read only
        outputs = {}
        for name, content in files.items():
            outputs[name] = temporary / name
            outputs[name].write_bytes(content)
        store.publish(made_from, outputs=outputs, report={}, toolchain={})
    return files


@functools.cache
def _own_digest() -> str:
    """The sha256 of edgecask's own files; by os.walk, since pathlib takes longer than all the reading."""
    found = {}
    for folder, folders, names in os.walk(HOST):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            if name.endswith(OWN_SUFFIXES):
                path = f"{folder}/{name}"
                found[path.removeprefix(str(HOST))] = sha256_bytes(_content(path))
    return sha256_json(found)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - a Path for each of 250 files is a quarter of the time
        return file.read()


def _folder_digest(folder: Path) -> str:
    """The sha256 of a target's files; of one that is no template (too large, not to be read) only its name counts."""
    found = {}
    for path in sorted(folder.iterdir()):
        with suppress(OSError, EdgecaskError):
            found[path.name] = sha256_bytes(read_bounded(path, limit=MAX_BYTES) or b"")
    return sha256_json(found)
