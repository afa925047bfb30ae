"""`verify-board` against simulated boards that saw the frames before their JPEG lost anything."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import numpy
import pytest
from draw_rectangles import rectangles
from PIL import Image
from sscma_board import GROVE_2025, Scene, SscmaBoard

from edgecask.analysis.board_comparison import Sent, compare
from edgecask.cli import verify_board as command
from edgecask.data.demo_request import DemoDataRequest
from edgecask.data.synthetic import make_demo_data
from edgecask.errors import BoardDiffersError, UndecidedError
from edgecask.plan.evaluation_stages import detect_stage
from edgecask.target.target import load_target
from pipeline.shared.camera import area_average

FRAMES = 36
SIDE = 240


@pytest.fixture(scope="module")
def package(demo_builds):
    """The folder of the packages."""
    return demo_builds("venv")[0].folder.parent


@pytest.fixture(scope="module")
def frames(execution, package, tmp_path_factory):
    """JPEGs as a Grove sends them, and the people whom the same model sees on the frames themselves."""
    folder = tmp_path_factory.mktemp("frames")
    make_demo_data(
        execution, DemoDataRequest(output=folder / "data", count=1, validation=FRAMES, seed=7, image_size=256)
    )
    archive, jpegs = folder / "frames.tar", []
    with tarfile.open(archive, "w") as opened:
        for number, path in enumerate(sorted((folder / "data" / "images" / "val").iterdir())):
            pixels = area_average(numpy.asarray(Image.open(path).convert("RGB")), SIDE, SIDE)
            png, jpeg = io.BytesIO(), io.BytesIO()
            Image.fromarray(pixels).save(png, "PNG")
            Image.fromarray(pixels).save(jpeg, "JPEG", quality=50, subsampling=1)
            member = tarfile.TarInfo(f"{number:03}.png")
            member.size = len(png.getvalue())
            opened.addfile(member, io.BytesIO(png.getvalue()))
            jpegs.append(jpeg.getvalue())
    ingest = execution.store.ingest_bytes
    model = ingest((package / "grove" / "host" / "model.tflite").read_bytes())
    node = detect_stage(load_target("grove"), models={"model": model}, images=ingest(archive.read_bytes()))
    found = json.loads(execution.run(node).outputs["model.json"].path.read_text())["images"]
    return jpegs, [[printed(row) for row in entry["shown"]] for entry in found]


def printed(row):
    """A person as the firmware prints one."""
    left, top, right, bottom = row["box"]
    box = (round((left + right) / 2), round((top + bottom) / 2), round(right - left), round(bottom - top))
    points = tuple((round(x), round(y), round(100 * v), place) for place, (x, y, v) in enumerate(row["keypoints"]))
    return (*box, round(100 * row["score"]), 0), points


@pytest.fixture
def verify(execution, package, frames, monkeypatch, capsys):
    monkeypatch.setattr("edgecask.cli.session.make_execution", lambda *arguments, **options: execution)

    def call(change=lambda people: people, count=FRAMES):
        jpegs, people = frames
        board = SscmaBoard(GROVE_2025, scene=Scene(images=jpegs, people=[change(each) for each in people]))
        board.start()
        try:
            command.run(command.VerifyBoard(target="grove", output=package, port=board.port, frames=count, json=True))
        finally:
            board.stopped.set()
            call.found = json.loads(capsys.readouterr().out)
        return call.found

    return call


@pytest.mark.extended
def test_the_same_model_is_the_same(verify):
    found = verify()
    assert found["verdict"] == "same" and found["board"]["people"] >= 20 and found["ratio"]["value"] < 2


def moved(people, right):
    return [((x + right, *box), tuple((px + right, *point) for px, *point in points)) for (x, *box), points in people]


def mirrored(people):
    """As if left and right were swapped."""
    order = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
    return [(box, tuple(points[place] for place in order)) for box, points in people]


@pytest.mark.extended
@pytest.mark.parametrize(
    "change",
    [lambda people: moved(people, 2), mirrored, lambda people: []],
    ids=["two-pixels-to-the-right", "left-for-right", "nobody"],
)
def test_whatever_else_differs_is_found(verify, change):
    with pytest.raises(BoardDiffersError, match="more than the pictures' loss"):
        verify(change)
    assert verify.found["verdict"] == "differs"


@pytest.mark.campaign
def test_few_frames_tell_nothing(verify):
    with pytest.raises(UndecidedError, match="Too little to tell .* different frames 3"):
        verify(count=3)


@pytest.mark.extended
def test_boxes_of_a_detector_are_compared_as_well(execution, environment_python, made_once):
    """A network of random weights, whose boxes depend on the picture; the board prints what it finds on the frames."""

    def make(folder):
        script = Path(__file__).with_name("make_seeing_models.py")
        subprocess.run([environment_python("convert"), script, folder], check=True, capture_output=True)

    model = execution.store.ingest(made_once("seeing", make) / "boxes-raw-int8.tflite")
    target = load_target("grove").for_task("detect")
    numbers = numpy.random.default_rng(3)
    pictures = [rectangles(numbers, SIDE, inset=40, sides=(24, 120)) for _ in range(FRAMES)]
    archive, jpegs = io.BytesIO(), []
    with tarfile.open(fileobj=archive, mode="w") as opened:
        for number, picture in enumerate(pictures):
            png, jpeg = io.BytesIO(), io.BytesIO()
            picture.save(png, "PNG")
            picture.save(jpeg, "JPEG", quality=50, subsampling=1)
            member = tarfile.TarInfo(f"{number:03}.png")
            member.size = len(png.getvalue())
            opened.addfile(member, io.BytesIO(png.getvalue()))
            jpegs.append(jpeg.getvalue())
    node = detect_stage(target, models={"model": model}, images=execution.store.ingest_bytes(archive.getvalue()))
    entries = json.loads(execution.run(node).outputs["model.json"].path.read_text())["images"]

    def verdict(change):
        sent = [
            Sent(image=jpeg, people=[change(each) for each in entry["shown"]])
            for jpeg, entry in zip(jpegs, entries, strict=True)
        ]
        return compare(execution, target, sent, model=model, sigmas=(), score=target.nms.score, iou=target.nms.iou)

    same = verdict(lambda each: each)
    assert same["verdict"] == "same" and same["board"]["people"] >= 20
    aside = verdict(
        lambda each: {**each, "box": [each["box"][0] + 4, each["box"][1], each["box"][2] + 4, each["box"][3]]}
    )
    assert aside["verdict"] == "differs" and aside["offset"]["right"]["value"] > 2
    assert verdict(lambda each: {**each, "class": (each["class"] + 1) % 3})["verdict"] == "differs"
