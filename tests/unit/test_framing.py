"""Replies are found in whatever a board prints, however its bytes come."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecask.firmware.board.framing import MAX_REPLY, Framing, Reply, Text

REPLY = b'\r{"type": 0, "name": "A@VER?", "code": 0, "data": {"software": "2024.12.07"}}\n'


def fed(*chunks):
    framing = Framing()
    return [item for chunk in chunks for item in framing.feed(chunk)]


def test_one_reply():
    (reply,) = fed(REPLY)
    assert reply == Reply(kind=0, name="A@VER?", code=0, data={"software": "2024.12.07"})
    assert reply.command == "VER?"


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2 * len(REPLY)), max_size=20))
def test_however_it_is_chopped(cuts):
    data = REPLY + REPLY
    edges = [0, *sorted(cuts), len(data)]
    assert fed(*(data[start:end] for start, end in itertools.pairwise(edges))) == fed(REPLY) * 2


@pytest.mark.parametrize(
    "between",
    [b"\x1b[0;32mI (312) main_task: boot\x1b[0m\n", b"\ntimeout\n", b"\r\n1st BOOT ROM\r\n\x00\xff", b"\r> ", b"{}\n"],
)
def test_free_text_between(between):
    found = fed(REPLY + between + REPLY)
    assert [item for item in found if isinstance(item, Reply)] == fed(REPLY) * 2
    assert not any(isinstance(item, Text) and ("\x1b" in item.text or "\n" in item.text) for item in found)


@pytest.mark.parametrize("cut", range(2, len(REPLY) - 1, 7))
@pytest.mark.parametrize("then", [b"\ntimeout\n", b""])
def test_half_a_reply_costs_no_other(cut, then):
    half, last = fed(REPLY[:cut] + then + REPLY), fed(REPLY)[0]
    assert half[-1] == last and half[0].broken


def test_control_characters_within_an_image():
    (reply,) = fed(b'\r{"type": 1, "name": "INVOKE", "code": 0, "data": {"image": "AAAA\0"}}\n')
    assert reply.data == {"image": "AAAA\0"}


@pytest.mark.parametrize("line", ["{}", '{"type": true, "name": "A"}', '{"type": 0}', '{"type": 0, "name": 3}'])
def test_what_is_json_and_no_reply(line):
    (found,) = fed(b"\r" + line.encode() + b"\n")
    assert isinstance(found, Text) and found.broken


def test_a_line_without_end_does_not_fill_the_memory():
    framing = Framing()
    found = [item for _ in range(100) for item in framing.feed(b"\r{" + b"x" * (MAX_REPLY // 8))]
    found += framing.feed(b"y" * MAX_REPLY)
    assert found and all(isinstance(item, Text) and len(item.text) <= 400 for item in found)
    assert len(framing._buffer) <= MAX_REPLY + 2


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_noise_is_no_reply(data):
    for item in fed(data, b"\n"):
        assert isinstance(item, Text) or json.dumps(item.data) is not None
