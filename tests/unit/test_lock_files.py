"""Locks, made by uv itself of an index in a folder."""

import hashlib
import zipfile

import pytest

from edgecask.errors import EnvironmentBuildError, UsageError
from edgecask.runner.environments import lock_files as module
from edgecask.runner.environments.environment import read_lock
from edgecask.runner.environments.lock_files import lock_all, lock_file, pip_settings, uv_variables


@pytest.fixture(autouse=True)
def settings(monkeypatch, tmp_path):
    """Neither this machine's configuration of pip and uv nor its caches."""
    for name in module.UV_VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    for option in module.UV_VARIABLES:
        monkeypatch.delenv(f"PIP_{option.upper().replace('-', '_')}", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


def make_wheel(folder, version):
    """A wheel of nothing; its sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"toy-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        info = f"toy-{version}.dist-info"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: toy\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Adds a version to the index that pip is configured to see; the digest of its wheel."""
    folder = tmp_path / "simple" / "toy"

    def add(version):
        digest = make_wheel(folder, version)
        links = (f'<a href="{path.name}">{path.name}</a>' for path in sorted(folder.glob("*.whl")))
        (folder / "index.html").write_text("<!DOCTYPE html><html><body>" + "".join(links) + "</body></html>")
        return digest

    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    return add


@pytest.fixture
def source(tmp_path, monkeypatch):
    clone = tmp_path / "clone"
    (clone / "docker" / "toy").mkdir(parents=True)
    monkeypatch.setattr(module, "REPOSITORY", clone)
    path = clone / "docker" / "toy" / "requirements.in"
    path.write_text("toy\n")
    return path


def locked(source, *, upgrade=False):
    (pin,) = read_lock(lock_file(source, source.with_name("requirements.txt"), upgrade=upgrade))
    return pin


def test_a_lock_holds_versions_and_digests_and_nothing_of_this_machine(index, source, tmp_path):
    digest = index("1.0")
    pin = locked(source)
    assert (pin.name, pin.version, pin.hashes) == ("toy", "1.0", {digest})
    assert str(tmp_path) not in source.with_name("requirements.txt").read_text()


def test_a_newer_version_is_taken_when_it_is_asked_for(index, source):
    index("1.0")
    locked(source)
    index("2.0")
    assert locked(source).version == "1.0"
    assert locked(source, upgrade=True).version == "2.0"


def test_overrides_win(index, source):
    index("1.0")
    index("2.0")
    source.with_name("overrides.txt").write_text("toy==1.0\n")
    assert locked(source).version == "1.0"


def test_what_cannot_be_resolved_leaves_the_lock_as_it_was(index, source):
    index("1.0")
    locked(source)
    before = source.with_name("requirements.txt").read_bytes()
    source.write_text("toy==9\n")
    with pytest.raises(EnvironmentBuildError, match=r"requirements\.in could not be locked") as caught:
        locked(source)
    assert "toy" in caught.value.details and source.with_name("requirements.txt").read_bytes() == before


def test_pips_settings_are_read_as_pip_reads_them(monkeypatch, tmp_path):
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://one\ncert = /other.pem\nextra-index-url =\n  https://a\n  https://b\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_CERT", "/c.pem")
    found = pip_settings()
    assert found["index-url"] == "https://one" and found["extra-index-url"].split() == ["https://a", "https://b"]
    assert found["cert"] == "/c.pem"  # the variable, not the file
    variables = uv_variables()
    assert variables["UV_DEFAULT_INDEX"] == "https://one" and variables["UV_INDEX"].split() == [
        "https://a",
        "https://b",
    ]
    assert variables["SSL_CERT_FILE"] == "/c.pem"


def test_uvs_own_settings_win_and_empty_ones_are_left_out(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://one")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://two")
    monkeypatch.setenv("UV_INDEX", "")
    variables = uv_variables()
    assert variables["UV_DEFAULT_INDEX"] == "https://two" and "UV_INDEX" not in variables


def test_folders_that_are_gone_are_left_out(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_FIND_LINKS", f"{tmp_path.as_uri()} {(tmp_path / 'gone').as_uri()} https://x")
    assert uv_variables()["UV_FIND_LINKS"] == f"{tmp_path.as_uri()},https://x"
    monkeypatch.setenv("PIP_FIND_LINKS", (tmp_path / "gone").as_uri())
    assert "UV_FIND_LINKS" not in uv_variables()


def test_locks_are_made_in_a_clone(monkeypatch):
    monkeypatch.setattr(module, "is_installed", lambda: True)
    with pytest.raises(UsageError, match="in a clone"):
        lock_all(upgrade=False)
