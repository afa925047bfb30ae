"""The stages of Ultralytics' validator, one a model, and what is taken of what they found."""

import json
from types import SimpleNamespace

from edgecask.analysis.ultralytics_validator import validation_nodes, validation_of
from edgecask.plan.graph import Output
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.target import load_target


def test_a_stage_a_model_under_one_line(directories):
    store = Store(directories.store)
    images = SimpleNamespace(
        ground_truth=store.ingest_bytes(b"ground_truth"),
        parts=[store.ingest_bytes(b"a"), store.ingest_bytes(b"b")],
        labelled=SimpleNamespace(sigmas=(0.1, 0.2), classes=()),
    )
    models = {"float": Output(node="convert", file="float.tflite"), "int8": store.ingest_bytes(b"model")}
    nodes = validation_nodes(load_target("stm32n6"), models=models, images=images, iou=0.45)
    assert [(node.name, node.line) for node in nodes] == [("validate float", "validate"), ("validate int8", "validate")]
    assert [node.needed for node in nodes] == [("convert",), ()]
    for node, model in zip(nodes, models.values(), strict=True):
        assert node.inputs["model.tflite"] == model and node.inputs["images-0001.tar"] == images.parts[1]
        assert node.parameters["iou"] == 0.45 and node.parameters["sigmas"] == [0.1, 0.2]


def test_figures_by_model_and_what_they_share(directories):
    store = Store(directories.store)

    def result(score):
        table = {"figures": {"pose mAP50": score}, "image_size": 192, "iou": 0.7, "people": 3}
        outputs = {"ultralytics.json": store.ingest_bytes(json.dumps(table).encode())}
        return StageResult(key="k", outputs=outputs, report={"versions": {"ultralytics": "8.4"}}, toolchain={})

    results = {"validate float": result(0.5), "validate int8": result(0.4)}
    assert validation_of(results, ["float", "int8"]) == {
        "float": {"pose mAP50": 0.5}, "int8": {"pose mAP50": 0.4},
        "image_size": 192, "iou": 0.7, "people": 3, "version": "8.4",
    }  # fmt: skip
