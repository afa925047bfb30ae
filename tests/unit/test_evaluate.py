"""The options of `edgecask evaluate`, and what it says of figures."""

from pathlib import Path

import pytest

from edgecask.cli.evaluate import Evaluate, describe, describe_validation
from edgecask.errors import UsageError

ACCURACY = {
    "data": {"images": 40, "people": 43, "sha256": "0", "sigmas": "COCO's"},
    "float": {"AP": 0.25, "AP50": 0.5, "AP75": 0.2, "AR": 0.3, "ST AP0.5": 0.4},
    "int8": {"AP": 0.238, "AP50": 0.49, "AP75": 0.2, "AR": 0.3, "ST AP0.5": 0.4},
    "drop": {"points": 1.2, "interval": [0.1, 2.3]},
}


def request(**options):
    return Evaluate(model=Path("model.tflite"), target="grove", data=Path("data.yaml"), **options)


def test_the_validator_looks_at_whole_images():
    with pytest.raises(UsageError, match="whole images"):
        request(crop="camera", validator="ultralytics")
    assert request(crop="none", validator="ultralytics").crop == "none"


def test_the_validators_options():
    assert request().iou is None and request(validator="ultralytics").iou is None
    assert request(iou=0.45, validator="ultralytics").iou == 0.45
    wrong = [(0.45, None), (None, "yolo"), *((iou, "ultralytics") for iou in ("much", 0, float("nan"), 1.5))]
    for iou, validator in wrong:
        with pytest.raises(UsageError) as caught:
            request(iou=iou, validator=validator)
        assert caught.value.advice


def test_a_simulated_npu_is_an_interpreter_of_its_own():
    assert request(simulate_npu=3).simulate_npu == 3
    for others in ({"interpreter": "tflite-micro"}, {"validator": "ultralytics"}):
        with pytest.raises(UsageError, match="--simulate-npu and --"):
            request(simulate_npu=3, **others)
    for wrong in (0, "many"):
        with pytest.raises(UsageError):
            request(simulate_npu=wrong)


@pytest.mark.parametrize(("same", "words"), [(True, "the same detections"), (False, "NOT the same detections")])
def test_what_a_simulated_npu_sees_beside_the_model_before_vela(same, words):
    assert words in "\n".join(describe(ACCURACY | {"as_before_vela": same}))
    assert words not in "\n".join(describe(ACCURACY))


def test_figures_in_words():
    text = "\n".join(describe(ACCURACY))
    assert "40 pictures with 43 people" in text
    assert "25.0" in text and "23.8" in text and "1.2 points" in text
    assert "float" not in "\n".join(describe({key: ACCURACY[key] for key in ("data", "int8")}))


def test_the_validators_figures_in_words():
    figures = {"box mAP50": 0.5, "box mAP50-95": 0.4, "pose mAP50": 0.321, "pose mAP50-95": 0.2}
    common = {"images": 40, "image_size": 192, "iou": 0.7, "maximum": 300, "version": "8.4"}
    accuracy = {"data": {"people": 43}, "ultralytics": {**common, "people": 43, "int8": figures}}
    lines = describe_validation(accuracy)
    assert "192 × 192" in lines[0] and "0.7" in lines[0]
    assert lines[-2].split() == ["pose", "mAP50", "32.1"]
    assert not any("missed" in line for line in lines)
    accuracy["ultralytics"] |= {"people": 80, "float": figures}
    lines = describe_validation(accuracy)
    assert lines[1].split() == ["float", "model"] and "80 people" in lines[-1]
    assert describe_validation({"data": {"people": 43}}) == []
