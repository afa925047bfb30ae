"""docker/wheels.json: one file for each pin, which is one of those that the lock names."""

import json

import pytest
from test_wheelhouse import make_wheel

from edgecask.files import sha256_file
from edgecask.runner.environments.environment import Pin, environment_names, load_environment
from edgecask.runner.environments.wheelhouse import needed_pins
from edgecask.runner.environments.wheels import MAX_LICENCE, known_wheels, write_wheels

WITHOUT_LICENCE = {"tflite-micro"}
"""Their metadata name none."""


@pytest.mark.parametrize("name", environment_names())
def test_every_pin_has_one_file_of_its_release(name):
    environment = load_environment(name)
    for pin in environment.pins():
        wheel = known_wheels()[f"{pin.name}=={pin.version}"]
        assert wheel.sha256 in pin.hashes and wheel.file.endswith(".whl")
        assert wheel.licence or pin.name in WITHOUT_LICENCE
    assert all(len(pin.hashes) == 1 for pin in needed_pins(environment.lock))


def test_nothing_is_in_it_that_no_lock_names():
    locks = [load_environment(name).lock for name in environment_names()]
    assert set(known_wheels()) == {f"{pin.name}=={pin.version}" for lock in locks for pin in needed_pins(lock)}


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT\nLicense: x\n", "MIT"),
        ("License: BSD\nClassifier: License :: OSI Approved :: MIT License\n", "BSD"),
        (f"License: {'x' * (MAX_LICENCE + 1)}\nClassifier: License :: OSI Approved :: MIT License\n", "MIT License"),
        ("License: a\n        whole text\nClassifier: License :: OSI Approved :: BSD License\n", "BSD License"),
        ("", ""),
    ],
)
def test_a_licence_is_what_the_metadata_say(tmp_path, metadata, licence):
    import zipfile

    wheel = make_wheel(tmp_path, name="Some_Thing")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "Some_Thing-1.0.dist-info/METADATA", f"Metadata-Version: 2.4\nName: Some_Thing\nVersion: 1.0\n{metadata}"
        )
    table = json.loads(write_wheels([wheel], tmp_path / "wheels.json").read_text())
    assert table == {
        "some-thing==1.0": {"file": wheel.name, "sha256": sha256_file(wheel), "licence": licence},
    }
    assert known_wheels(tmp_path / "wheels.json")["some-thing==1.0"].licence == licence


def test_a_pin_that_the_table_does_not_know_stays_as_it_is(tmp_path):
    from edgecask.runner.environments.wheels import chosen

    name, wheel = next(iter(known_wheels().items()))
    package, version = name.split("==")
    other = Pin(name=package, version=version, hashes=frozenset({"0" * 64}))
    both = Pin(name=package, version=version, hashes=frozenset({"0" * 64, wheel.sha256}))
    unknown = Pin(name=package, version="0", hashes=frozenset({wheel.sha256, "1" * 64}))
    assert [pin.hashes for pin in chosen([other, both, unknown])] == [other.hashes, {wheel.sha256}, unknown.hashes]
