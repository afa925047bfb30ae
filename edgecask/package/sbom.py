"""sbom.cdx.json: what a package is made of and was made with, as a CycloneDX bill of materials.

The model, the weights and images it was made from, every wheel of every environment with its sha256 and licence,
what its pages hold of npm, and for containers the base image with its Debian packages. No time and no random number is
in it, so the same build gives the same bytes; between virtual environments and containers it differs by the base
image.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.errors import EnvironmentBuildError
from edgecask.files import canonical_json, sha256_file
from edgecask.store.record import made_by_host
from edgecask.store.store import Store

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

FILE = "sbom.cdx.json"
LIBRARY = "cyclonedx-python-lib"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "edgecask.sbom")


def sbom_of(store: Store, facts: Mapping[str, Any]) -> bytes:
    """The bill of materials of `facts` (see render), from the store where the same has been written before.

    The library takes longer to import than the rest of a rebuild. Raises EnvironmentBuildError where it is not there.
    """
    try:
        library = metadata.version(LIBRARY)
    except metadata.PackageNotFoundError as error:
        raise EnvironmentBuildError(
            f"{LIBRARY} is not installed beside this Python.", advice="Run `pip install -r requirements.txt`."
        ) from error
    made_from = made_by_host(
        "bill of materials",
        environment=library,
        parameters=facts,
        outputs=[FILE],
        programs={Path(__file__).name: sha256_file(Path(__file__))},
    )

    def write(folder: Path) -> dict[str, Path]:
        (folder / FILE).write_bytes(render(facts))
        return {FILE: folder / FILE}

    return store.kept(made_from, write).outputs[FILE].path.read_bytes()


def render(facts: Mapping[str, Any]) -> bytes:
    """CycloneDX 1.6 as JSON.

    `facts` has `edgecask` (version), `target`, `model` (`file`, `sha256`), `data` (sha256 by what it is),
    `environments` (see wheels_of), `bases` (by digest: `image`, and `packages`, versions by NAME:ARCHITECTURE) and
    `bundled` (see bundled_packages, by the file that holds them).
    """
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    model = _component(
        facts["model"]["file"], "model", ComponentType.MACHINE_LEARNING_MODEL, sha256=facts["model"]["sha256"],
        description=f"a model for {facts['target']}",
    )  # fmt: skip
    bom = Bom(serial_number=uuid.uuid5(NAMESPACE, canonical_json(facts).decode()))
    bom.metadata.timestamp = None  # type: ignore[assignment] # the library's own default is now
    bom.metadata.component = model
    bom.metadata.tools.components.add(
        Component(name="edgecask", version=facts["edgecask"], type=ComponentType.APPLICATION, bom_ref="edgecask")
    )
    direct = [
        _component(name, f"data:{name}", ComponentType.DATA, sha256=digest) for name, digest in facts["data"].items()
    ]
    wheels: dict[str, Component] = {}
    for name, packages in facts["environments"].items():
        environment = Component(name=name, type=ComponentType.PLATFORM, bom_ref=f"environment:{name}")
        held = [_wheel(package, entry) for package, entry in packages.items()]
        held = [wheels.setdefault(str(wheel.bom_ref.value), wheel) for wheel in held]
        bom.register_dependency(environment, held)
        direct.append(environment)
    for digest, base in facts["bases"].items():
        image = Component(
            name=base["image"], version=digest, type=ComponentType.CONTAINER, bom_ref=f"base:{digest}",
            hashes=_hashes(digest.removeprefix("sha256:")),
        )  # fmt: skip
        held = [_debian(name, version) for name, version in base["packages"].items()]
        bom.components.update(held)
        bom.register_dependency(image, held)
        direct.append(image)
    for file, packages in facts["bundled"].items():
        if packages:
            page = Component(name=file, type=ComponentType.APPLICATION, bom_ref=f"file:{file}")
            held = [_npm(package) for package in packages]
            bom.components.update(held)
            bom.register_dependency(page, held)
            direct.append(page)
    bom.components.update([*direct, *wheels.values()])
    bom.register_dependency(model, direct)
    return JsonV1Dot6(bom).output_as_string(indent=2).encode() + b"\n"


def _hashes(sha256: str) -> list[Any]:
    from cyclonedx.model import HashAlgorithm, HashType

    return [HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else []


def _component(name: str, reference: str, kind: Any, *, sha256: str, description: str | None = None) -> Component:
    from cyclonedx.model.component import Component

    return Component(name=name, type=kind, bom_ref=reference, hashes=_hashes(sha256), description=description)


def _wheel(name: str, entry: Mapping[str, str]) -> Component:
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    address = PackageURL("pypi", None, name, entry["version"])
    licences = [LicenseFactory().make_from_string(entry["licence"])] if entry["licence"] else []
    return Component(
        name=name, version=entry["version"], type=ComponentType.LIBRARY, bom_ref=address.to_string(), purl=address,
        licenses=licences, hashes=_hashes(entry["sha256"]),
    )  # fmt: skip


def _npm(package: Mapping[str, str]) -> Component:
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    address = PackageURL("npm", None, package["name"], package["version"])
    return Component(
        name=package["name"], version=package["version"], type=ComponentType.LIBRARY, bom_ref=address.to_string(),
        purl=address, licenses=[LicenseFactory().make_from_string(package["licence"])],
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=package["sha512"])],
    )  # fmt: skip


def _debian(name: str, version: str) -> Component:
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    package, _, architecture = name.partition(":")
    address = PackageURL("deb", "debian", package, version, {"arch": architecture})
    return Component(
        name=package, version=version, type=ComponentType.LIBRARY, bom_ref=address.to_string(), purl=address
    )
