"""What a package says of the environments of its stages."""

from edgecask.package.toolchain import bases_of, toolchain_of, wheels_of
from edgecask.runner.environments.environment import load_environment
from edgecask.store.result import StageResult

BASE = {
    "kind": "bootstrap",
    "image": "debian:bookworm",
    "identity": f"sha256:{'2' * 64}",
    "packages": {"bash:amd64": "5"},
}
PINS = {pin.name: pin.version for pin in load_environment("vela").pins()}


def result(environment, versions, **more):
    toolchain = {
        "environment": environment, "kind": "venv", "isolation": "landlock", "lock_sha256": "1" * 64,
        "packages": PINS, **more,
    }  # fmt: skip
    return StageResult(key="k", outputs={}, report={"versions": versions}, toolchain=toolchain)


def test_an_environment_stands_once_with_the_versions_of_all_its_stages():
    results = {"prepare": result("convert", {"numpy": "1"}), "quantize": result("convert", {"tensorflow": "2"})}
    versions = {"numpy": "1", "tensorflow": "2"}
    assert toolchain_of(results) == {"convert": {"kind": "venv", "lock_sha256": "1" * 64, "versions": versions}}


def test_debian_packages_stand_with_the_base_alone():
    results = {"compile": result("vela", {}, kind="docker", image="edgecask/vela:1", base=BASE)}
    entry = toolchain_of(results)["vela"]
    assert entry["image"] == "edgecask/vela:1" and "packages" not in entry["base"]
    assert bases_of(results) == {BASE["identity"]: {"image": "debian:bookworm", "packages": BASE["packages"]}}
    assert bases_of({"compile": result("vela", {})}) == {}


def test_wheels_have_the_hash_and_the_licence_of_the_table():
    results = {"compile": result("vela", {}), "other": result("other", {}, packages={"no-such": "1"})}
    found = wheels_of(results)
    assert found["vela"]["ethos-u-vela"]["licence"] == "Apache-2.0" and len(found["vela"]["numpy"]["sha256"]) == 64
    assert set(found["vela"]) == set(PINS)
    assert found["other"]["no-such"] == {"version": "1", "sha256": "", "licence": ""}
