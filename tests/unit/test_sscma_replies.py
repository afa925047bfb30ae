import pytest

from edgecask.errors import BoardError
from edgecask.firmware.board.framing import Reply
from edgecask.firmware.board.sscma_replies import (
    Model,
    Thresholds,
    crc16_maxim,
    model_of,
    refuse_model,
    refuse_start,
    thresholds_in,
)


def test_the_checksum_is_that_of_the_firmware():
    assert crc16_maxim(b"123456789") == 0x44C2  # the check value of CRC-16/MAXIM-DOW in the catalogue of CRCs


def reply(code=0, **data):
    return Reply(kind=0, name="INVOKE", code=code, data=data)


def test_thresholds_are_those_in_force():
    config = {"tscore": 50, "tiou": 45}
    assert thresholds_in(reply(algorithm={"config": config})) == Thresholds(score=50, iou=45)
    for told in ({}, {"algorithm": None}, {"algorithm": {"config": []}}, {"algorithm": {"config": {"tscore": "50"}}}):
        assert thresholds_in(reply(**told)) is None


@pytest.mark.parametrize("value", [None, [], {}, {"id": "1", "address": True}])
def test_a_reply_that_tells_of_no_model(value):
    assert model_of(value) == Model(id=0, address=0)


@pytest.mark.parametrize(("code", "words"), [(2, "cannot load its model"), (5, "on /dev/ttyACM0 has no model")])
def test_a_model_that_is_refused(code, words):
    with pytest.raises(BoardError, match=words):
        refuse_model(reply(code), "/dev/ttyACM0")
    refuse_model(reply(), "/dev/ttyACM0")


@pytest.mark.parametrize(
    ("code", "data", "words"),
    [
        (4, {}, "camera does not answer"),
        (5, {"model": {"id": 0}}, "on /dev/ttyACM0 has no model"),
        (2, {"model": {"id": 1}, "algorithm": {"type": 0}}, "No decoder"),
        (6, {"model": {"id": 1}, "algorithm": {"type": 3}}, "code 6, too little memory"),
        (77, {"model": {"id": 1}}, "code 77, a code that is not known"),
    ],
)
def test_why_a_model_does_not_run(code, data, words):
    with pytest.raises(BoardError, match=words):
        refuse_start(reply(code, **data), "/dev/ttyACM0")
