"""The operators of a file against what a firmware's interpreter registers."""

from __future__ import annotations

from collections.abc import Iterator

from edgecask.target.firmware_changes import brought_by, last_change
from edgecask.target.model_file import ModelFile
from edgecask.target.rules import Row, judge
from edgecask.target.target import Target


def operator_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    """Whether the file is known, its operators are registered, and none of them computes in float."""
    newer = model.newer_parts
    found = f"{', '.join(newer)}: newer than this edgecask knows" if newer else "all known"
    advice = "No firmware of a target here reads it; look for a newer edgecask."
    yield judge("types and operators", not newer, found, "what TensorFlow Lite 2.18 has", advice)
    yield from _registered_rows(model, target)
    yield from _float_rows(model)


def _registered_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    if target.operators is None:
        return
    registered = set(target.operators.registered)
    foreign = [name for name in model.operator_names if name not in registered]
    last = last_change(target, "operators")
    which = f"{target.firmware} from {last.since} on" if last else target.firmware
    if target.firmware_date is not None:
        which = target.firmware_named
    dated = [(name, brought_by(target, "operators", name)) for name in model.operator_names]
    since = ", ".join(f"{name} from {change.since} on" for name, change in dated if change is not None)
    advice = 'Anything else is "Invoke failed" on the device.'
    if target.compile is not None and not model.npu:
        advice += " Compile the model with Vela first."
    elif any(name in foreign and change is not None for name, change in dated):
        advice += f" A newer firmware has {since}."
    yield judge(
        "operators",
        not foreign,
        f"not registered: {', '.join(foreign)}" if foreign else ", ".join(model.operator_names),
        f"only what {which} registers ({', '.join(sorted(registered))})" + (f"; {since}" if since else ""),
        advice,
    )
    newer = sorted(
        {
            f"{operator.name} version {operator.version}"
            for operator in model.operators
            if operator.version > target.operators.versions.get(operator.name, operator.version)
        }
    )
    limits = ", ".join(f"{name} ≤ {version}" for name, version in sorted(target.operators.versions.items()))
    if limits:
        yield judge("operator versions", not newer, ", ".join(newer) or "within the limits", limits)


def _float_rows(model: ModelFile) -> Iterator[Row]:
    """Float operators left in a model that should compute in integers; passing to and from real numbers is none."""
    floating = sorted({operator.name for operator in model.operators if operator.computes_in_float})
    yield judge("integer operators only", not floating, ", ".join(floating) or "no float operator", "no float operator")
