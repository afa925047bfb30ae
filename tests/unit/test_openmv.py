"""OpenMV's cameras: the labels and the script beside a model."""

import ast

import pytest

from edgecask.errors import ContractError
from edgecask.firmware.family import family_of
from edgecask.target.target import load_target

TARGET = load_target("openmv-ae3")


def manifest(*classes):
    return {"model": {"file": "best_192.tflite"}, "classes": list(classes)}


def test_the_labels_stand_one_a_line_under_the_models_name():
    files = family_of(TARGET).package_files(TARGET, manifest("cat", "dog house"), b"")
    assert sorted(files) == ["best_192.txt", "main.py"]
    assert files["best_192.txt"] == b"cat\ndog house\n"


def test_the_script_runs_that_model():
    text = family_of(TARGET).package_files(TARGET, manifest("cat", "do{g}"), b"")["main.py"].decode()
    tree = ast.parse(text)
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert {"best_192.tflite", "/rom/best_192.tflite"} <= strings
    assert text.count("YoloV8(threshold=0.6)") == 2 and "cat, do{g}" in text


@pytest.mark.parametrize("name", ["a\nimport os", "", " cat", "a\u2028b", "a\rb"])
def test_a_name_that_is_no_line(name):
    with pytest.raises(ContractError, match="no line of a text"):
        family_of(TARGET).package_files(TARGET, manifest("cat", name), b"")


@pytest.mark.parametrize("stem", ["best.v2", "a b", "../x", "ä"])
def test_the_name_has_one_dot(stem):
    """Model() takes for the labels what stands before the first one."""
    name = family_of(TARGET).model_name(TARGET, stem=stem, image_size=192)
    assert name.endswith("_192.tflite") and name.count(".") == 1 and "/" not in name
