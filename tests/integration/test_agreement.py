"""The measure without labels: against pycocotools itself on made-up detections, and small cases counted by hand."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import subprocess
import sys
import tarfile

import pytest
from locations import REPOSITORY
from recording import RecordingDisplay

from edgecask.analysis.agreement import points
from edgecask.build import BuildRequest, build
from edgecask.errors import AgreementError
from edgecask.files import canonical_json
from edgecask.plan import evaluation_stages as plan
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.store import Store
from edgecask.target.target import load_target
from edgecask.task.pose import sigmas_for

SIGMAS = sigmas_for(17, None)[0]
IMAGES = 12


def person(left, top, width, height, *, score=0.9, shift=0.0, visible=(1.0,) * 17, seed=0):
    """A detection: seventeen keypoints somewhere in its box, all moved `shift` to the right."""
    chance = random.Random(seed)
    keypoints = [
        [left + chance.random() * width + shift, top + chance.random() * height, visibility] for visibility in visible
    ]
    return {"box": [left, top, left + width, top + height], "score": score, "keypoints": keypoints}


def entry(name, *people, candidates=None):
    found = list(people)
    return {"name": name, "sure": found, "candidates": found if candidates is None else candidates}


@pytest.fixture(scope="module")
def agreement(execution):
    """The figures of the stage for entries of a float and another model."""

    def measure(reference, model, sigmas=SIGMAS):
        blobs = [execution.store.ingest_bytes(canonical_json({"images": images})) for images in (reference, model)]
        stage = plan.agreement_stage(reference=blobs[:1], model=blobs[1:], sigmas=sigmas)
        return json.loads(execution.run(stage).outputs["agreement.json"].path.read_text())

    return measure


def made_by_chance(seed):
    """Entries of a float model and of another that sees nearly the same, with false alarms and people missed."""
    chance = random.Random(seed)
    reference, model = [], []
    for number in range(IMAGES):
        people, candidates = [], []
        for index in range(chance.choice((0, 1, 1, 2, 4))):
            place = [chance.uniform(0, 120), chance.uniform(0, 120), chance.uniform(15, 90), chance.uniform(20, 110)]
            visible = [round(chance.random(), 3) for _ in range(17)]
            same = {"visible": visible, "seed": 100 * number + index}
            people.append(person(*place, score=round(chance.uniform(0.25, 1), 6), **same))
            if chance.random() < 0.85:
                shift = chance.choice((0, 1, 2, 4, 8))
                candidates.append(person(*place, score=round(chance.uniform(0.1, 1), 2), shift=shift, **same))
        for index in range(chance.randrange(3)):
            candidates.append(person(20 * index, 10, 40, 60, score=round(chance.uniform(0.001, 0.6), 2), seed=index))
        reference.append(entry(f"{number:04}.jpg", *people))
        model.append(entry(f"{number:04}.jpg", candidates=sorted(candidates, key=lambda found: -found["score"])))
    return reference, model


def as_coco(reference, model):
    """The same as COCO's annotations and results, by the issue's rules: visible above 0.5, 0.53 of the box as area."""
    annotations, results = [], []
    for floating, other in zip(reference, model, strict=True):
        annotations.append([])
        for found in floating["sure"]:
            left, top, right, bottom = found["box"]
            points = [[x, y, 2] if visibility > 0.5 else [0, 0, 0] for x, y, visibility in found["keypoints"]]
            count = sum(point[2] > 0 for point in points)
            if count:
                annotations[-1].append(
                    {
                        "bbox": [left, top, right - left, bottom - top],
                        "area": 0.53 * (right - left) * (bottom - top),
                        "iscrowd": 0,
                        "num_keypoints": count,
                        "keypoints": [value for point in points for value in point],
                    }
                )
        results.append(
            [
                {"score": found["score"], "keypoints": [value for point in found["keypoints"] for value in point]}
                for found in other["candidates"]
            ]
        )
    return annotations, results


def test_it_is_what_pycocotools_says(agreement, environment_python, tmp_path):
    python = environment_python("evaluate")
    cases, ours = [], []
    for seed in range(3):
        reference, model = made_by_chance(seed)
        ours.append(agreement(reference, model))
        annotations, results = as_coco(reference, model)
        chance = random.Random(seed)
        everything, drawn = list(range(IMAGES)), [chance.randrange(IMAGES) for _ in range(IMAGES)]
        cases += [{"annotations": annotations, "results": results, "sample": sample} for sample in (everything, drawn)]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    scripts = REPOSITORY / "tests" / "integration"
    subprocess.run([python, scripts / "evaluate_by_pycocotools.py", tmp_path], check=True, capture_output=True)
    theirs = json.loads((tmp_path / "ap.json").read_text())
    assert [figures["AP"] for figures in ours] == pytest.approx(theirs[::2], abs=1e-5)
    assert all(0.1 < figures["AP"] < 0.9 for figures in ours)  # cases in which something can go wrong
    subprocess.run(
        [python, scripts / "sample_evaluation.py", tmp_path, json.dumps(SIGMAS)],
        check=True, capture_output=True, cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    own = json.loads((tmp_path / "own.json").read_text())
    assert [sampled for sampled, _ in own] == pytest.approx(theirs, abs=1e-9)
    assert [whole for _, whole in own[::2]] == pytest.approx(theirs[::2], abs=1e-9)


def test_who_sees_the_same_agrees_wholly(agreement):
    images = [entry(f"{number}.jpg", person(10 * number, 20, 50, 80, seed=number)) for number in range(4)]
    found = agreement(images, images)
    assert found["AP"] == 1 and found["interval"] == [1, 1] and found["missed"] == 0
    assert found["images"] == 4 and found["people"] == 4
    assert found["distance"] == {"pixels": 0, "interval": [0, 0]}
    assert found["keypoints"] == [{"count": 4, "pixels": 0, "interval": [0, 0], "similarity": 1}] * 17


def test_a_shift_counts_by_the_size_of_the_person(agreement):
    # Equal constants of 1/4; four keypoints that lie 10 pixels off on a person of 0.53 · 40 · 50 = 1060 square pixels:
    # exp(-100 / (2 · (2/4)² · 1060)) = 0.828, so that seven of the ten thresholds from 0.50 to 0.95 are met.
    similarity = math.exp(-100 / (2 * 0.5**2 * 1060))
    visible = (1.0, 1.0, 1.0, 0.4)
    floating = [entry("a.jpg", person(10, 10, 40, 50, visible=visible))]
    found = agreement(floating, [entry("a.jpg", person(10, 10, 40, 50, visible=visible, shift=10))], (0.25,) * 4)
    assert 0.80 < similarity < 0.85
    assert found["AP"] == pytest.approx(0.7)
    assert found["distance"]["pixels"] == pytest.approx(10)
    *seen, unseen = found["keypoints"]
    assert unseen == {"count": 0, "pixels": None, "interval": None, "similarity": None}
    assert [point["count"] for point in seen] == [1, 1, 1]
    assert [point["similarity"] for point in seen] == pytest.approx([similarity] * 3, abs=1e-5)


def test_who_is_not_found_is_missed_and_a_better_false_alarm_costs_precision(agreement):
    nobody = [entry("a.jpg", person(10, 10, 40, 50)), entry("b.jpg", person(60, 60, 40, 50))]
    half = [nobody[0], entry("b.jpg")]
    found = agreement(nobody, half)
    # One of two people: precision 1 up to a recall of 0.5, which are 51 of 101 recalls.
    assert found["AP"] == pytest.approx(51 / 101, abs=1e-5) and found["missed"] == 1
    alarm = entry("b.jpg", person(150, 100, 30, 30, score=0.99))
    assert agreement(nobody, [nobody[0], alarm])["AP"] == pytest.approx(51 / 101 / 2, abs=1e-5)


def test_people_without_a_visible_keypoint_do_not_count(agreement):
    shadow = person(100, 10, 40, 50, visible=(0.5,) * 17, seed=7)
    seen = person(10, 10, 40, 50)
    found = agreement([entry("a.jpg", seen, shadow)], [entry("a.jpg", seen)])
    assert found["people"] == 1 and found["AP"] == 1
    assert agreement([entry("a.jpg", shadow)], [entry("a.jpg", seen)]) == {"images": 1, "people": 0}


def test_the_interval_is_that_of_the_images(agreement):
    reference, model = made_by_chance(5)
    found = agreement(reference, model)
    low, high = found["interval"]
    assert low < found["AP"] < high and high - low > 0.05
    assert found["distance"]["interval"][0] < found["distance"]["pixels"] < found["distance"]["interval"][1]
    assert found == agreement(reference[:], model[:])


def test_the_gate_fails_a_build_and_leaves_no_package(demo_builds, session_directories, tmp_path):
    measured = demo_builds("venv")[0].manifest["agreement"]
    request = BuildRequest(target="grove", weights="demo", output=tmp_path, min_agreement=points(measured) + 0.1)
    with pytest.raises(AgreementError, match=r"held out from calibration\); --min-agreement asks for"):
        build(
            request,
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.extended
def test_a_package_alone_is_evaluated_without_labels(demo_builds, session_directories, tmp_path):
    """With nothing in the store: the twin is the package's, the float model is made from the checkpoint."""
    package, _ = demo_builds("venv")
    shutil.copytree(package.folder, tmp_path / "elsewhere")
    images = Store(session_directories.store).blob(package.results["prepare"].inputs["images.tar"])
    with tarfile.open(images.path) as opened:
        opened.extractall(tmp_path / "photos", members=opened.getmembers()[:8])  # no `filter` in Python 3.11.2
    done = subprocess.run(
        [sys.executable, "-m", "edgecask", "evaluate", "--target=grove", tmp_path / "elsewhere", "--against=demo",
         f"--images={tmp_path / 'photos'}", "--runner=venv", "--json"],
        cwd=REPOSITORY, env={**os.environ, "EDGECASK_STORE": str(tmp_path / "store")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["agreement"]
    assert found["data"]["images"] == 8 and found["data"]["source"] == "in photos" and found["AP"] > 0.8
    assert "int8" not in json.loads(done.stdout)


@pytest.mark.extended
def test_the_layer_that_is_damaged_is_the_one_that_costs_the_keypoints(
    demo_builds, execution, environment_python, tmp_path
):
    results = demo_builds("venv")[0].results
    damaged = tmp_path / "damaged.tflite"
    script = REPOSITORY / "tests" / "integration" / "damage_model.py"
    done = subprocess.run(
        [environment_python("convert"), script, results["quantize"].outputs["model.tflite"].path, damaged],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    stage = plan.noise_stage(
        load_target("grove"),
        model=execution.store.ingest(damaged),
        floating=results["convert"].outputs["float.tflite"],
        calibration=results["prepare"].outputs["calibration.npy"],
        sigmas=SIGMAS,
    )
    found = json.loads(execution.run(stage).outputs["noise.json"].path.read_text())["keypoints"]
    worst, second = found["layers"][:2]
    assert worst["name"] == done.stdout.strip()
    assert worst["lost"] > 2 * second["lost"] and worst["weights"] > 5 * worst["activations"]
    assert found["lost"] > 0.5 * worst["lost"] and found["people"] > 6
    assert len(found["layers"]) > 60 and sum("weights" in layer for layer in found["layers"]) == plan.SPLIT_LAYERS
