"""The evaluation of any model: on labels, and against a float model, for which no labels are needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgecask.analysis.accuracy import (
    accuracy_of,
    check_exported,
    check_labels,
    detect_nodes,
    detected,
    ingest,
    same_detections,
    score_node,
    size_nodes,
)
from edgecask.analysis.agreement import agreement_node, agreement_of
from edgecask.analysis.ultralytics_validator import validation_nodes, validation_of
from edgecask.analysis.unlabelled_images import digest_of, found_by, images_of
from edgecask.data.ground_truth import LabelledImages
from edgecask.errors import ModelError
from edgecask.plan.evaluation_stages import TENSORFLOW_LITE, TFLITE_MICRO
from edgecask.plan.graph import Content, Graph, Node, Results, Step
from edgecask.plan.model_stages import FLOAT
from edgecask.runner.executor import Execution
from edgecask.store.result import Blob
from edgecask.target.package_tables import Accuracy, Agreement
from edgecask.target.target import Target
from edgecask.task.pose import sigmas_for


@dataclass(frozen=True, kw_only=True)
class Validator:
    """Ultralytics' own validator, with the IoU of its suppression (None: its default)."""

    iou: float | None = None


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A model that runs on this machine, and how it is run; `label` is what the user calls it.

    `converted` are the nodes that make the float model it is held against; none where there is no such thing. `before`
    is what the model was compiled from, where both are to be compared; `most` is how many images are looked at.
    """

    execution: Execution
    target: Target
    model: Blob
    keypoints: int
    classes: int | None = None
    converted: Sequence[Node] = ()
    label: str = ""
    interpreter: str = TENSORFLOW_LITE
    before: Blob | None = None
    most: int | None = None

    def on_labels(self, labelled: LabelledImages, validator: Validator | None = None) -> Accuracy:
        """What the model sees of labelled pictures, and what the float one does; raises DatasetError.

        With a float model the table `agreement` is filled, too.
        """
        check_labels(labelled, keypoints=self.keypoints, classes=self.classes)
        if self.most is not None:
            labelled = labelled.some(self.most)
        images = ingest(self.execution.store, labelled, cores=os.cpu_count() or 1)
        nodes: list[Node | Step] = [*size_nodes(images)]
        found = self._named(
            detect_nodes(self.target, label="model", model=self.model, images=images, interpreter=self.interpreter)
        )
        before: list[Node] = []
        if self.before is not None:
            before = detect_nodes(
                self.target, label="before Vela", model=self.before, images=images, interpreter=TFLITE_MICRO
            )
        reference: list[Node] = []
        if self.converted:
            reference = detect_nodes(self.target, label="float", model=FLOAT, images=images)
            look = Step(
                name="look at keypoints",
                needs=("export",),
                run=lambda results: check_exported(labelled, results["export"].report),
            )
            agreement = agreement_node(
                reference=detected(reference),
                model=detected(found),
                sigmas=images.labelled.sigmas,
                task=self.target.model.task,
            )
            nodes += [*self.converted, look, *reference, agreement]
        nodes += [*found, *before, score_node(images=images, model=found, reference=reference)]
        models: dict[str, Content] = {"int8": self.model}
        if self.converted:
            models["float"] = FLOAT
        if validator is not None:
            nodes += validation_nodes(self.target, models=models, images=images, iou=validator.iou)
        results = self.execution.run_graph(Graph(nodes))
        accuracy = accuracy_of(results["score"], images)
        if validator is not None:
            accuracy["ultralytics"] = validation_of(results, sorted(models))
        if before:
            accuracy["as_before_vela"] = same_detections(results, found, before)
        if self.converted:
            accuracy["agreement"] = agreement_of(
                results["agreement"],
                source="of the labelled data",
                sha256=images.sha256,
                sigmas=labelled.sigmas_source,
            )
        return accuracy

    def _named(self, nodes: Sequence[Node]) -> list[Node]:
        """With the user's name of the model in what the program says of it."""
        return [replace(node, names={"{model}": self.label}) for node in nodes]

    def without_labels(self, folder: Path) -> Agreement:
        """How far the model agrees with the float one on the images of a folder.

        Raises DatasetError where there are none, ModelError where the two models have not the same keypoints.
        """
        images = images_of(self.execution.store, folder, cores=os.cpu_count() or 1, most=self.most)
        sigmas, whose = sigmas_for(self.keypoints, None)

        def look(results: Results) -> None:
            theirs = results["export"].report["keypoints"]
            if theirs != self.keypoints:
                raise ModelError(
                    f"The model has {self.keypoints} keypoints, the float one has {theirs}.",
                    advice="Pass the checkpoint that the model was made from.",
                )
            if self.classes is not None and self.classes != (named := len(results["export"].report["classes"])):
                raise ModelError(
                    f"The model has {self.classes} classes, the float one has {named}.",
                    advice="Pass the checkpoint that the model was made from.",
                )

        floating = images.detect_nodes(self.target, {"float": FLOAT}, line="detect float")
        integer = self._named(
            images.detect_nodes(self.target, {"model": self.model}, line="detect model", interpreter=self.interpreter)
        )
        results = self.execution.run_graph(
            Graph(
                [
                    *self.converted,
                    Step(name="look at keypoints", needs=("export",), run=look),
                    *floating,
                    *integer,
                    agreement_node(
                        reference=found_by(floating, "float"),
                        model=found_by(integer, "model"),
                        sigmas=sigmas,
                        task=self.target.model.task,
                    ),
                ]
            )
        )
        return agreement_of(results["agreement"], source=images.source, sha256=digest_of(images.parts), sigmas=whose)
