"""Two packages of the same inputs: which files differ, and which step was the first to give something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgecask.package import provenance, sbom, signature, sums
from edgecask.package.provenance import Step

NAMING_THE_KIND = (provenance.FILE, sbom.FILE, sums.FILE)
"""They name the kind of environment, or hold the sums of those that do."""


def differing_files(one: Mapping[str, bytes], other: Mapping[str, bytes], *, same_kind: bool) -> list[str]:
    """The files, sorted, that are not in both or not the same; a signature is no part of what is built."""
    left_out = {signature.FILE, *(() if same_kind else NAMING_THE_KIND)}
    return sorted(name for name in {*one, *other} - left_out if one.get(name) != other.get(name))


def first_difference(recorded: Sequence[Step], again: Sequence[Step]) -> str:
    """What the first step that differs did otherwise; "" where all are the same."""
    made = {step.name: step for step in again}
    for step in recorded:
        other = made.get(step.name)
        if other is None:
            return f"the step {step.name} was not there"
        for verb, before, after in (("was given", step.inputs, other.inputs), ("gave", step.outputs, other.outputs)):
            names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
            if names:
                return f"the step {step.name} is the first that differs: it {verb} another {', '.join(names)}"
    added = sorted({*made} - {step.name for step in recorded})
    return f"the step {added[0]} is new" if added else ""
