"""The seam between tasks: a second one is a class, a line, and its decoder; nothing else knows what pose is."""

from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from edgecask.errors import TargetError
from edgecask.target.contract import check
from edgecask.target.model_file import Tensor, read_model
from edgecask.target.target import TARGETS, load_target
from edgecask.task import task as tasks
from edgecask.task.pose import RAW
from pipeline.shared.candidates import Candidates
from pipeline.shared.suppression import shown

SIZE = 96
MODEL = Path(__file__).resolve().parents[1] / "data" / "classes_quant_pt_uf_test.tflite"


def test_a_task_that_does_not_exist():
    assert tasks.task_of("pose").heads["raw"] is RAW
    with pytest.raises(TargetError, match="no task 'segment'"):
        tasks.task_of("segment")


def outputs_of(head, size, classes=3):
    return tuple(
        Tensor(
            name=output.name,
            shape=(1, output.anchors(size), output.channels.fixed + classes * output.channels.each),
            dtype="int8", scale=0.1, zero_point=0, scales=1, constant=False,
        )
        for output in head.outputs
    )  # fmt: skip


def test_the_check_reads_the_outputs_of_a_second_task(tmp_path):
    head = tasks.task_of("detect").heads["raw"]
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (TARGETS / "xiao" / "target.toml").read_text()
    text = text.split("\n[task.")[0].replace("\ntasks = ", "\n# ")
    text = text.replace('head = "raw"', 'head = "raw"\ntask = "detect"').replace(', "keypoints"]', "]")
    (folder / "target.toml").write_text(text)
    target = load_target(str(folder))
    image = Tensor(name="images", shape=(1, SIZE, SIZE, 3), dtype="int8", scale=1 / 255, zero_point=-128, scales=1,
                   constant=False)  # fmt: skip
    model = replace(read_model(MODEL), inputs=(image,), outputs=outputs_of(head, SIZE))
    verdicts = {row.rule: row.verdict for row in check(model, target).rows}
    assert verdicts["outputs by shape"] == verdicts["number of outputs"] == "pass"
    wrong = replace(model, outputs=model.outputs[:-1])
    verdicts = {row.rule: row.verdict for row in check(wrong, target).rows}
    assert verdicts["outputs by shape"] == verdicts["number of outputs"] == "fail"


def test_people_without_keypoints_are_shown_like_others():
    boxes = numpy.array([[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.52], [0.6, 0.6, 0.9, 0.9]])
    found = Candidates(boxes=boxes, scores=numpy.array([0.9, 0.8, 0.7]), keypoints=numpy.zeros((3, 0, 3)))
    nms = load_target("grove").nms.rules()
    result = shown(found, nms, (240, 240), 192)
    assert result.scores.tolist() == pytest.approx([0.7, 0.9]) and result.keypoints.shape == (2, 0, 3)


@pytest.mark.parametrize(("keypoints", "name"), [(17, "pose"), (1, "pose"), (0, "detect")])
def test_labels_say_what_they_are_for(keypoints, name):
    assert tasks.task_of_labels(keypoints) == name
