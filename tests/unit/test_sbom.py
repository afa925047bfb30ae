"""The bill of materials: valid by CycloneDX's own schema, the same bytes each time, and whole."""

import base64
import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from locations import REPOSITORY
from test_toolchain import BASE, PINS, result

from edgecask.errors import EnvironmentBuildError
from edgecask.package import sbom
from edgecask.package.board_page import bundled_packages
from edgecask.package.toolchain import bases_of, wheels_of
from edgecask.store.store import Store
from edgecask.target.target import load_target

RESULTS = {
    "compile": result("vela", {}, kind="docker", image="edgecask/vela:1", base=BASE),
    "arena": result("micro", {}),
}
FACTS = {
    "edgecask": "0.2",
    "target": "grove",
    "model": {"file": "model.tflite", "sha256": "3" * 64},
    "data": {"weights": "4" * 64, "calibration images": "5" * 64},
    "environments": wheels_of(RESULTS),
    "bases": bases_of(RESULTS),
    "bundled": {"board.html": bundled_packages(load_target("xiao"))},
}


@pytest.fixture(scope="module")
def rendered():
    return sbom.render(FACTS)


def test_it_is_valid_by_the_schema_and_a_wrong_one_is_not(rendered):
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(rendered.decode()) is None
    assert validator.validate_str(rendered.decode().replace('"SHA-256"', '"SHA-257"')) is not None


def test_the_same_facts_are_the_same_bytes_and_others_another_serial_number(rendered):
    assert sbom.render(FACTS) == rendered
    other = json.loads(sbom.render({**FACTS, "edgecask": "0.3"}))
    assert other["serialNumber"] != json.loads(rendered)["serialNumber"]
    assert "timestamp" not in other["metadata"]


def test_every_wheel_is_in_it_with_its_hash_and_what_the_model_was_made_from(rendered):
    bill = json.loads(rendered)
    components = {each["bom-ref"]: each for each in bill["components"]}
    for name, version in PINS.items():
        wheel = components[f"pkg:pypi/{name}@{version}"]
        assert wheel["hashes"] == [{"alg": "SHA-256", "content": FACTS["environments"]["vela"][name]["sha256"]}]
        assert wheel["licenses"]
    assert components["data:weights"]["hashes"][0]["content"] == "4" * 64
    assert components["pkg:deb/debian/bash@5?arch=amd64"]["version"] == "5"
    assert components[f"base:{BASE['identity']}"]["type"] == "container"
    assert bill["metadata"]["component"]["hashes"][0]["content"] == "3" * 64
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert set(needs["model"]) == {
        "data:weights", "data:calibration images", "environment:vela", "environment:micro", f"base:{BASE['identity']}",
        "file:board.html",
    }  # fmt: skip
    assert set(needs["environment:vela"]) == {f"pkg:pypi/{name}@{version}" for name, version in PINS.items()}
    assert set(bill["metadata"]["component"]["bom-ref"]) and set(components) >= {
        ref for all_ in needs.values() for ref in all_
    }


def test_what_a_page_holds_of_npm_is_in_it_as_the_lock_names_it(rendered):
    bill = json.loads(rendered)
    components = {each["bom-ref"]: each for each in bill["components"]}
    locked = json.loads((REPOSITORY / "tools" / "esptool-js" / "package-lock.json").read_text())["packages"]
    held = {
        name.removeprefix("node_modules/"): entry for name, entry in locked.items() if name and not entry.get("dev")
    }
    assert {"esptool-js", "pako", "atob-lite"} == set(held)
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert len(needs["file:board.html"]) == len(held)
    for name, entry in held.items():
        component = components[f"pkg:npm/{name}@{entry['version']}"]
        (digest,) = component["hashes"]
        assert digest["alg"] == "SHA-512"
        assert base64.b64encode(bytes.fromhex(digest["content"])).decode() == entry["integrity"].removeprefix("sha512-")
        said = component["licenses"][0]
        assert (said.get("expression") or said["license"]["id"]) == entry["license"].strip("()")
    assert bundled_packages(load_target("grove")) == []  # flashed by XMODEM, whose module is edgecask's own


def test_it_is_written_once_and_read_from_the_store_then(tmp_path, rendered, monkeypatch):
    store = Store(tmp_path)
    assert sbom.sbom_of(store, FACTS) == rendered
    monkeypatch.setattr(sbom, "render", None)
    assert sbom.sbom_of(store, FACTS) == rendered


def test_a_library_that_is_not_installed_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sbom, "LIBRARY", "no-such-library")
    with pytest.raises(EnvironmentBuildError, match="pip install -r requirements.txt"):
        sbom.sbom_of(Store(tmp_path), FACTS)
