"""dist/TARGET/: what the user takes away. The same inputs give the same bytes of every file."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgecask import __version__
from edgecask.directories import LOCK_DIGITS, Directories, lock
from edgecask.errors import StorageError
from edgecask.exchange import put_in_place
from edgecask.files import (
    copy_regular,
    discard,
    naming,
    read_bounded,
    readable_json,
    replacing,
    sha256_bytes,
    sha256_file,
)
from edgecask.firmware import emulation
from edgecask.firmware.family import family_of
from edgecask.package import board_page, prefetch, provenance, sbom, signature, sums
from edgecask.package.contents import MODEL, PackageContents, make_manifest
from edgecask.package.manifest import MANIFEST, read_files_of, read_manifest
from edgecask.package.own_files import carry_over, made_from_model
from edgecask.package.rendered import rendered
from edgecask.package.report import REPORT, render
from edgecask.package.toolchain import bases_of, toolchain_of, wheels_of
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.package_tables import Manifest
from edgecask.target.target import TARGETS, Target
from edgecask.task.task import task_of
from edgecask.templates import text_templates

SUMMARY = "vela_summary.csv"
README_TEMPLATE = "package.md.j2"
LICENCE_NOTICE = TARGETS / "licence-notice.md"


@dataclass(frozen=True, kw_only=True)
class Package:
    """A finished package: where it is, what its manifest says, and the stages' results by their names."""

    folder: Path
    manifest: Manifest
    results: Mapping[str, StageResult]


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
