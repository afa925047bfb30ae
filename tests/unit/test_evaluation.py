"""Which nodes an evaluation runs; what they find is looked at in tests/integration."""

import json

import pytest
from locations import REPOSITORY
from PIL import Image

from edgecask.analysis.evaluation import Evaluation
from edgecask.errors import DatasetError, ModelError
from edgecask.plan.graph import Node, Results, Step
from edgecask.plan.program import Program
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.target import load_target
from edgecask.task.pose import COCO_SIGMAS

CONVERTED = (
    Node(name="export", program=Program(name="export", environment="export"), outputs=()),
    Node(name="convert", program=Program(name="convert", environment="convert"), outputs=("float.tflite",)),
)


class Recorded:
    """An execution that runs the steps of a graph, and nothing else; agreement is as it is told."""

    def __init__(self, store, keypoints=17):
        self.store, self.keypoints, self.graph = store, keypoints, None

    def run_graph(self, graph):
        self.graph, results = graph, Results()
        found = json.dumps({"images": 3, "people": 2, "AP": 0.5, "interval": [0.4, 0.6]}).encode()
        outputs = {"agreement.json": self.store.ingest_bytes(found)}
        for member in graph.members.values():
            if isinstance(member, Step):
                member.run(results)
            else:
                report = {"keypoints": self.keypoints}
                results.add(member.name, None, StageResult(key="k", outputs=outputs, report=report, toolchain={}))
        return results


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos").mkdir()
    for number in range(3):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / "photos" / f"{number}.png")
    return tmp_path / "photos"


@pytest.fixture
def make(directories):
    def evaluation(**report):
        store = Store(directories.store)
        blob = store.ingest(REPOSITORY / "tests" / "data" / "raw.tflite")
        execution = Recorded(store, **report)
        return Evaluation(
            execution=execution, target=load_target("grove"), model=blob, keypoints=17, converted=CONVERTED
        )

    return evaluation


def test_without_labels_both_models_look_at_each_image_once(make, folder):
    evaluation = make()
    found = evaluation.without_labels(folder)
    assert found["AP"] == 0.5 and found["data"]["images"] == 3 and found["data"]["source"] == "in photos"
    names = [node.name for node in evaluation.execution.graph.nodes if node.stage_name == "detect"]
    assert len(names) == len({(node.inputs["images.tar"], tuple(node.outputs)) for node in
                              evaluation.execution.graph.nodes if node.stage_name == "detect"})  # fmt: skip
    assert evaluation.execution.graph.members["agreement"].parameters["sigmas"] == list(COCO_SIGMAS)


def test_another_networks_checkpoint_is_refused(make, folder):
    with pytest.raises(ModelError, match="17 keypoints, the float one has 5"):
        make(keypoints=5).without_labels(folder)


@pytest.mark.parametrize("name", ["", "absent", "photo.png"])
def test_a_folder_without_images_is_told(make, tmp_path, name):
    (tmp_path / "photo.png").write_bytes(b"x")
    place = tmp_path / (name or "empty")
    if not name:
        place.mkdir()
    with pytest.raises(DatasetError, match="holds no image|is no folder"):
        make().without_labels(place)
