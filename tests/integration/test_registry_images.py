"""Images by way of a registry on this machine: Debian's docker-registry, asked by the real engine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

from edgecask.directories import Directories, user_directories
from edgecask.errors import EnvironmentBuildError, NetworkError
from edgecask.runner.container import base_image
from edgecask.runner.container.base_image import ensure_base, recorded_base
from edgecask.runner.container.images import ensure_image
from edgecask.runner.container.registry import as_text, pull_images, push_images, read_list
from edgecask.runner.container.runner import DockerRunner
from edgecask.runner.environments.environment import load_environment

pytestmark = pytest.mark.campaign
NAME = "vela"
"""The smallest."""


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """HOST:PORT of a registry that ends with the tests."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    (folder / "config.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '{address}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: '{folder}/images'}}, delete: {{enabled: true}}}}\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", folder / "config.yml"], stdout=log, stderr=log)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://{address}/v2/", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail((folder / "log").read_text())
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def client(engine_or_skip):
    return DockerRunner(user_directories()).client


@pytest.fixture(scope="module")
def pushed(registry, client):
    """The list after a push of one image and the base."""
    return push_images(user_directories(), client, [NAME], place=f"{registry}/team", say=print)


@pytest.fixture
def elsewhere(tmp_path):
    """A user who has built nothing."""
    return Directories(home=tmp_path / "home", store=tmp_path / "store")


def test_what_was_pushed_is_pulled_by_its_digest_and_used(pushed, client, elsewhere, tmp_path):
    own = ensure_image(user_directories(), client, load_environment(NAME), print)
    (tmp_path / "images.json").write_bytes(as_text(pushed))
    found = pull_images(elsewhere, client, read_list(tmp_path / "images.json"), say=print)
    assert found[NAME]["name"] == own["name"] and found[NAME]["id"] == own["id"]
    base = recorded_base(elsewhere)
    assert base["identity"] == own["base"]["identity"] and base["packages"] == own["base"]["packages"]
    said = []
    assert ensure_image(elsewhere, client, load_environment(NAME), said.append)["id"] == own["id"] and said == []
    assert DockerRunner(elsewhere).environment_key(load_environment(NAME)) == DockerRunner(
        user_directories()
    ).environment_key(load_environment(NAME))


def test_neither_way_leaves_a_name_in_the_engine(pushed, client, registry):
    names = [name for image in client.images.list() for name in (*image.tags, *image.attrs["RepoDigests"])]
    assert names and not [name for name in names if name.startswith(registry)]


def test_an_image_of_other_locks_is_refused(pushed, client, elsewhere):
    swapped = replace_images(pushed, {"export": pushed.images[NAME]})
    with pytest.raises(EnvironmentBuildError, match="made from other locks"):
        pull_images(elsewhere, client, swapped, say=print)
    assert recorded_base(elsewhere) is None


def replace_images(images, others):
    import msgspec

    return msgspec.structs.replace(images, images=others)


def test_a_digest_that_the_registry_does_not_have_is_one_line(pushed, client, elsewhere, registry):
    missing = replace_images(pushed, {NAME: f"{registry}/team/{NAME}@sha256:{'0' * 64}"})
    with pytest.raises(NetworkError, match="could not be pulled"):
        pull_images(elsewhere, client, missing, say=print)


def test_a_registry_that_is_not_there_is_one_line(client):
    with pytest.raises(NetworkError, match="could not be pushed"):
        push_images(user_directories(), client, [NAME], place="127.0.0.1:1/team", say=print)


def test_the_base_image_comes_from_a_registry_by_its_digest(pushed, client, elsewhere, monkeypatch):
    """As docker/base.toml names it: REPOSITORY:TAG and a digest."""
    repository, _, digest = pushed.base.reference.partition("@")
    real = base_image.load_base()
    table = {**real, "registry": {"image": f"{repository}:bookworm", "digest": digest}}
    monkeypatch.setattr(base_image, "load_base", lambda: table)
    monkeypatch.setattr(base_image, "_bootstrap", None)
    base = ensure_base(elsewhere, client, print)
    assert (base["kind"], base["identity"]) == ("registry", digest)
    assert base["reference"] == pushed.base.reference and base["packages"] == pushed.base.packages
    assert client.images.get(base["reference"]).id
    client.images.remove(base["reference"], noprune=True)


def test_images_on_a_base_by_its_digest_have_the_same_id(pushed, client, elsewhere, monkeypatch):
    """And another one than on the same base that was bootstrapped, whose key is another."""
    from edgecask.runner.container import images

    repository, _, digest = pushed.base.reference.partition("@")
    table = {**base_image.load_base(), "registry": {"image": f"{repository}:bookworm", "digest": digest}}
    monkeypatch.setattr(base_image, "load_base", lambda: table)
    monkeypatch.setattr(images, "image_name", lambda environment, key: f"edgecask-test/{environment.name}:{key[:16]}")
    elsewhere.home.mkdir()
    (elsewhere.home / "wheelhouse").symlink_to(user_directories().wheelhouse)
    ids = []
    for _ in range(2):
        made = ensure_image(elsewhere, client, load_environment(NAME), print)
        ids.append(made["id"])
        client.images.remove(made["name"], force=True)
    assert made["base"]["identity"] == digest
    assert ids[0] == ids[1] != ensure_image(user_directories(), client, load_environment(NAME), print)["id"]
    client.images.remove(made["base"]["reference"], noprune=True)
