"""Whether a training that is gone on with is still the one that was begun, and what makes it another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from edgecask.errors import UsageError
from edgecask.files import sha256_json
from edgecask.training.run import Run

DATA = "data.tar"
# Parameters of the stage that come from the data set's description, by the key there.
KEYS_OF_DATA = {
    "classes": "names",
    "task": "kpt_shape",
    "keypoint_shape": "kpt_shape",
    "flip_index": "flip_idx",
    "sigmas": "kpt_oks_sigmas",
}


def require_unchanged(run: Run, record: Mapping[str, Any], made_from: Mapping[str, Any]) -> None:
    """Raise UsageError that names what changed where the training's key is no longer that of the run."""
    if sha256_json(made_from) == record["key"]:
        return
    changes = list(_changes(record, made_from)) or ["run.json"]
    raise UsageError(
        f"{run.folder} cannot go on, it would be another training: {', '.join(changes)} changed since it began.",
        advice="Put that back as it was, or start a new training"
        + (f" from what was learned (--weights={run.last})." if run.last.is_file() else "."),
    )


def _changes(record: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    request, before = record["request"], record.get("made_from")
    if not isinstance(before, dict) or before.keys() != now.keys():  # of an edgecask that did not write it down
        before = {**now, "inputs": {DATA: record["data"]["sha256"]}, "programs": None}
        before["inputs"] |= {name: record["weights"].get("sha256") for name in now["inputs"] if name != DATA}
    inputs = before["inputs"]
    if inputs.get(DATA) != now["inputs"].get(DATA):
        yield f"pictures or labels of {request['data']}"
    if any(inputs.get(name) != digest for name, digest in now["inputs"].items() if name != DATA):
        yield f"the weights {request['weights']}"
    parameters = before["parameters"]  # which an older edgecask had fewer of
    names = [name for name, value in now["parameters"].items() if parameters.get(name, value) != value]
    of_data = list(dict.fromkeys(KEYS_OF_DATA[name] for name in names if name in KEYS_OF_DATA))
    if of_data:
        yield f"{' and '.join(of_data)} in {request['data']}"
    yield from (f"{name.replace('_', ' ')} in run.json" for name in names if name not in KEYS_OF_DATA)
    if before["environment"] != now["environment"]:
        yield "the environment (its packages, or --runner)"
    if any(before[name] != now[name] for name in ("algorithm", "stage", "outputs", "programs", "variables")):
        yield "edgecask itself"
