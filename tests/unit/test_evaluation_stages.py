"""What an evaluation's stages are given, and that all of it is in their keys."""

import pytest

from edgecask.plan.evaluation_stages import (
    AGREEMENT,
    INTERPRETERS,
    LOWEST_SCORE,
    NOISE_IMAGES,
    detect_stage,
    noise_stage,
    score_stage,
    validate_stage,
)
from edgecask.plan.graph import Graph, Output, Results
from edgecask.runner.environments.environment import environment_names
from edgecask.store.result import Blob
from edgecask.target.target import load_target, target_names


def blob(number):
    return Blob(path=None, sha256=f"{number:064}", size=1)


def key(node):
    return node.stage(Results()).key("e")


def detect(target="grove", **changes):
    given = {"models": {"model": blob(1)}, "images": blob(2)} | changes
    return detect_stage(load_target(target), **given)


@pytest.mark.parametrize("name", target_names())
def test_a_model_is_looked_through_as_the_device_does(name):
    target, node = load_target(name), detect(name)
    assert node.parameters["head"] == target.model.head
    assert node.parameters["camera"] == target.view() and node.parameters["nms"] == target.nms.rules()
    assert node.parameters["score"] == LOWEST_SCORE


def test_each_model_has_its_output():
    node = detect(models={"b": blob(1), "a": blob(2)})
    assert set(node.outputs) == {"a.json", "b.json"} and node.parameters["models"] == ["a", "b"]
    assert set(node.inputs) == {"images.tar", "a.tflite", "b.tflite"}
    assert "images.tar" not in detect(images=None).inputs


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_an_interpreter_is_an_environment(interpreter):
    node = detect(interpreter=interpreter)
    assert node.program.environment == INTERPRETERS[interpreter] in environment_names(on_demand=True)


def test_what_changes_a_result_changes_its_key():
    nodes = [
        detect(),
        detect("stm32n6"),
        detect(models={"model": blob(3)}),
        detect(images=blob(3)),
        detect(interpreter="tflite-micro"),
        detect(lowest_score=0.25),
    ]
    assert len({key(node) for node in nodes}) == len(nodes)
    assert key(detect()) == key(detect())


def test_parts_keep_their_order_beyond_ten():
    parts = [Output(node=f"detect {number}", file="model.json") for number in range(12)]
    node = score_stage(ground_truth=blob(1), model=parts, reference=parts[:2], sigmas=(0.1, 0.2))
    models = sorted(name for name in node.inputs if name.startswith("model-"))
    assert [node.inputs[name] for name in models] == parts
    assert sum(name.startswith("reference-") for name in node.inputs) == 2
    assert node.parameters["sigmas"] == [0.1, 0.2] and node.needed == tuple(sorted(part.node for part in parts))
    with pytest.raises(ValueError, match="nobody makes"):
        Graph([node])


def test_the_validators_overlap_is_its_own_where_none_is_asked_for():
    def node(**iou):
        target = load_target("grove")
        return validate_stage(
            target, model=blob(1), ground_truth=blob(2), images=[blob(3), blob(4)], sigmas=[0.1], **iou
        )

    assert node().parameters["iou"] is None and key(node(iou=0.45)) != key(node())
    assert [name for name in node().inputs if name.startswith("images-")] == ["images-0000.tar", "images-0001.tar"]


def test_noise_is_measured_on_a_few_images_and_keypoints_by_the_people_that_agreement_takes():
    target = load_target("grove")
    node = noise_stage(target, model=blob(1), floating=blob(2), calibration=blob(3), sigmas=[0.1])
    assert node.parameters["images"] == NOISE_IMAGES and node.outputs == ("noise.json",)
    assert node.parameters["sure"] == AGREEMENT["sure"] and node.parameters["sigmas"] == [0.1]
    assert key(node) != key(noise_stage(target, model=blob(2), floating=blob(1), calibration=blob(3), sigmas=[0.1]))
    assert "sigmas" not in noise_stage(target, model=blob(1), floating=blob(2), calibration=blob(3)).parameters
