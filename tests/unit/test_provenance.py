"""The provenance: read by in-toto's own classes, which know no field that their schema does not have."""

import json

import pytest
from google.protobuf.json_format import ParseDict, ParseError
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from test_package import contents, write  # noqa: F401

from edgecask.files import sha256_file
from edgecask.package import provenance, sums
from edgecask.package.manifest import MANIFEST


@pytest.fixture
def package(contents, write):  # noqa: F811
    return write(contents(parameters={"calibration_count": 200, "gptq": True}))


def test_it_is_a_statement_with_a_predicate_by_their_schemas(package):
    found = json.loads((package.folder / provenance.FILE).read_text())
    statement = ParseDict(found, statement_pb2.Statement())
    assert statement.predicate_type == "https://slsa.dev/provenance/v1"
    predicate = ParseDict(found["predicate"], provenance_pb2.Provenance())
    assert predicate.run_details.builder.id == "urn:edgecask:runner:venv"
    with pytest.raises(ParseError):
        ParseDict({**found["predicate"], "host": "here"}, provenance_pb2.Provenance())


def test_its_subjects_are_the_files_of_the_package(package):
    subjects = json.loads((package.folder / provenance.FILE).read_text())["subject"]
    files = {path.relative_to(package.folder).as_posix(): path for path in package.folder.rglob("*") if path.is_file()}
    later = {provenance.FILE, sums.FILE}
    assert {each["name"]: each["digest"]["sha256"] for each in subjects} == {
        name: sha256_file(path) for name, path in files.items() if name not in later
    }
    assert MANIFEST in files and later < set(files) and set(package.manifest["files"]) >= later


def test_it_says_what_was_asked_given_and_done(package):
    found = json.loads((package.folder / provenance.FILE).read_text())["predicate"]["buildDefinition"]
    assert found["externalParameters"] == {
        "calibration_count": 200, "gptq": True, "target": "grove", "weights": "best.pt",
    }  # fmt: skip
    steps = found["internalParameters"]["steps"]
    assert [step["name"] for step in steps] == ["prepare", "export", "quantize", "compile"]
    assert steps[1]["inputs"] == {"weights.pt": "2" * 64}
    assert steps[-1]["outputs"]["model.tflite"] == package.manifest["model"]["sha256"]
    given = {each["name"]: each["digest"]["sha256"] for each in found["resolvedDependencies"]}
    assert given["weights"] == "2" * 64 and given["docker/vela/requirements.txt"] == "1" * 64


def test_a_base_image_is_what_containers_depend_on():
    base = {"image": "debian:bookworm", "identity": f"sha256:{'7' * 64}", "kind": "bootstrap"}
    entry = {"kind": "docker", "image": "edgecask/vela:1", "base": base, "lock_sha256": "1" * 64}
    environments = {"vela": entry, "micro": entry}
    found = json.loads(
        provenance.render(subjects={}, parameters={}, data={}, environments=environments, steps=[], version="0")
    )["predicate"]
    assert found["runDetails"]["builder"]["id"] == "urn:edgecask:runner:docker"
    assert [each["name"] for each in found["buildDefinition"]["resolvedDependencies"]] == [
        "docker/micro/requirements.txt", "docker/vela/requirements.txt", "base debian:bookworm",
    ]  # fmt: skip
