"""What a .tflite of the store says of itself, read once: the accessors import numpy, for which a rebuild would wait."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from edgecask.files import sha256_file
from edgecask.store.record import made_by_host
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.model_file import ModelFile, read_model

READERS = tuple(Path(__file__).with_name(name) for name in ("model_file.py", "flatbuffer_reads.py", "npu_payload.py"))


def model_facts(store: Store, model: Blob) -> ModelFile:
    """The model as read_model gives it, from the store where the same bytes have been read before."""
    made_from = made_by_host(
        "model facts",
        inputs={"model.tflite": model.sha256},
        programs={path.name: sha256_file(path) for path in READERS},
    )
    known = store.find(made_from.key())
    if known is not None:
        return msgspec.convert(known.report, ModelFile)
    facts = replace(read_model(model.path), name="the model")
    with suppress(ValueError):  # a scale that is no number cannot be stored; the contract says what it thinks of it
        store.publish(made_from, outputs={}, report=msgspec.to_builtins(facts), toolchain={})
    return facts
