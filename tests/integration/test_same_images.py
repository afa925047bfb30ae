"""Images made twice, from nothing but what locks name: the same ids, by the real engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import docker
from edgecask.directories import Directories, user_directories
from edgecask.errors import EnvironmentBuildError
from edgecask.runner.container import base_image, images
from edgecask.runner.container.base_image import ensure_base
from edgecask.runner.container.images import ensure_image
from edgecask.runner.container.installation import INSTALLING_LABEL, install
from edgecask.runner.container.runner import DockerRunner
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.environments.wheelhouse import fetch

pytestmark = pytest.mark.campaign
NAMES = ("vela", "micro", "npu")
"""The smallest, and one that stands on another."""
PREFIX = "edgecask-test"


@pytest.fixture
def client(engine_or_skip):
    return DockerRunner(user_directories()).client


@pytest.fixture
def machine(client, tmp_path, monkeypatch):
    """Make the base and images as on a machine that has none; what each is by its name."""
    monkeypatch.setattr(base_image, "REPOSITORY", f"{PREFIX}/base")
    monkeypatch.setattr(base_image, "_pull", lambda client, say: None)
    monkeypatch.setattr(images, "image_name", lambda environment, key: f"{PREFIX}/{environment.name}:{key[:16]}")

    def remove():
        for image in client.images.list():
            if any(tag.startswith(f"{PREFIX}/") for tag in image.tags):
                client.images.remove(image.id, force=True)

    def make(name, client=client):
        remove()
        home = tmp_path / name
        home.mkdir()
        (home / "wheelhouse").symlink_to(user_directories().wheelhouse)
        directories = Directories(home=home, store=home / "store")
        said = []
        base = ensure_base(directories, client, said.append)
        assert not any("could not be fetched" in line for line in said), said
        ids = {"base": client.images.get(base["reference"]).id}
        for each in NAMES:
            ids[each] = ensure_image(directories, client, load_environment(each), print)["id"]
        keys = {each: DockerRunner(directories).environment_key(load_environment(each)) for each in NAMES}
        assert [path for path in home.rglob("*edgecask-*-*") if path.is_dir()] == []
        return {"ids": ids, "keys": keys, "base": base}

    yield make
    remove()


@pytest.fixture
def podman():
    """Another engine, with a storage of its own."""
    if shutil.which("podman") is None:
        pytest.skip("needs podman")
    # Not tmp_path: Podman takes no runroot of more than 50 characters.
    with tempfile.TemporaryDirectory(prefix="podman-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        options = [f"--root={folder / 'storage'}", f"--runroot={folder / 'running'}"]
        socket = folder / "podman.sock"
        # Podman's own limits of files and processes may be above what this machine allows.
        limits = '["nofile=1024:1024", "nproc=1024:1024"]'
        (folder / "containers.conf").write_text(f"[containers]\ndefault_ulimits = {limits}\n")
        environment = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
        command = ["podman", *options, "system", "service", "--time=0", f"unix://{socket}"]
        service = subprocess.Popen(command, env=environment)
        try:
            while not socket.exists():
                assert service.poll() is None, "the service has ended"
                time.sleep(0.1)
            yield docker.DockerClient(base_url=f"unix://{socket}", timeout=600)
        finally:
            service.terminate()
            service.wait()
            subprocess.run(["podman", *options, "system", "reset", "--force"], env=environment, check=True)


def test_a_lock_that_cannot_be_installed_is_an_error_with_the_last_lines(client, tmp_path):
    """Also what is in a container of today's base: nothing of it stays."""
    (tmp_path / "requirements.txt").write_text("no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n")
    directories = user_directories()
    wheels = [path for path in fetch(directories, load_environment("vela").lock) if path.name.startswith("uv-")]
    base = ensure_base(directories, client, print)["reference"]
    before = {container.id for container in client.containers.list(all=True, ignore_removed=True)}
    with pytest.raises(EnvironmentBuildError, match="could not be installed") as caught:
        install(
            client, base, requirements=tmp_path / "requirements.txt", wheels=wheels, made="/opt/environment",
            destination=tmp_path / "made",
        )  # fmt: skip
    assert "no-such-package" in caught.value.details
    assert not list(tmp_path.glob("made*"))
    made = [
        container for container in client.containers.list(all=True, ignore_removed=True) if container.id not in before
    ]
    assert not [container for container in made if INSTALLING_LABEL in container.labels]


def test_two_machines_have_the_same_images_and_share_the_keys_of_stages(machine):
    one, other = machine("one"), machine("other")
    print(json.dumps(one["ids"]))
    assert one == other


def test_podman_makes_the_same_images(machine, podman):
    one, other = machine("one"), machine("other", podman)
    print(json.dumps(one["ids"]))
    assert {name: one["ids"][name].removeprefix("sha256:") for name in one["ids"]} == {
        name: other["ids"][name].removeprefix("sha256:") for name in other["ids"]
    }
    assert one["keys"] == other["keys"]
