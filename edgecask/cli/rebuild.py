"""`edgecask verify --rebuild`: the package built again from the same inputs, and compared byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.errors import UsageError, VerificationError

if TYPE_CHECKING:
    from edgecask.build import BuildPlan
    from edgecask.build_request import BuildRequest
    from edgecask.cli.verify import Verify
    from edgecask.directories import Directories
    from edgecask.package.provenance import Provenance
    from edgecask.progress import Display
    from edgecask.runner.protocol import Runner
    from edgecask.target.package_tables import Manifest


def rebuild(
    request: Verify,
    files: Mapping[str, bytes],
    manifest: Manifest,
    *,
    directories: Directories,
    runner: Runner,
    display: Display,
) -> str:
    """Build the package again, with nothing from the store; what was compared, as a sentence.

    `files` are those of the package by name. Raises VerificationError where what is given is not what the package was
    made from, or where what comes out is another package.
    """
    from edgecask.build import build
    from edgecask.package.comparison import NAMING_THE_KIND, differing_files, first_difference
    from edgecask.package.manifest import read_files_of
    from edgecask.package.provenance import FILE, parse_provenance
    from edgecask.store.store import Store
    from edgecask.store.temporary import temporary_folder

    if FILE not in files:
        raise VerificationError(
            f"The package has no {FILE}, so nobody knows how it was built.", advice="Build it with this edgecask."
        )
    recorded = parse_provenance(files[FILE])
    _say_other_version(recorded, display.note)
    kept = directories.store / "temporary"
    with temporary_folder(kept) as temporary:
        again = _request(request, recorded, temporary)

        def check(plan: BuildPlan) -> None:
            _check_given(plan, recorded, manifest)

        package = build(
            again, directories=directories, runner=runner, display=display, store=Store(temporary / "store"),
            check=check,
        )  # fmt: skip
        made = read_files_of(package.folder, target=package.folder.name)
    fresh = parse_provenance(made[FILE])
    same_kind = fresh.builder == recorded.builder
    differing = differing_files(files, made, same_kind=same_kind)
    if differing:
        display.note(f"not the same: {', '.join(differing)}")
        first = first_difference(recorded.steps, fresh.steps)
        raise VerificationError(
            f"What is built again is another package: {first or 'all steps gave the same, and the packing differs'}.",
            advice="Build with the edgecask and on the kind of machine that the package was built with.",
        )
    if same_kind:
        return "built again, every file has the same bytes"
    others = " and ".join((", ".join(NAMING_THE_KIND[:-1]), NAMING_THE_KIND[-1]))
    return f"built again in another kind of environment, every file but {others} has the same bytes"


def _say_other_version(recorded: Provenance, say: Callable[[str], None]) -> None:
    from edgecask import __version__

    if recorded.version != __version__:
        say(f"the package was built by edgecask {recorded.version}, and this is {__version__}")


def _request(request: Verify, recorded: Provenance, temporary: Path) -> BuildRequest:
    """What was asked for when the package was built, with what is given now."""
    from edgecask.build_request import BuildRequest

    asked: dict[str, Any] = {
        name: value for name, value in recorded.parameters.items() if name not in ("target", "weights")
    }
    files = ("calibration", "data", "output", "sign_key")
    unknown = sorted(set(asked) - {field.name for field in fields(BuildRequest)} | set(asked) & set(files))
    if unknown:
        raise VerificationError(
            f"The package was built with {', '.join(unknown)}, which this edgecask does not know.",
            advice="Use the edgecask that built it.",
        )
    try:
        return BuildRequest(
            **asked,
            target=request.target,
            weights=_under_its_name(request.weights or "", recorded, temporary),
            calibration=request.calibration,
            data=request.data,
            output=temporary / "dist",
        )
    except (UsageError, TypeError) as error:
        raise VerificationError(
            f"The package's provenance asks for what no build takes ({error}).", advice="Build the package again."
        ) from error


def _under_its_name(given: str, recorded: Provenance, temporary: Path) -> str:
    """The checkpoint under the name that it had: names stand in packages."""
    from edgecask.options import path_of

    path, name = path_of(given), str(recorded.parameters.get("weights", ""))
    if not path.is_file() or path.name == name or Path(name).name != name or name in ("", ".", ".."):
        return given
    copy = temporary / "weights" / name
    copy.parent.mkdir()
    shutil.copyfile(path, copy)
    return str(copy)


def _check_given(plan: BuildPlan, recorded: Provenance, manifest: Manifest) -> None:
    """Raise VerificationError where the inputs of a plan are not those that were recorded."""
    from edgecask.plan.graph import Node
    from edgecask.store.result import Blob
    from edgecask.wording import shorten

    source = manifest["inputs"]["calibration"]["source"]
    if plan.calibration.source != source:
        raise VerificationError(
            f"The package was calibrated with {shorten(str(source))}, this would be with {plan.calibration.source}.",
            advice="Pass with --calibration, --data and --weights what it was built from.",
        )
    evaluated = manifest.get("accuracy", {}).get("data", {}).get("sha256")
    if evaluated != (plan.images.sha256 if plan.images is not None else None):
        raise VerificationError(
            "The labelled images are not those that the package was evaluated on.", advice="Pass these with --data."
        )
    steps = {step.name: step for step in recorded.steps}
    for node, option in (("export", "--weights"), ("prepare", "--calibration")):
        member = plan.graph.members.get(node)
        given = member.inputs if isinstance(member, Node) else {}
        for name, content in given.items():
            before = steps[node].inputs.get(name) if node in steps else None
            if isinstance(content, Blob) and content.sha256 != before:
                raise VerificationError(
                    f"{option} is not what the package was made from: its sha256 is {content.sha256}, and {before} was "
                    "recorded.",
                    advice="Pass the very files that it was built from.",
                )
