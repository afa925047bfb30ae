"""`edgecask verify`: whether a package is what was built, and its model one that the firmware takes."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.common_options import PackagesOption, TargetOption


@dataclass(frozen=True, kw_only=True)
class Verify(PackagesOption, TargetOption):
    """The package."""


REQUEST = Verify


def run(request: Verify) -> None:
    """Compare every file with SHA256SUMS and the manifest, and check the model; exit code 30 where one differs."""
    from edgecask.errors import VerificationError
    from edgecask.firmware.family import family_rows
    from edgecask.package.manifest import read_manifest, read_model_of
    from edgecask.package.sums import FILE, differences
    from edgecask.target.contract import check
    from edgecask.target.model_file import parse_model
    from edgecask.target.target import load_target
    from edgecask.wording import shown

    target = load_target(request.target)
    folder = request.output / target.name
    path, content = read_model_of(folder, target=target.name)
    manifest = read_manifest(folder, target=target.name)
    names = manifest.get("files", []) if manifest is not None else []
    problems = differences(folder, [name for name in names if isinstance(name, str) and "/" not in name])
    for problem in problems:
        print(shown(problem))
    if problems:
        files = "1 file differs" if len(problems) == 1 else f"{len(problems)} files differ"
        raise VerificationError(
            f"{folder} is not what was built: {files}.",
            advice="Take it from where it was built, or build it again.",
        )
    model = parse_model(content, name=str(path))
    report = check(model, target, family_rows=family_rows(model, target))
    if report.failures:
        raise VerificationError(
            f"{path} breaks {len(report.failures)} rules of its firmware.",
            advice=f"`edgecask check {path}` says which.",
        )
    print(shown(f"every file of {folder} is as {FILE} says, and no rule of the firmware is broken"))
