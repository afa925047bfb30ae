import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from edgecask.errors import EnvironmentBuildError, NetworkError
from edgecask.runner.environments import wheelhouse
from edgecask.runner.environments.environment import Pin
from edgecask.runner.environments.wheelhouse import fetch, find_wheels


def make_wheel(folder, name="toy", version="1.0"):
    """A real wheel, made by hand: pip accepts it."""
    import zipfile

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        info = f"{name}-{version}.dist-info"
        archive.writestr(f"{name}.py", "x = 1\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


def pin_for(path, name="toy", version="1.0"):
    return Pin(name=name, version=version, hashes=frozenset({hashlib.sha256(path.read_bytes()).hexdigest()}))


@pytest.fixture
def only_this_index(tmp_path, monkeypatch):
    """pip sees one folder of wheels and no network, by its own configuration."""
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setattr(wheelhouse, "INSTALLER_LOCK", tmp_path / "installer.txt")
    (tmp_path / "installer.txt").write_text("")
    return index


def lock_for(tmp_path, *pins):
    path = tmp_path / "requirements.txt"
    path.write_text("".join(f"{p.name}=={p.version} \\\n    --hash=sha256:{next(iter(p.hashes))}\n" for p in pins))
    return path


def test_wheels_come_through_pips_configuration_and_only_once(tmp_path, directories, only_this_index):
    wheel = make_wheel(only_this_index)
    lock = lock_for(tmp_path, pin_for(wheel))
    assert [path.name for path in fetch(directories, lock)] == [wheel.name]
    wheel.unlink()
    assert [path.name for path in fetch(directories, lock)] == [wheel.name]  # from the wheelhouse


def test_a_wheel_with_another_hash_is_refused(tmp_path, directories, only_this_index):
    wheel = make_wheel(only_this_index)
    pin = Pin(name="toy", version="1.0", hashes=frozenset({"0" * 64}))
    with pytest.raises((EnvironmentBuildError, NetworkError), match="sha256|hash"):
        fetch(directories, lock_for(tmp_path, pin))
    assert not list(directories.wheelhouse.glob("*.whl")), wheel


def test_a_wheel_nobody_has_names_the_lock(tmp_path, directories, only_this_index):
    pin = Pin(name="toy", version="9.9", hashes=frozenset({"0" * 64}))
    with pytest.raises(NetworkError, match=r"requirements.txt could not be fetched"):
        fetch(directories, lock_for(tmp_path, pin))


def test_a_tampered_wheel_in_the_wheelhouse_does_not_count(directories):
    wheel = make_wheel(directories.wheelhouse)
    pin = pin_for(wheel)
    assert find_wheels(directories, [pin]) == ([wheel], [])
    with wheel.open("ab") as stream:
        stream.write(b"evil")
    assert find_wheels(directories, [pin]) == ([], [pin])


def test_a_cpu_build_that_pip_does_not_find_is_looked_for_in_pytorchs_index(
    directories, tmp_path, only_this_index, monkeypatch
):
    monkeypatch.setenv("UV_OFFLINE", "1")
    pin = Pin(name="torch", version="2.13.0+cpu", hashes=frozenset({"0" * 64}))
    with pytest.raises(NetworkError, match="neither through pip's configuration nor in PyTorch's CPU index"):
        fetch(directories, lock_for(tmp_path, pin))


@pytest.fixture
def closed_index(monkeypatch, tmp_path):
    """An index that asks everybody for a password, and pip, which has a wrong one."""

    class Closed(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(401, "Unauthorized")
            self.send_header("WWW-Authenticate", "Basic realm=index")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Closed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://ann:secret@127.0.0.1:{server.server_address[1]}/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.setattr(wheelhouse, "INSTALLER_LOCK", tmp_path / "installer.txt")
    (tmp_path / "installer.txt").write_text("")
    yield
    server.shutdown()
    server.server_close()


def test_an_index_that_lets_nobody_in_is_told_as_such(tmp_path, directories, closed_index):
    pin = Pin(name="toy", version="1.0", hashes=frozenset({"0" * 64}))
    with pytest.raises(NetworkError) as caught:
        fetch(directories, lock_for(tmp_path, pin))
    expected = "The package index at 127.0.0.1 does not let pip in (401 Client Error: Unauthorized)."
    assert caught.value.message == expected
    assert "secret" not in f"{caught.value}{caught.value.details}"
