"""Which images calibrate, and which of them judge instead."""

import pytest
from locations import REPOSITORY
from PIL import Image

from edgecask.build_nodes import CALIBRATION
from edgecask.calibration_nodes import DRAWN_COUNT, NO_CALIBRATION, Job, plan_calibration
from edgecask.data.weights import Weights
from edgecask.plan.graph import Results
from edgecask.store.image_archives import names_in, pack
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.target import load_target

DATA = REPOSITORY / "tests" / "data"


@pytest.fixture
def make_job(directories):
    def make(*, drawn=False, task="pose"):
        store = Store(directories.store)
        target = load_target("grove").for_task(task)
        return Job(
            store=store, target=target, image_size=target.model.default_image_size,
            weights=Weights(path=DATA / "raw.tflite", label="best.pt", drawn=drawn),
            weights_blob=store.ingest(DATA / "raw.tflite"),
        )  # fmt: skip

    return make


def folder_of(tmp_path, count):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(count):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number:03}.png")
    return folder


def test_a_users_folder_is_what_is_calibrated_with(make_job, tmp_path):
    job, folder = make_job(drawn=True), folder_of(tmp_path, 4)
    calibration = plan_calibration(job, folder=folder, count=3, others=[("x.png", folder / "000.png")])
    (prepare,) = calibration.nodes
    assert calibration.source == "folder" and prepare.parameters["most"] == 3
    assert len(names_in(prepare.inputs["images.tar"])) == 4 and "3" in calibration.notice
    assert plan_calibration(job, folder=folder, count=4).nodes[0].parameters["most"] is None


def test_then_the_images_of_a_data_set(make_job, tmp_path):
    folder = folder_of(tmp_path, 2)
    others = [("a.png", folder / "000.png"), ("b.png", folder / "001.png")]
    calibration = plan_calibration(make_job(drawn=True), folder=None, others=others)
    assert calibration.source == "training pictures of the data set" and len(calibration.nodes) == 1


def test_then_what_suits_the_weights(make_job):
    drawn = plan_calibration(make_job(drawn=True), folder=None)
    assert drawn.source == "drawn people" and drawn.nodes[0].parameters["count"] == DRAWN_COUNT
    assert drawn.nodes[1].needed == (drawn.nodes[0].name,) and drawn.notice == ""
    assert drawn.nodes[0].program.name == "synthetic_people" and "facing" in drawn.nodes[0].parameters
    objects = plan_calibration(make_job(drawn=True, task="detect"), folder=None)
    assert objects.source == "drawn objects" and objects.nodes[0].parameters["count"] == DRAWN_COUNT
    assert (
        objects.nodes[0].program.name == "synthetic_objects" and objects.nodes[0].parameters["split"] == "calibration"
    )
    samples = plan_calibration(make_job(), folder=None)
    assert samples.source == "ultralytics samples" and samples.notice == NO_CALIBRATION
    assert samples.nodes[1].needed == (samples.nodes[0].name,)
    for calibration in (drawn, samples):
        assert calibration.nodes[-1].name == CALIBRATION.node


def names_of(parts):
    return [name for part in parts for name in names_in(part)]


def test_one_in_five_of_a_folder_judges_and_none_of_them_calibrates(make_job, tmp_path):
    job, folder = make_job(), folder_of(tmp_path, 100)
    calibration = plan_calibration(job, folder=folder, count=70)
    (prepare,) = calibration.nodes
    assert names_of(calibration.judging.parts) == prepare.parameters["held_out"]
    assert len(prepare.parameters["held_out"]) == 20 and prepare.parameters["most"] == 70
    assert calibration.judging.source == "held out from calibration" and not calibration.judging.reason
    assert plan_calibration(job, folder=folder, count=80).nodes[0].parameters["most"] is None


def test_where_labelled_images_judge_all_calibrate(make_job, tmp_path):
    job, folder = make_job(), folder_of(tmp_path, 100)
    calibration = plan_calibration(job, folder=folder, hold_out=False)
    assert calibration.nodes[0].parameters["held_out"] == [] and calibration.judging.reason


def test_where_images_are_few_all_calibrate_and_it_is_said(make_job, tmp_path):
    calibration = plan_calibration(make_job(), folder=folder_of(tmp_path, 24))
    assert calibration.nodes[0].parameters["held_out"] == [] and calibration.notice == ""
    assert "all 24 calibration images" in calibration.judging.reason


def test_of_drawn_people_some_judge_when_they_are_drawn(make_job, tmp_path):
    job, folder = make_job(drawn=True), folder_of(tmp_path, DRAWN_COUNT)
    named = [(f"images/{path.name}", path) for path in sorted(folder.iterdir())]
    (folder / "000.txt").write_text("a label")
    archive = pack(job.store, [*named, ("labels/000.txt", folder / "000.txt")]).archive
    results = Results()
    results.add("demo data", None, StageResult(key="k", outputs={"data.tar": archive}, report={}, toolchain={}))
    calibration = plan_calibration(job, folder=None)
    settled = calibration.nodes[1].settle(results)
    held_out = settled.parameters["held_out"]
    assert len(held_out) == DRAWN_COUNT // 5 and set(held_out) < set(names_in(settled.inputs["images.tar"]))
    assert names_in(calibration.judging.settle(results)) == held_out
    assert calibration.judging.needs == ("demo data",)
