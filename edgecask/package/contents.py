"""What a package is written from, and the manifest that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgecask import __version__
from edgecask.data.weights import Weights
from edgecask.files import sha256_file
from edgecask.firmware.family import family_of
from edgecask.package.manifest import SCHEMA
from edgecask.package.prefetch import Prefetch
from edgecask.store.result import StageResult
from edgecask.target.contract import Report
from edgecask.target.model_file import ModelFile
from edgecask.target.package_tables import (
    Accuracy,
    Agreement,
    Compression,
    HostEntry,
    Inputs,
    Manifest,
    Metrics,
    WeightTable,
)
from edgecask.target.target import Target

MODEL = "model.tflite"
HOST_MODEL = "host/model.tflite"
"""What was compiled for an NPU runs on the device alone; this is the same model before that."""
KIBIBYTE = 1024


@dataclass(frozen=True, kw_only=True)
class PackageContents:
    """What a package is written from; `results` by the names of their stages, `parameters` as they were asked for."""

    target: Target
    image_size: int
    weights: Weights
    calibration_source: str
    results: Mapping[str, StageResult]
    model: ModelFile
    report: Report
    accuracy: Accuracy | None = None
    agreement: Agreement | None = None
    compression: Compression | None = None
    weight_table: WeightTable | None = None
    prefetch: Prefetch | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sign_key: Path | None = None

    @property
    def final(self) -> StageResult:
        """The stage whose model goes to the device."""
        return self.results.get("compile") or self.results["quantize"]

    def metrics(self) -> Metrics:
        """What the model costs on the device: Vela's figures, or sizes and operators where there is no NPU code."""
        found = self.final.report.get("metrics")
        if found is not None:
            return dict(found)
        metrics: dict[str, Any] = {"flash_kib": round(self.model.size / KIBIBYTE, 3)}
        metrics |= family_of(self.target).operator_counts(len(self.model.operators))
        if "arena" in self.results:
            metrics["arena_kib"] = round(self.results["arena"].report["arena_bytes"] / KIBIBYTE, 3)
        return metrics


def model_name(contents: PackageContents) -> str:
    """The model's file name in the package."""
    stem = contents.weights.label.removesuffix(".pt")
    return family_of(contents.target).model_name(contents.target, stem=stem, image_size=contents.image_size)


def make_manifest(contents: PackageContents, model_path: Path) -> Manifest:
    """The manifest as it is written; units are in the names, `size` fields count bytes.

    It names what the stages were given, and not the user's files, which may be others by now.
    """
    exported, prepared = contents.results["export"], contents.results["prepare"]
    inputs: Inputs = {
        "weights": {"name": contents.weights.label, "sha256": exported.inputs["weights.pt"]},
        "calibration": {
            "source": contents.calibration_source,
            "sha256": prepared.inputs["images.tar"],
            "count": prepared.report["count"],
        },
    }
    if held_out := prepared.report.get("held_out"):
        inputs["calibration"]["held_out"] = held_out
    if contents.weights.notice:
        inputs["weights"]["notice"] = contents.weights.notice
    if "compile" in contents.results:
        inputs["vela_config_sha256"] = contents.results["compile"].inputs["vela_config.ini"]
    manifest: Manifest = {
        "schema": SCHEMA,
        "edgecask": __version__,
        "target": contents.target.name,
        "imgsz": contents.image_size,
        "task": exported.report["task"],
        "classes": exported.report["classes"],
        "keypoints": exported.report["keypoints"],
        "model": {"file": model_name(contents), "sha256": sha256_file(model_path), "bytes": model_path.stat().st_size},
        "outputs": [
            {
                "name": output.name,
                "shape": list(output.shape),
                "dtype": output.dtype,
                "scale": output.scale,
                "zero_point": output.zero_point,
            }
            for output in contents.model.outputs
        ],
        "metrics": contents.metrics(),
        "host": host_entry(contents),
        "view": contents.target.view(),
        "inputs": inputs,
    }
    if contents.accuracy is not None:
        manifest["accuracy"] = contents.accuracy
    if contents.agreement is not None:
        manifest["agreement"] = contents.agreement
    if contents.compression is not None:
        manifest["compression"] = contents.compression
    if contents.weight_table is not None:
        manifest["weights"] = contents.weight_table
    if contents.prefetch is not None:
        manifest["prefetch"] = contents.prefetch.facts()
    return manifest


def host_entry(contents: PackageContents) -> HostEntry:
    """The int8 twin that runs on a PC, or why the model needs none."""
    if "compile" not in contents.results:
        return {"reason": "the model itself runs on a PC"}
    twin = contents.results["quantize"].outputs[MODEL]
    return {"file": HOST_MODEL, "sha256": twin.sha256, "bytes": twin.size}
