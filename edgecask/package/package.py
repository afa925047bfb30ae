"""dist/TARGET/: what the user takes away. The same inputs give the same bytes of every file."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgecask import __version__
from edgecask.data.weights import Weights
from edgecask.directories import LOCK_DIGITS, Directories, lock
from edgecask.errors import StorageError
from edgecask.files import (
    copy_regular,
    discard,
    naming,
    put_in_place,
    read_bounded,
    readable_json,
    replacing,
    sha256_bytes,
    sha256_file,
)
from edgecask.firmware import emulation
from edgecask.firmware.family import family_of
from edgecask.package import board_page, prefetch, provenance, sbom, signature, sums
from edgecask.package.manifest import MANIFEST, SCHEMA, read_files_of, read_manifest
from edgecask.package.own_files import carry_over, made_from_model
from edgecask.package.prefetch import Prefetch
from edgecask.package.rendered import rendered
from edgecask.package.report import REPORT, render
from edgecask.package.toolchain import bases_of, toolchain_of, wheels_of
from edgecask.store.result import StageResult
from edgecask.store.store import Store
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
from edgecask.target.target import TARGETS, Target
from edgecask.task.task import task_of
from edgecask.templates import text_templates

MODEL = "model.tflite"
HOST_MODEL = "host/model.tflite"
"""What was compiled for an NPU runs on the device alone; this is the same model before that."""
SUMMARY = "vela_summary.csv"
README_TEMPLATE = "package.md.j2"
KIBIBYTE = 1024
LICENCE_NOTICE = TARGETS / "licence-notice.md"


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


@dataclass(frozen=True, kw_only=True)
class Package:
    """A finished package: where it is, what its manifest says, and the stages' results by their names."""

    folder: Path
    manifest: Manifest
    results: Mapping[str, StageResult]


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


def render_readme(target: Target, manifest: Manifest, *, remarks: Sequence[str] = ()) -> bytes:
    """The package's README.md, from the target's own template."""
    text = (
        text_templates(Path(target.folder))
        .get_template(README_TEMPLATE)
        .render(
            target=target,
            manifest=manifest,
            board=emulation,
            task=task_of(target.model.task),
            remarks=remarks,
            commands=family_of(target).commands(target, manifest["model"]["file"]),
        )
    )
    return text.encode()


def _more_files(contents: PackageContents, manifest: Manifest, model_path: Path) -> dict[str, bytes]:
    """Everything beside the model and the manifest, by name."""
    target = contents.target
    model, family = model_path.read_bytes(), family_of(target)
    remarks = tuple(family.remarks(target, manifest, model))
    files = {
        "README.md": render_readme(target, manifest, remarks=remarks),
        REPORT: render(target, manifest, results=contents.results, checks=contents.report),
        LICENCE_NOTICE.name: LICENCE_NOTICE.read_bytes(),
    }
    own = family.package_files(target, manifest, model)
    if board_page.has_page(target):
        files[board_page.PAGE] = board_page.render_board(target, manifest, model, note=family.note(own))
    return files | own


def _refuse_foreign(destination: Path, target: str) -> None:
    """Raise StorageError rather than replace a folder that is not a package for this target."""
    if not os.path.lexists(destination) or read_manifest(destination, target=target) is not None:
        return
    if not destination.is_dir() or any(destination.iterdir()):
        raise StorageError(
            f"{destination} is not a package of edgecask for {target}, and is left alone.",
            advice="Move it away, or build from another folder.",
        )


def leftovers(destination: Path) -> list[Path]:
    """What a build that was killed while it wrote this package may have left beside it."""
    return [destination.with_name(f".{destination.name}.{ending}") for ending in ("new", "new.old", "old")]


def _data_of(manifest: Manifest) -> dict[str, str]:
    """The sha256 of what a package was made from, by what it is."""
    inputs = manifest["inputs"]
    data = {"weights": inputs["weights"]["sha256"], "calibration images": inputs["calibration"]["sha256"]}
    if "vela_config_sha256" in inputs:
        data["vela_config.ini"] = inputs["vela_config_sha256"]
    if "accuracy" in manifest:
        data["labelled images"] = manifest["accuracy"]["data"]["sha256"]
    return data


def _write_bill(contents: PackageContents, manifest: Manifest, *, store: Store, folder: Path) -> None:
    """Write what the package is made of."""
    facts = {
        "edgecask": __version__,
        "target": contents.target.name,
        "model": {"file": manifest["model"]["file"], "sha256": manifest["model"]["sha256"]},
        "data": _data_of(manifest),
        "environments": wheels_of(contents.results),
        "bases": bases_of(contents.results),
        "bundled": {board_page.PAGE: board_page.bundled_packages(contents.target)},
    }
    (folder / sbom.FILE).write_bytes(sbom.sbom_of(store, facts))


def _write_provenance(contents: PackageContents, manifest: Manifest, *, folder: Path) -> None:
    """Write how it came to be: all files that are there so far, from what was asked for and given."""
    statement = provenance.render(
        subjects={
            path.relative_to(folder).as_posix(): sha256_file(path) for path in folder.rglob("*") if path.is_file()
        },
        parameters={**contents.parameters, "target": contents.target.name, "weights": contents.weights.label},
        data=_data_of(manifest),
        environments=toolchain_of(contents.results),
        steps=provenance.steps_of(contents.results),
        version=__version__,
    )
    (folder / provenance.FILE).write_bytes(statement)


def _keep_signature(older: Path, new: Path) -> None:
    """Take over the signature of a package with the same files."""
    with contextlib.suppress(OSError, StorageError):
        if read_bounded(older / sums.FILE, limit=sums.MAX_BYTES) == (new / sums.FILE).read_bytes():
            copy_regular(older / signature.FILE, new / signature.FILE)


def write_package(contents: PackageContents, *, store: Store, directories: Directories, destination: Path) -> Package:
    """Write the package beside `destination` and put it in its place at once, replacing an older one.

    What a user put beside the older one is kept, but for what was made from another model (own_files.py).

    Where `destination` is a link, that is where it leads to. Raises StorageError where something else is there, or
    where nothing can be written.
    """
    model_path = contents.final.outputs[MODEL].path
    manifest = make_manifest(contents, model_path)
    place = Path(os.path.realpath(destination))
    with lock(directories, f"package-{sha256_bytes(os.fsencode(place))[:LOCK_DIGITS]}"):
        new = leftovers(place)[0]
        try:
            _refuse_foreign(place, contents.target.name)
            _discard(place)
            older = read_manifest(place, target=contents.target.name)
            new.mkdir(parents=True)
            shutil.copyfile(model_path, new / manifest["model"]["file"])
            if contents.prefetch is not None and contents.prefetch.model is not None:
                shutil.copyfile(contents.prefetch.model, new / prefetch.FILE)
            if "file" in manifest["host"]:
                twin = new / manifest["host"]["file"]
                twin.parent.mkdir()
                shutil.copyfile(contents.results["quantize"].outputs[MODEL].path, twin)
            if SUMMARY in contents.final.outputs:
                shutil.copyfile(contents.final.outputs[SUMMARY].path, new / SUMMARY)
            files = rendered(
                store,
                contents.target,
                manifest,
                results=contents.results,
                checks=contents.report,
                render=functools.partial(_more_files, contents, manifest, model_path),
            )
            for name, content in files.items():
                (new / name).write_bytes(content)
            family_of(contents.target).run_tools(contents.target, new, manifest["model"]["file"])
            _write_bill(contents, manifest, store=store, folder=new)
            added = (MANIFEST, provenance.FILE, sums.FILE)
            manifest["files"] = sorted([*(path.name for path in new.iterdir()), *added])
            (new / MANIFEST).write_bytes(readable_json(manifest))
            _write_provenance(contents, manifest, folder=new)
            (new / sums.FILE).write_bytes(sums.sums_of(new, manifest["files"]))
            if contents.sign_key is not None:
                signature.sign(new, contents.sign_key)
            else:
                _keep_signature(place, new)
            if older is not None:
                same = older["model"]["sha256"] == manifest["model"]["sha256"]
                carry_over(place, older, new, stale=() if same else made_from_model(contents.target))
            put_in_place(new, place)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                with naming(place):
                    raise
            raise StorageError(
                f"{destination} cannot be written ({error.strerror}).",
                advice="Check the folder's permissions, or build from another folder.",
            ) from error
        finally:
            with contextlib.suppress(OSError):
                _discard(place)
    return Package(folder=destination, manifest=manifest, results=contents.results)


def _discard(place: Path) -> None:
    for leftover in leftovers(place):
        discard(leftover)


def write_archive(folder: Path) -> Path:
    """Pack a package into FOLDER.zip: sorted, without times, so that the same package gives the same bytes.

    Raises StorageError where there is no package.
    """
    files = read_files_of(folder, target=folder.name)
    archive_path = folder.with_suffix(".zip")
    with replacing(archive_path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"{folder.name}/{name}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return archive_path
