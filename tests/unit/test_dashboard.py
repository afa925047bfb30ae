"""A link is shown only where something answers it."""

import http.server
import threading

import pytest

from edgecask.matrix.cluster import open_cluster
from edgecask.matrix.dashboard import dashboard_of


class Client:
    def __init__(self, port):
        self.dashboard_link = f"http://127.0.0.1:{port}/status"


@pytest.fixture
def serve():
    started = []

    def start(status):
        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *given):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server.server_port

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def test_what_answers_is_shown(serve):
    client = Client(serve(200))
    assert dashboard_of(client) == client.dashboard_link


@pytest.mark.parametrize("status", [404, 302])
def test_what_is_no_dashboard_is_not(serve, status):
    assert dashboard_of(Client(serve(status))) is None


def test_nobody_answers():
    assert dashboard_of(Client(1)) is None


def test_a_cluster_without_bokeh_has_none():
    pytest.importorskip("distributed")
    with open_cluster("local:1", slots=1, memory_mib=1024, security={}, insecure=False) as client:
        found = dashboard_of(client)
    try:
        import bokeh  # noqa: F401
    except ImportError:
        assert found is None
    else:
        assert found is not None
