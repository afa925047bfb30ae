import json
from dataclasses import replace
from pathlib import Path

import pytest

from edgecask.errors import UsageError
from edgecask.training.request import TrainingRequest, request_of
from edgecask.training.run import Run

GOOD = TrainingRequest(data=Path("data.yaml"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": 200}, "multiple of 32"),
        ({"image_size": 0}, "multiple of 32"),
        ({"epochs": 0}, "--epochs=0"),
        ({"batch": 0}, "--batch=0"),
        ({"seed": -1}, "--seed=-1"),
        ({"patience": 1 << 40}, "--patience"),
        ({"activation": "gelu"}, "silu, relu6"),
        ({"learning_rate": 2.0}, "a number from"),
        ({"learning_rate": float("nan")}, "a number from"),
        ({"name": "../elsewhere"}, "--name"),
        ({"name": ".hidden"}, "--name"),
        ({"name": ""}, "--name"),
    ],
)
def test_what_makes_no_sense_is_refused(change, message):
    with pytest.raises(UsageError, match=message):
        replace(GOOD, **change)


def test_good_requests_pass():
    assert GOOD.epochs == 50
    replace(GOOD, activation="relu6", learning_rate=1e-3, name="mine-2", patience=0)


def test_a_run_remembers_its_request():
    request = replace(GOOD, activation="relu6", epochs=3, output=Path("elsewhere"))
    remembered = json.loads(json.dumps(request.settings()))
    assert request_of({"request": remembered}, Run(Path("runs/x"))) == request


@pytest.mark.parametrize(
    "settings", [{}, {"data": "x", "output": "y", "surprise": 1}, {"data": "x", "output": "y", "image_size": 7}, "text"]
)
def test_a_damaged_record_is_one_clear_line(settings):
    with pytest.raises(UsageError):
        request_of({"request": settings}, Run(Path("runs/x")))
