"""The nodes of an evaluation, run one after the other, for tests that look at what is between them."""

from __future__ import annotations

from edgecask.analysis.accuracy import detect_nodes, score_node
from edgecask.analysis.ultralytics_validator import validation_nodes, validation_of
from edgecask.plan.graph import Graph


def detect(execution, target, *, name, model, images):
    """What a model finds: the nodes, and their files, one for each part of the pictures."""
    nodes = detect_nodes(target, label=name, model=model, images=images)
    results = execution.run_graph(Graph(nodes))
    return nodes, [results[node.name].outputs["model.json"] for node in nodes]


def score(execution, *, images, model, reference=()):
    """The score of what was found by `model`, nodes of `detect`, and by the float model where there is one."""
    node = score_node(images=images, model=model, reference=reference)
    return execution.run_graph(Graph([*model, *reference, node]))[node.name]


def validate(execution, target, *, models, images, iou=None):
    """Ultralytics' own validator on models by their names."""
    nodes = validation_nodes(target, models=models, images=images, iou=iou)
    return validation_of(execution.run_graph(Graph(nodes)), list(models))
