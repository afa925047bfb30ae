"""`edgecask verify`: whether a package is what was built, and its model one that the firmware takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.common_options import (
    CalibrationOption,
    DataOption,
    PackagesOption,
    RunnerOption,
    TargetOption,
    weights_option,
)
from edgecask.errors import UsageError
from edgecask.options import option

if TYPE_CHECKING:
    from edgecask.target.package_tables import Manifest
    from edgecask.target.target import Target


@dataclass(frozen=True, kw_only=True)
class Verify(RunnerOption, DataOption, CalibrationOption, PackagesOption, TargetOption):
    """The package, whose signatures count, and from what it is built again."""

    allowed_signers: Path | None = option(
        None, help="fail where nobody of this file signed the package (see ssh-keygen)", placeholder="FILE"
    )
    rebuild: bool = option(
        False, help="build the package again, from --weights and --calibration or --data, and compare every byte"
    )
    weights: str | None = weights_option(None, help="checkpoint that the package was made from (with --rebuild)")

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [name for name in ("weights", "calibration", "data") if getattr(self, name) is not None]
        if self.rebuild and self.weights is None:
            raise UsageError("--rebuild needs the checkpoint.", advice="Pass --weights, and --calibration or --data.")
        if given and not self.rebuild:
            raise UsageError(f"--{given[0]} is for building again.", advice="Pass --rebuild, too.")


REQUEST = Verify


def run(request: Verify) -> None:
    """Compare every file with SHA256SUMS and the manifest, and check signature and model; exit code 30 otherwise."""
    from edgecask.errors import VerificationError
    from edgecask.package.manifest import read_manifest, read_model_of
    from edgecask.package.signature import signer_of
    from edgecask.package.sums import FILE, differences
    from edgecask.target.target import load_target
    from edgecask.wording import counted, shown

    target = load_target(request.target)
    folder = request.output / target.name
    path, content = read_model_of(folder, target=target.name)
    manifest = read_manifest(folder, target=target.name)
    names = manifest.get("files", []) if manifest is not None else []
    problems = differences(folder, [name for name in names if isinstance(name, str) and "/" not in name])
    for problem in problems:
        print(shown(problem))
    if problems:
        files = counted(len(problems), "file differs", "files differ")
        raise VerificationError(
            f"{folder} is not what was built: {files}.",
            advice="Take it from where it was built, or build it again.",
        )
    signer = signer_of(folder, allowed=request.allowed_signers)
    _check_model(path, content, target)
    print(shown(f"every file of {folder} is as {FILE} says, and no rule of the firmware is broken"))
    print(shown(f"signed by {signer}" if signer is not None else "not signed"))
    if request.rebuild and manifest is not None:
        print(shown(_rebuild(request, folder, manifest)))


def _check_model(path: Path, content: bytes, target: Target) -> None:
    from edgecask.errors import VerificationError
    from edgecask.firmware.family import family_rows
    from edgecask.target.contract import check
    from edgecask.target.forms import form_of
    from edgecask.target.model_file import parse_model

    model = parse_model(content, name=str(path))
    target = form_of(model, target)
    report = check(model, target, family_rows=family_rows(model, target))
    if report.failures:
        raise VerificationError(
            f"{path} breaks {report.broken} of its firmware.",
            advice=f"`edgecask check {path}` says which.",
        )


def _rebuild(request: Verify, folder: Path, manifest: Manifest) -> str:
    from edgecask.cli.rebuild import rebuild
    from edgecask.cli.session import make_runner
    from edgecask.directories import user_directories
    from edgecask.package.sums import listed_files
    from edgecask.progress import make_display

    directories, display = user_directories(), make_display()
    runner = make_runner(request.runner, directories, display.note, require_isolation=request.require_isolation)
    files = listed_files(folder)
    return rebuild(request, files, manifest, directories=directories, runner=runner, display=display)
