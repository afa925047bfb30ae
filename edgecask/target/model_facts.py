"""What a .tflite of the store says of itself, read once: the accessors import numpy, for which a rebuild would wait."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from edgecask.files import sha256_file, sha256_json
from edgecask.plan.stage import ALGORITHM_VERSION, Blob
from edgecask.store.store import Store
from edgecask.target.model_file import ModelFile, read_model

READER = Path(__file__).with_name("model_file.py")


def model_facts(store: Store, model: Blob) -> ModelFile:
    """The model as read_model gives it, from the store where the same bytes have been read before."""
    key = sha256_json(
        {
            "algorithm": ALGORITHM_VERSION,
            "reader": sha256_file(READER),
            "model": model.sha256,
        }
    )
    known = store.find(key)
    if known is not None:
        return msgspec.convert(known.report, ModelFile)
    facts = replace(read_model(model.path), name="the model")
    with suppress(ValueError):  # a scale that is no number cannot be stored; the contract says what it thinks of it
        inputs = {"model.tflite": model.sha256}
        store.publish(key, inputs=inputs, outputs={}, report=msgspec.to_builtins(facts), toolchain={})
    return facts
