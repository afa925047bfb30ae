"""A recording of a conversation is the same conversation once more."""

import pytest
from sscma_board import Faults, SscmaBoard

from edgecask.errors import BoardError, UsageError
from edgecask.firmware.board.opening import open_board
from edgecask.firmware.board.recording import ReplayPort
from edgecask.target.target import load_target


def conversation(target, **where):
    with open_board(target, **where) as board:
        return board.identify(), list(board.frames(4, images=True)), board.connection.broken


def test_it_is_the_same_once_more(tmp_path):
    target, record = load_target("grove"), tmp_path / "session.jsonl"
    simulated = SscmaBoard(faults=Faults(chop=True, half=frozenset({2}), stale=b"\0"))
    simulated.start()
    first = conversation(target, port=simulated.port, record=record)
    simulated.stopped.set()
    assert conversation(target, port=None, replay=record) == first
    assert first[2] == 1 and len(first[1]) == 3


def test_a_fault_once_more(tmp_path):
    target, record = load_target("grove"), tmp_path / "session.jsonl"
    simulated = SscmaBoard(faults=Faults(fail_at=(2, 4)))
    simulated.start()
    said = []
    for where in ({"port": simulated.port, "record": record}, {"port": None, "replay": record}):
        with pytest.raises(BoardError) as caught:
            conversation(target, **where)
        said.append(str(caught.value))
    simulated.stopped.set()
    assert said[0] == said[1] and "code 4" in said[0]


def test_the_end_of_a_recording(tmp_path):
    path = tmp_path / "short.jsonl"
    path.write_text('{"t": 0.5, "out": "AT"}\n{"t": 1.5, "in": "x"}\n')
    port = ReplayPort(path)
    assert (port.read(100), port.now()) == (b"x", 1.5)
    with pytest.raises(BoardError, match="ends here"):
        port.read(100)


@pytest.mark.parametrize(
    "text", ["nonsense\n", "[]\n", '{"t": "x", "in": "a"}\n', '{"t": 1}\n', '{"t": 1, "in": "€"}\n']
)
def test_what_is_no_recording(tmp_path, text):
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"other.jsonl is no recording"):
        ReplayPort(path).read(1)
    with pytest.raises(UsageError, match="cannot be read"):
        ReplayPort(tmp_path / "gone").read(1)
