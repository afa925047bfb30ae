"""The lock of Debian's packages: what it is made of, and a repository of what it names, by Debian's own programs."""

import functools
import http.server
import shutil
import subprocess
import threading

import pytest

from edgecask.files import sha256_file
from edgecask.runner.container import base_image, debian
from edgecask.runner.container.debian import DebianLock, DebianPackage, fetch_packages, locked_packages

LISTS = """Package: bash
Architecture: amd64
Version: {version}
Filename: pool/main/b/bash/bash_{version}_amd64.deb
SHA256: {digest}
Description: a shell
 Version: 9

Package: other
Architecture: amd64
Version: 1
Filename: pool/main/o/other_1_amd64.deb
SHA256: 2
"""


def test_the_lock_is_of_what_the_base_asks_for():
    lock = debian.read_debian_lock()
    assert lock is not None and lock.asked == sha256_file(base_image.BASE), "run `invoke lock`"
    names = {package.name for package in lock.packages}
    assert {"bash", "libc6", "python3.11", *base_image.load_base()["bootstrap"]["packages"]} <= names
    assert all(len(package.sha256) == 64 for package in lock.packages)
    assert {package.archive for package in lock.packages} <= set(base_image.load_base()["bootstrap"]["archives"])


def test_a_lock_is_made_of_what_is_installed_and_the_lists_that_have_it(tmp_path):
    for name, version in (
        ("deb.debian.org_debian_dists_x", "5"),
        ("security.debian.org_debian-security_dists_x", "5.1"),
    ):
        (tmp_path / f"{name}_main_binary-amd64_Packages").write_text(LISTS.format(version=version, digest="1" * 64))
    (found,) = locked_packages(tmp_path, {"bash:amd64": "5.1"})
    assert (found.archive, found.version, found.file) == ("debian-security", "5.1", "bash_5.1_amd64.deb")
    (found,) = locked_packages(tmp_path, {"bash:amd64": "5"})
    assert found.archive == "debian"
    with pytest.raises(KeyError):
        locked_packages(tmp_path, {"bash:amd64": "6"})


def test_a_lock_is_read_as_it_was_written(tmp_path):
    package = DebianPackage(
        name="a", version="1", architecture="all", archive="debian", path="p/a.deb", sha256="0" * 64
    )
    lock = DebianLock(asked="x", snapshot="20260101T000000Z", packages=[package])
    assert debian.read_debian_lock(debian.write_debian_lock(lock, tmp_path / "lock.json")) == lock
    assert debian.read_debian_lock(tmp_path / "absent") is None


@pytest.fixture
def archive(tmp_path):
    """An archive that has moved on, its snapshots, and the lock of two packages, one of which it still has."""
    if shutil.which("dpkg-deb") is None or not shutil.which(debian.APT_HELPER):
        pytest.skip("needs Debian's dpkg-deb and apt")
    packages = []
    for name, place in (("kept", "debian/pool"), ("old", "snapshot/20260101T000000Z/pool")):
        tree = tmp_path / "trees" / name
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(
            f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: me <me@example.org>\nDescription: toy\n"
        )
        file = tmp_path / "www" / place / f"{name}_1_all.deb"
        file.parent.mkdir(parents=True)
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, file], check=True, capture_output=True)
        packages.append(
            DebianPackage(
                name=name, version="1", architecture="all", archive="debian", path=f"pool/{file.name}",
                sha256=sha256_file(file),
            )
        )  # fmt: skip
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "www")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_address[1]}"
        yield DebianLock(asked="", snapshot="20260101T000000Z", packages=packages), root
        server.shutdown()


def test_what_the_archive_no_longer_has_comes_from_its_snapshots(archive, tmp_path):
    lock, root = archive
    folder = tmp_path / "packages"
    folder.mkdir()
    assert [package.name for package in fetch_packages(lock, {"debian": [f"{root}/debian"]}, folder)] == ["old"]
    addresses = {"debian": [f"{root}/debian", root + "/snapshot/{snapshot}"]}
    assert fetch_packages(lock, addresses, folder) == []
    line = debian.write_repository(lock, folder, suite="bookworm")
    assert line == f"deb [trusted=yes] copy:{folder} ./"
    text = (folder / "Packages").read_text()
    for package in lock.packages:
        assert f"Package: {package.name}\n" in text and f"SHA256: {package.sha256}\n" in text
    assert "Codename: bookworm\n" in (folder / "Release").read_text()


def test_a_package_with_other_bytes_is_as_good_as_absent(archive, tmp_path):
    lock, root = archive
    (tmp_path / "www" / "debian" / "pool" / "kept_1_all.deb").write_bytes(b"another")
    folder = tmp_path / "packages"
    folder.mkdir()
    assert [package.name for package in fetch_packages(lock, {"debian": [f"{root}/debian"]}, folder)] == ["kept", "old"]


def test_where_the_lock_cannot_be_had_a_line_says_so(archive, tmp_path, monkeypatch):
    lock, root = archive
    monkeypatch.setattr(debian, "read_debian_lock", lambda: lock)
    table = {"bootstrap": {"suite": "bookworm", "archives": {"debian": [f"{root}/debian"]}}}
    monkeypatch.setattr(base_image, "load_base", lambda: table)
    said = []
    assert base_image._locked(tmp_path / "packages", said.append) is None
    (line,) = said
    assert "1 Debian packages" in line and "old 1" in line and "not those of other machines" in line
