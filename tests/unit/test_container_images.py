"""An image's key: everything that the image is made of, and nothing else."""

import shutil

import pytest

from edgecask.runner.container import base_image, debian
from edgecask.runner.container import images as module
from edgecask.runner.container.images import image_key, image_name
from edgecask.runner.environments.environment import Environment, environment_names, load_environment

BASE = {"kind": "registry", "reference": "debian@sha256:1", "identity": "sha256:1"}


@pytest.fixture
def environment(tmp_path):
    """One that stands on no other, with a lock of its own."""
    lock = tmp_path / "toy" / "requirements.txt"
    lock.parent.mkdir()
    lock.write_text("toy==1.0 --hash=sha256:" + "1" * 64 + "\n")
    return Environment(name="toy", lock=lock)


def test_a_key_follows_what_the_image_is_made_of(environment, tmp_path, monkeypatch):
    keys = [image_key(environment, BASE), image_key(environment, BASE | {"identity": "sha256:2"})]
    keys.append(image_key(environment, None))
    assert image_key(environment, BASE | {"reference": "elsewhere"}) == keys[0]
    for name in ("SCRIPT", "INSTALLER_LOCK"):
        with monkeypatch.context() as changed:
            copy = tmp_path / name
            shutil.copyfile(getattr(module, name), copy)
            changed.setattr(module, name, copy)
            assert image_key(environment, BASE) == keys[0]
            copy.write_text(copy.read_text() + "# changed\n")
            keys.append(image_key(environment, BASE))
    environment.lock.write_text(environment.lock.read_text().replace("1.0", "1.1"))
    keys.append(image_key(environment, BASE))
    assert len(set(keys)) == len(keys) == 6


def test_before_the_first_build_a_key_follows_what_asks_for_the_base(environment, tmp_path, monkeypatch):
    keys = {image_key(environment, None)}
    for holder, name in ((base_image, "BASE"), (debian, "LOCK")):
        copy = tmp_path / name
        shutil.copyfile(getattr(holder, name), copy)
        monkeypatch.setattr(holder, name, copy)
        assert image_key(environment, None) in keys
        copy.write_text(copy.read_text() + " ")
        keys.add(image_key(environment, None))
    assert len(keys) == 3


def test_environments_have_images_of_their_own():
    environments = [load_environment(name) for name in environment_names(on_demand=True)]
    names = [image_name(environment, image_key(environment, BASE)) for environment in environments]
    assert len(set(names)) == len(names)
    for environment, name in zip(environments, names, strict=True):
        assert name.startswith(f"edgecask/{environment.name}:")


def test_an_image_on_another_follows_it():
    layered = [load_environment(name) for name in environment_names(on_demand=True)]
    layered = [environment for environment in layered if environment.parent is not None]
    assert layered
    for environment in layered:
        assert image_key(environment, BASE) != image_key(environment, BASE | {"identity": "sha256:2"})
