"""The page of `watch`: served until the board goes or the recording ends."""

import http.client
import threading
import urllib.parse

import pytest
from sscma_board import Faults, SscmaBoard
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from edgecask.cli import watch_page
from edgecask.cli.watch import Watch
from edgecask.errors import BoardError
from edgecask.target.target import load_target


@pytest.fixture
def visit(monkeypatch, capsys):
    """Shows the page to a visitor who asks the board for its frames, until the command ends."""

    def call(**options):
        def look(address):
            parts = urllib.parse.urlsplit(address)
            connection = http.client.HTTPConnection(parts.netloc)
            connection.request("GET", parts.path)
            pages.append(connection.getresponse().read().decode())
            with connect(f"ws://{parts.netloc}{parts.path}serial", origin=f"http://{parts.netloc}") as line:
                line.send(b"AT+A@INVOKE=-1,0,1\r")
                try:
                    while True:
                        messages.append(line.recv(timeout=10))
                except ConnectionClosed:
                    pass

        pages, messages = [], []
        visitors = []

        def open_browser(address):
            visitors.append(threading.Thread(target=look, args=(address,)))
            visitors[0].start()

        monkeypatch.setattr(watch_page, "open_browser", open_browser)
        try:
            watch_page.show_page(Watch(target="grove", view="page", **options), load_target("grove"))
        finally:
            visitors[0].join(10)
            call.said = capsys.readouterr().out
        return pages[0], messages

    return call


def test_until_the_board_goes_and_again_from_the_recording(visit, tmp_path):
    board = SscmaBoard(faults=Faults(unplug_at=3))
    board.start()
    record = tmp_path / "session.jsonl"
    with pytest.raises(BoardError, match="broke off"):
        visit(port=board.port, output=tmp_path, record=record)
    assert "is shown at http://127.0.0.1:" in visit.said and "Ctrl-C ends this" in visit.said
    page, messages = visit(replay=record, output=tmp_path)
    # The last before it was unplugged may be lost on the way.
    assert b'"count": 1' in b"".join(each for each in messages if isinstance(each, bytes))
    assert "ends here" in messages[-1] and "ends here" in visit.said and '"replay": true' in page
