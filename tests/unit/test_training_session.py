import pytest

from edgecask.training.run import Run
from edgecask.training.session import MEMBER, classes_line, describe

METRICS = {"pose_map50": 0.5, "pose_map": 0.25, "box_map50": 0.5, "box_map": 0.25}


@pytest.fixture
def report():
    return {"before": METRICS, "after": METRICS, "best_epoch": 2, "epochs": 3, "activation_changed": False}


def test_the_end_says_where_the_checkpoint_is_and_what_it_is_worth(report, tmp_path):
    best, before, after = describe(Run(tmp_path), report, "pose")
    assert best == f"best     {tmp_path / 'best.pt'}  (epoch 2 of 3)"
    assert before.startswith("before   pose mAP50 0.500") and after.startswith("after    pose mAP50 0.500")
    assert len(describe(Run(tmp_path), {**report, "before": None}, "pose")) == 2


@pytest.mark.parametrize(
    ("changed", "advice"), [(False, "a lower --learning-rate"), (True, "the new activation has to be learned")]
)
def test_weights_that_were_better_before_are_warned_of(report, tmp_path, changed, advice):
    worse = {**report, "after": {**METRICS, "pose_map": 0.125}, "activation_changed": changed}
    assert advice in describe(Run(tmp_path), worse, "pose")[-1]
    assert len(describe(Run(tmp_path), worse, "box")) == 3


def test_another_number_of_classes_is_said():
    assert classes_line("best.pt", own=1, wanted=2) == (
        "best.pt knows 1 class, the labels have 2: scores are learned anew"
    )


def test_a_picture_in_the_archive_is_known_by_its_name():
    assert MEMBER.search("bad, train/images/000000-a.png: why.")[0] == "train/images/000000-a.png"
    assert MEMBER.search("train/labels/000000-a.txt") is None
