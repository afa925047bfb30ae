"""What the stages of a package ran in, each environment once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgecask.runner.environments.wheels import known_wheels
from edgecask.store.result import StageResult

# Which wall stood around a stage changes no byte of what it made, and may differ between machines of one kind.
LEFT_OUT = ("environment", "packages", "isolation")


def toolchain_of(results: Mapping[str, StageResult]) -> dict[str, Any]:
    """By the environment's name: its kind and lock, image and base of a container, and the versions stages reported."""
    chain: dict[str, Any] = {}
    for _, stage in sorted(results.items()):
        described = {name: value for name, value in stage.toolchain.items() if name not in LEFT_OUT}
        if "base" in described:
            described["base"] = {name: value for name, value in described["base"].items() if name != "packages"}
        entry = chain.setdefault(stage.toolchain["environment"], {**described, "versions": {}})
        entry["versions"].update(stage.report.get("versions", {}))
    return chain


def bases_of(results: Mapping[str, StageResult]) -> dict[str, dict[str, Any]]:
    """By the digest of a base image: what it is called, and its Debian packages, versions by NAME:ARCHITECTURE."""
    bases = [stage.toolchain["base"] for stage in results.values() if "base" in stage.toolchain]
    return {base["identity"]: {"image": base["image"], "packages": base.get("packages", {})} for base in bases}


def wheels_of(results: Mapping[str, StageResult]) -> dict[str, dict[str, dict[str, str]]]:
    """By the environment's name, then by package: its version, and the sha256 and the licence of the file it is from.

    The last two are empty for what is not in docker/wheels.json.
    """
    table = known_wheels()
    found: dict[str, dict[str, dict[str, str]]] = {}
    for stage in results.values():
        packages = found.setdefault(stage.toolchain["environment"], {})
        for name, version in stage.toolchain.get("packages", {}).items():
            wheel = table.get(f"{name}=={version}")
            packages[name] = {
                "version": version,
                "sha256": wheel.sha256 if wheel is not None else "",
                "licence": wheel.licence if wheel is not None else "",
            }
    return {name: dict(sorted(found[name].items())) for name in sorted(found)}
