"""The page of `watch` and its WebSocket: bytes pass both ways, and nobody but the page gets in."""

import http.client
import json
import time

import pytest
from sscma_board import Faults, SscmaBoard
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from edgecask.errors import BoardError
from edgecask.firmware.board.opening import open_line
from edgecask.firmware.board.page_server import PageServer
from edgecask.firmware.board.recording import ReplayPort
from edgecask.target.target import load_target


@pytest.fixture
def served():
    """A server with a simulated board behind it."""
    board = SscmaBoard()
    board.start()
    with open_line(load_target("grove"), port=board.port) as (line, _):
        server = PageServer(line, page=lambda address: address.page.encode(), stop_command=b"\rAT+BREAK\r")
        with server.running():
            yield server, board
    board.stopped.set()


def get(server, path, **headers):
    connection = http.client.HTTPConnection(server.address.host, timeout=5)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in ({"Host": server.address.host} | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer, answer.read()


def talk(server, **options):
    address = f"ws://{server.address.host}/{server.address.token}/serial"
    return connect(address, **({"origin": server.address.origin} | options))


def until(connection, wanted):
    heard = b""
    while wanted not in heard:
        message = connection.recv(timeout=5)
        assert isinstance(message, bytes), message
        heard += message
    return heard


def test_the_page(served):
    server, _ = served
    answer, body = get(server, f"/{server.address.token}/")
    assert answer.status == 200 and body == server.address.page.encode()
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Frame-Options"] == "DENY"
    assert server.address.host.startswith("127.0.0.1:") and len(server.address.token) >= 32


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", None, 404),
        ("/{token}", None, 404),
        ("/{token}x/", None, 404),
        ("/{token}/other", None, 404),
        ("/%2e%2e/{token}/", None, 404),
        ("/{token}/", "evil.example", 403),
        ("/{token}/", "localhost:{port}", 403),
        ("/{token}/", "127.0.0.1", 403),
    ],
)
def test_who_does_not_know_the_address_gets_nothing(served, path, host, status):
    server, _ = served
    values = {"token": server.address.token, "port": server.address.host.partition(":")[2]}
    headers = {} if host is None else {"Host": host.format(**values)}
    answer, body = get(server, path.format(**values), **headers)
    assert answer.status == status and (status == 200 or server.address.token.encode() not in body)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost", "null", None])
def test_another_page_gets_no_socket(served, origin):
    server, board = served
    with pytest.raises(InvalidStatus) as caught, talk(server, origin=origin):
        pass
    assert caught.value.response.status_code == 403 and board.commands == []


def test_another_host_gets_no_socket(served):
    """A name that was made to point here: the browser sends it as Host, and as the page's origin."""
    server, board = served
    headers = {"Host": "evil.example"}
    with pytest.raises(InvalidStatus) as caught, talk(server, additional_headers=headers):
        pass
    assert caught.value.response.status_code == 403 and board.commands == []


def test_bytes_pass_both_ways_and_the_board_is_told_to_stop(served):
    server, board = served
    with talk(server) as connection:
        connection.send(b"AT+A@NAME?\r")
        assert b'"A@NAME?"' in until(connection, b"Grove Vision AI V2")
        connection.send(b"AT+A@INVOKE=-1,0,1\r")
        until(connection, b'"count": 2')
    deadline = time.monotonic() + 5
    while not board.commands[-1].endswith("AT+BREAK") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert board.commands[-1] == "AT+BREAK"


def test_one_page_at_a_time(served):
    server, _ = served
    with talk(server) as first, talk(server) as second:
        assert "another tab" in second.recv(timeout=5)
        with pytest.raises(ConnectionClosed):
            second.recv(timeout=5)
        first.send(b"AT+A@ID?\r")
        until(first, b"8cb1a1e2")


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '{"requestToSend": 1}', '{"timeout": true}', "[" * 2000])
def test_what_is_no_signal_is_nothing(served, text):
    server, _ = served
    with talk(server) as connection:
        connection.send(text)
        connection.send(b"AT+A@ID?\r")
        until(connection, b"8cb1a1e2")


def test_signals_reach_the_port():
    class Line:
        timeout, in_waiting, set = None, 0, None

        def __init__(self):
            object.__setattr__(self, "set", [])

        def __setattr__(self, name, value):
            self.set.append((name, value))

        def read(self, size):
            time.sleep(0.01)
            return b""

        def write(self, data):
            return len(data)

    line = Line()
    server = PageServer(line, page=lambda address: b"", stop_command=b"")
    with server.running(), talk(server) as connection:
        connection.send(json.dumps({"requestToSend": False}))
        connection.send(json.dumps({"dataTerminalReady": True}))
        deadline = time.monotonic() + 5
        while ("dtr", True) not in line.set and time.monotonic() < deadline:
            time.sleep(0.01)
    assert [each for each in line.set if each[0] != "timeout"] == [("rts", False), ("dtr", True)]


def test_a_board_that_goes_is_told():
    board = SscmaBoard(faults=Faults(unplug_at=2))
    board.start()
    with open_line(load_target("grove"), port=board.port) as (line, _):
        server = PageServer(line, page=lambda address: b"", stop_command=b"\rAT+BREAK\r")
        with server.running(), talk(server) as connection:
            connection.send(b"AT+A@INVOKE=-1,0,1\r")
            messages = []
            with pytest.raises(ConnectionClosed):
                while True:
                    messages.append(connection.recv(timeout=5))
    assert "broke off" in messages[-1] and isinstance(server.broken, BoardError) and server.ended.is_set()


def test_a_recording_has_its_own_pace_and_ends(tmp_path):
    path = tmp_path / "session.jsonl"
    path.write_text('{"t": 0.0, "in": "a"}\n{"t": 0.4, "in": "b"}\n')
    server = PageServer(ReplayPort(path), page=lambda address: b"", stop_command=b"")
    with server.running(), talk(server) as connection:
        begun = time.monotonic()
        assert connection.recv(timeout=5) == b"a" and connection.recv(timeout=5) == b"b"
        assert time.monotonic() - begun > 0.3
        assert "ends here" in connection.recv(timeout=5)
