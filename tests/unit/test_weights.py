import os

"""Fetching weights, against a real HTTP server on this machine."""

import hashlib
import http.server
import threading
from dataclasses import replace

import pytest

from edgecask.data.checkpoint_task import task_of_checkpoint
from edgecask.data.weights import DEMO, YOLOV8N_POSE, ReleaseAsset, demos, fetch_asset, find_weights
from edgecask.errors import NetworkError, WeightsError

CONTENT = b"checkpoint" * 1000


@pytest.fixture
def server():
    class Handler(http.server.BaseHTTPRequestHandler):
        requests: list[str] = []

        def do_GET(self):
            self.requests.append(self.path)
            if self.path == "/missing":
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write({"/good": CONTENT, "/other": b"login page", "/short": CONTENT[:-1]}[self.path])

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        http_server.paths = Handler.requests
        yield http_server
        http_server.shutdown()


def asset(server, path="/good"):
    return ReleaseAsset(
        name="yolov8n-pose.pt",
        address=f"http://127.0.0.1:{server.server_port}{path}",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )


def test_the_asset_is_fetched_once(server, directories):
    for _ in range(2):
        assert fetch_asset(directories, asset(server)).read_bytes() == CONTENT
    assert server.paths == ["/good"]


def test_a_damaged_copy_is_fetched_again(server, directories):
    fetch_asset(directories, asset(server)).write_bytes(b"damaged")
    assert fetch_asset(directories, asset(server)).read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["/other", "/short"])
def test_other_bytes_are_refused_and_do_not_stay(server, directories, path):
    with pytest.raises(NetworkError, match="are not yolov8n-pose.pt"):
        fetch_asset(directories, asset(server, path))
    assert [p for p in directories.weights.rglob("*") if p.is_file()] == []


def test_an_http_error_names_the_way_out(server, directories):
    with pytest.raises(NetworkError, match="--weights=demo"):
        fetch_asset(directories, asset(server, "/missing"))


def test_no_network_says_so_and_names_demo(directories, server):
    server.server_close()
    with pytest.raises(NetworkError, match=r"no network.*--weights=demo"):
        fetch_asset(directories, asset(server))


def test_the_release_is_pinned():
    assert (YOLOV8N_POSE.size, YOLOV8N_POSE.sha256) == (
        6832633,
        "c6fa93dd1ee4a2c18c900a45c1d864a1c6f7aba75d84f91648a30b7fb641d212",
    )


def test_a_file_of_the_user_comes_before_the_release(tmp_path, monkeypatch, directories):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yolov8n-pose.pt").write_bytes(b"mine")
    unreachable = replace(YOLOV8N_POSE, address="http://127.0.0.1:9/")
    assert find_weights(directories, "yolov8n-pose.pt", unreachable).path.read_bytes() == b"mine"


@pytest.mark.parametrize(("name", "task", "drawn"), [("demo", "pose", "people"), ("demo-detect", "detect", "objects")])
def test_demos_are_small_and_say_what_they_are(directories, name, task, drawn):
    weights = find_weights(directories, name)
    assert weights.path == demos()[name] and weights.path.stat().st_size <= 2_000_000
    assert weights.notice.startswith(f"{name} weights: trained on drawn {drawn} alone") and weights.drawn
    assert task_of_checkpoint(weights.path) == task
    assert (weights.path.parent / "README.md").is_file()


def test_a_demo_is_a_folder_with_a_checkpoint_of_its_name(tmp_path):
    for name in ("b", "a", "README.pt"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "a.pt").write_bytes(b"x")
    (tmp_path / "b" / "a.pt").write_bytes(b"x")
    (tmp_path / "file.pt").write_bytes(b"x")
    assert demos(tmp_path) == {"a": tmp_path / "a" / "a.pt"}
    assert DEMO in demos()


def test_what_is_missing_is_said_with_all_demos(directories):
    with pytest.raises(WeightsError, match=r"or a name: demo, demo-detect\.$"):
        find_weights(directories, "gone.pt")


@pytest.mark.parametrize(("make", "match"), [
    (lambda p: None, "no weights at"),
    (lambda p: p.mkdir(), "is a folder"),
    (lambda p: p.touch(), "is empty"),
])  # fmt: skip
def test_bad_paths(tmp_path, directories, make, match):
    path = tmp_path / "best.pt"
    make(path)
    with pytest.raises(WeightsError, match=match):
        find_weights(directories, str(path))


def test_a_name_that_is_no_text_is_escaped(directories, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.pt")
    path.write_bytes(b"x")
    assert find_weights(directories, str(path)).label == "caf\\xe9.pt"
