"""provenance.json: how a package came to be, as an in-toto statement (v1) with SLSA's provenance (v1) as its predicate.

It names what was asked for, what was given, and every step that made the model with the sha256 of what went in and
came out, so that a build made again can be compared with it step by step. Of the machine it says which kind of
environment it had, and nothing else: no host, no user, no folder, no time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from edgecask.errors import VerificationError
from edgecask.files import readable_json
from edgecask.store.result import StageResult

FILE = "provenance.json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:edgecask:build:1"
BUILDER = "urn:edgecask:runner:"
STEPS = ("prepare", "export", "convert", "ranges", "round", "quantize", "compile", "prefetch", "arena")
"""Those that make the models of a package, each after what it needs. How the others are divided goes by the number of
a machine's cores."""


def steps_of(results: Mapping[str, StageResult]) -> list[dict[str, Any]]:
    """The steps that make the models, in order, with the sha256 of their inputs and outputs by name."""
    return [
        {
            "name": name,
            "environment": results[name].toolchain["environment"],
            "inputs": dict(sorted(results[name].inputs.items())),
            "outputs": {file: blob.sha256 for file, blob in sorted(results[name].outputs.items())},
        }
        for name in STEPS
        if name in results
    ]


def render(
    *,
    subjects: Mapping[str, str],
    parameters: Mapping[str, Any],
    data: Mapping[str, str],
    environments: Mapping[str, Any],
    steps: list[dict[str, Any]],
    version: str,
) -> bytes:
    """The statement. `subjects` and `data` are sha256 by name, `environments` as toolchain_of gives them."""
    kinds = sorted({entry["kind"] for entry in environments.values()})
    return readable_json(
        {
            "_type": STATEMENT,
            "subject": [_resource(name, digest) for name, digest in sorted(subjects.items())],
            "predicateType": PREDICATE,
            "predicate": {
                "buildDefinition": {
                    "buildType": BUILD_TYPE,
                    "externalParameters": dict(parameters),
                    "internalParameters": {"environments": dict(environments), "steps": steps},
                    "resolvedDependencies": [
                        *(_resource(name, digest) for name, digest in sorted(data.items())),
                        *(
                            _resource(f"docker/{name}/requirements.txt", entry["lock_sha256"])
                            for name, entry in sorted(environments.items())
                        ),
                        *(_resource(f"base {image}", digest) for image, digest in _bases(environments)),
                    ],
                },
                "runDetails": {"builder": {"id": BUILDER + "+".join(kinds), "version": {"edgecask": version}}},
            },
        }
    )


def _resource(name: str, sha256: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": sha256.removeprefix("sha256:")}}


def _bases(environments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the images of containers stand on, by name and digest. They themselves are named in `environments`: an image
    that is built again gets another id, since the engine writes the time into it.
    """
    bases = [entry["base"] for entry in environments.values() if "base" in entry]
    return sorted({(base["image"], base["identity"]) for base in bases})


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it is recorded; sha256 by name."""

    name: str
    environment: str
    inputs: dict[str, str]
    outputs: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What a rebuild needs of a statement: who built with which version, what was asked for, and the steps in order."""

    builder: str
    version: str
    parameters: dict[str, Any]
    steps: list[Step]


class _Internal(msgspec.Struct):
    steps: list[Step]


class _Definition(msgspec.Struct):
    buildType: str  # noqa: N815 - SLSA's names
    externalParameters: dict[str, Any]  # noqa: N815
    internalParameters: _Internal  # noqa: N815


class _Builder(msgspec.Struct):
    id: str
    version: dict[str, str]


class _Details(msgspec.Struct):
    builder: _Builder


class _Predicate(msgspec.Struct):
    buildDefinition: _Definition  # noqa: N815
    runDetails: _Details  # noqa: N815


class _Statement(msgspec.Struct):
    predicateType: str  # noqa: N815
    predicate: _Predicate


_STATEMENTS = msgspec.json.Decoder(_Statement)


def parse_provenance(content: bytes) -> Provenance:
    """Read what render writes; raises VerificationError for anything else."""
    try:
        found = _STATEMENTS.decode(content)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise VerificationError(
            f"{FILE} is no provenance of a package ({error}).", advice="Build the package again."
        ) from error
    predicate = found.predicate
    if (found.predicateType, predicate.buildDefinition.buildType) != (PREDICATE, BUILD_TYPE):
        raise VerificationError(
            f"{FILE} tells of another kind of build.", advice="Use the edgecask that the package was built with."
        )
    return Provenance(
        builder=predicate.runDetails.builder.id,
        version=predicate.runDetails.builder.version.get("edgecask", "?"),
        parameters=predicate.buildDefinition.externalParameters,
        steps=predicate.buildDefinition.internalParameters.steps,
    )
