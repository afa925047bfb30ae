"""The simulated board prints what SSCMA-Micro's own compiled code printed (recorded by tests/firmware)."""

import json

import pytest
from locations import REPOSITORY
from sscma_board import POSE, Scene, SscmaBoard, crc16_maxim, quoted

RECORD = json.loads((REPOSITORY / "tests" / "data" / "sscma-lines.json").read_text())
PEOPLE = (
    ((117, 124, 118, 206, 82, 0), ((120, 50, 91, 0), (65530, 46, 0, 1), (0, 239, 100, 2))),
    ((3, 2, 1, 0, 51, 0), ()),
)


@pytest.mark.parametrize(("people", "name"), [(PEOPLE, "people"), ((), "nobody")])
def test_people(people, name):
    board = SscmaBoard(scene=Scene(people=[people], milliseconds=[(6, 56, 2)]))
    assert board.results(b"", 0) == f'"perf": [6, 56, 2], {RECORD[name]}'


def test_the_parts_of_a_reply():
    board = SscmaBoard()
    assert board.model(1) == RECORD["model"]
    assert board.algorithm(POSE, config=False) == RECORD["algorithm"]
    assert quoted('a "text" with a \\ in it') == RECORD["quoted"]
    assert str(crc16_maxim(b"eyJuYW1lIjoiYmVzdCJ9")) == RECORD["crc16_maxim"]


@pytest.mark.parametrize(
    ("typed", "most", "given"),
    [
        ("5,0,1", 3, ["5", "0", "1"]),
        ("-1,0,1", 3, ["-1", "0", "1"]),
        ("0.5", 1, ["0"]),
        ('"a, \\"b\\""', 1, ['a, "b"']),
        ("'x',7", 2, ["x", "7"]),
        ("zz", 1, []),
    ],
)
def test_arguments(typed, most, given):
    """server.hpp, m_exec_cmd: numbers are runs of hex digits, whatever else is skipped."""
    assert SscmaBoard.arguments(typed, most) == given
