"""What a release consists of: complete, the same bytes from the same files, and one version everywhere."""

import os
import shutil
import tarfile
import zipfile

import pytest
from distributions import build, tracked_files
from locations import REPOSITORY

import edgecask

BROUGHT_ALONG = ("pipeline/", "docker/", "targets/", "models/")
NOT_INSTALLED = {"pipeline/mypy.ini"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return build("sdist", tmp_path_factory.mktemp("sdist"))


def test_the_wheel_holds_all_that_a_build_needs_below_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
        (entry_points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "edgecask = edgecask.__main__:main" in archive.read(entry_points).decode()
    expected = {name: name for name in tracked_files() if name.startswith("edgecask/")}
    expected |= {
        f"edgecask/{name}": name
        for name in tracked_files()
        if name.startswith(BROUGHT_ALONG) and name not in NOT_INSTALLED
    }
    assert sorted(held) == sorted(expected)
    for name, source in expected.items():
        assert held[name] == (REPOSITORY / source).read_bytes(), name


def test_other_times_and_permissions_give_the_same_bytes(wheel, sdist, tmp_path):
    copy = tmp_path / "another folder"
    for name in tracked_files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, copy / name)
        os.utime(copy / name, (1, 1))
        (copy / name).chmod(0o600)
    (copy / "pipeline" / "__pycache__").mkdir()
    (copy / "pipeline" / "__pycache__" / "harness.cpython-311.pyc").write_bytes(b"left by a run")
    assert build("wheel", tmp_path / "wheel", source=copy).read_bytes() == wheel.read_bytes()
    assert build("sdist", tmp_path / "sdist", source=copy).read_bytes() == sdist.read_bytes()


def test_the_sdist_gives_the_same_wheel(wheel, sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path)  # our own; Python 3.11.2 has no `filter`
    (folder,) = tmp_path.iterdir()
    assert build("wheel", tmp_path / "wheel", source=folder).read_bytes() == wheel.read_bytes()


def test_one_version(wheel, sdist):
    version = edgecask.__version__
    assert wheel.name == f"edgecask-{version}-py3-none-any.whl"
    assert sdist.name == f"edgecask-{version}.tar.gz"
    # Written down in edgecask/__init__.py alone; everything else asks it.
    assert 'dynamic = ["version"]' in (REPOSITORY / "pyproject.toml").read_text()
