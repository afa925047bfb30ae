"""Agreement with the float model: as a table, in words, and held against a minimum."""

import json

import pytest

from edgecask.analysis.agreement import agreement_node, agreement_of, describe, gate, points, warning
from edgecask.errors import AgreementError
from edgecask.plan.graph import Output, Results
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.task.pose import COCO_SIGMAS

FIGURES = {
    "images": 16,
    "people": 20,
    "AP": 0.776,
    "interval": [0.731, 0.815],
    "missed": 1,
    "distance": {"pixels": 1.234, "interval": [1.0, 1.5]},
    "keypoints": [{"count": 19, "pixels": 1.234, "interval": [1.0, 1.5], "similarity": 0.9}],
}


@pytest.fixture
def table(directories):
    def make(**changes):
        found = {name: value for name, value in (FIGURES | changes).items() if value is not None}
        blob = Store(directories.store).ingest_bytes(json.dumps(found).encode())
        result = StageResult(key="k", outputs={"agreement.json": blob}, report={}, toolchain={})
        return agreement_of(result, source="held out from calibration", sha256="1" * 64, sigmas="COCO's")

    return make


@pytest.fixture
def nobody(table):
    return table(people=0, AP=None, interval=None, missed=None, distance=None, keypoints=None)


def test_the_constants_are_given_or_those_for_as_many_keypoints():
    parts = [Output(node="detect", file="float.json")], [Output(node="detect", file="int8.json")]
    given = agreement_node(reference=parts[0], model=parts[1], sigmas=(0.1, 0.2))
    assert given.parameters["sigmas"] == [0.1, 0.2] and given.needed == ("detect",)
    node = agreement_node(reference=parts[0], model=parts[1])
    assert node.needed == ("detect", "export")
    for keypoints, expected in ((17, list(COCO_SIGMAS)), (4, [0.25] * 4)):
        results = Results()
        results.add("export", None, StageResult(key="k", outputs={}, report={"keypoints": keypoints}, toolchain={}))
        assert node.settle(results).parameters == {"sigmas": expected}


def test_the_table_says_what_it_rests_on(table):
    found = table()
    assert found["data"] == {
        "images": 16, "people": 20, "source": "held out from calibration", "sha256": "1" * 64, "sigmas": "COCO's"
    }  # fmt: skip
    assert points(found) == pytest.approx(77.6) and found["missed"] == 1 and "images" not in found
    assert describe(found) == [
        "agreement   77.6 AP with the float model (95 % interval 73.1 to 81.5; 16 images held out from calibration, "
        "20 people)",
        "keypoints   1.23 pixels of the input from the float model's on average; 1 of the people not found",
    ]


def test_where_the_float_model_sees_nobody_there_is_none(nobody):
    assert "AP" not in nobody and nobody["data"]["people"] == 0 and warning(nobody) == ""
    (line,) = describe(nobody)
    assert line == "agreement   none: the float model is sure of nobody in 16 images held out from calibration"
    with pytest.raises(AgreementError, match="no agreement to hold against"):
        gate(nobody, 0)


def test_a_wide_interval_is_told(table):
    assert warning(table()) == ""
    text = warning(table(interval=[0.60, 0.81]))
    assert "rests on 16 images held out from calibration with 20 people" in text and "60 to 81" in text


def test_the_gate_names_both_figures(table):
    gate(table(), 77.5)
    with pytest.raises(AgreementError, match=r"by 77\.6 points of AP .*73\.1 to 81\.5.*asks for 77\.7") as raised:
        gate(table(), 77.7)
    assert raised.value.exit_code == 28 and "--calibration" in raised.value.advice
