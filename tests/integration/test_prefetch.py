"""Weights brought ahead: every output byte is that of Vela's own schedule, however late the chip is."""

from __future__ import annotations

import functools
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy
import pytest
from locations import REPOSITORY
from recording import RecordingDisplay

from edgecask.analysis.timeline import read_timeline
from edgecask.build import BuildRequest, build
from edgecask.errors import CompileError
from edgecask.plan import model_stages as stages
from edgecask.plan.graph import Graph, Output
from edgecask.plan.plot_stages import TIMELINE
from edgecask.runner.container.runner import DockerRunner
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

HERE = Path(__file__).parent
extended = functools.partial(pytest.param, marks=pytest.mark.extended)
SIZE = 96


@pytest.fixture(scope="module")
def make(session_directories, tmp_path_factory):
    def make(**chosen):
        return build(
            BuildRequest(
                target="grove",
                weights="demo",
                image_size=SIZE,
                rounding="nearest",
                output=tmp_path_factory.mktemp("dist"),
                **chosen,
            ),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )

    return make


@pytest.fixture(scope="module")
def package(make):
    return make()


@pytest.fixture(scope="module")
def simulate(environment_python, tmp_path_factory):
    """The outputs of a compiled file on some random pictures, and what was said of its commands."""
    folder = tmp_path_factory.mktemp("simulated")
    inputs = folder / "inputs.npy"
    numpy.save(inputs, numpy.random.default_rng(0).integers(-128, 128, (2, SIZE, SIZE, 3)).astype(numpy.int8))

    @functools.cache
    def run(model, late):
        output = folder / f"{model.stem}-{late}.npz"
        command = [
            environment_python("vela"),
            HERE / "run_on_simulated_npu.py",
            REPOSITORY,
            model,
            inputs,
            output,
            late,
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return numpy.load(output), json.loads(ran.stdout)

    return run


@pytest.mark.parametrize("late", ["both", *map(extended, ["nothing", "transfers", "kernels"])])
def test_every_byte_is_that_of_velas_own_schedule(package, simulate, late):
    expected, _ = simulate(package.folder / "model.tflite", "nothing")
    found, said = simulate(package.folder / "model-prefetch.tflite", late)
    assert sorted(found.files) == sorted(expected.files) and len(found.files) == 7
    for name in expected.files:
        assert numpy.array_equal(found[name], expected[name]), name
    assert any(len(numpy.unique(expected[name])) > 16 for name in expected.files)  # they say something
    assert said["hazards"] == 0 and said["pairs"] > 20


@pytest.mark.extended
@pytest.mark.parametrize("macs", [128, 256])
def test_it_holds_for_larger_chips(macs, package, simulate, execution, tmp_path):
    """They keep tables while convolutions run, have more memory of their own, and multiply in other blocks."""
    target = load_target("grove")
    chosen = msgspec.structs.replace(target.compile, accelerator=f"ethos-u55-{macs}")
    other = msgspec.structs.replace(target, compile=chosen)
    model = package.results["quantize"].outputs["model.tflite"]
    config = execution.store.ingest(target.vela_config)
    files, reports = [], []
    for name, prefetch_bytes in (("own", None), ("ahead", 900 * 1024)):
        node = stages.compile_stage(other, model=model, vela_config=config, prefetch_bytes=prefetch_bytes)
        result = execution.run(node)
        reports.append(result.report)
        files.append(tmp_path / f"{name}-{macs}.tflite")
        files[-1].write_bytes(result.outputs["model.tflite"].path.read_bytes())
    assert reports[1]["prefetch"] == {"possible": True}
    assert reports[1]["metrics"]["timeline_ms"] < reports[0]["metrics"]["timeline_ms"]
    (expected, _), (found, said) = simulate(files[0], "nothing"), simulate(files[1], "both")
    assert all(numpy.array_equal(found[name], expected[name]) for name in expected.files) and said["hazards"] == 0


@pytest.mark.extended
def test_every_wait_that_is_dropped_is_found_or_was_implied(package, environment_python):
    """Each in turn: without it two commands are in each other's way, or another wait says as much."""
    script = HERE / "drop_waits.py"
    command = [environment_python("vela"), script, REPOSITORY, package.folder / "model-prefetch.tflite"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["kept"] == 0 and found["waits"] > 50
    assert found["missed"] == [] and found["caught"] > 0.5 * found["waits"]
    assert found["waits"] == sum(found[name] for name in ("caught", "wider", "apart", "implied"))
    assert found["wider"] < 0.05 * found["waits"]


@pytest.mark.campaign
@pytest.mark.parametrize("target", ["grove", "grove-himax"])
def test_every_wait_of_real_files_that_is_dropped_is_found(
    target, shared, session_directories, environment_python, tmp_path
):
    """The same for real weights, in much memory and in little, for both files of a package."""
    package = build(
        BuildRequest(target=target, weights=str(shared / "models" / "yolov8n-pose-real.pt"), output=tmp_path),
        directories=session_directories,
        runner=VirtualEnvironmentRunner(session_directories),
        display=RecordingDisplay(),
    )
    for name in ("model.tflite", "model-prefetch.tflite"):
        command = [environment_python("vela"), HERE / "drop_waits.py", REPOSITORY, package.folder / name]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        found = json.loads(ran.stdout)
        assert found["kept"] == 0 and found["missed"] == [] and found["caught"] > 50, name
        assert found["waits"] == sum(found[kind] for kind in ("caught", "wider", "apart", "implied")), name


@pytest.mark.campaign
@pytest.mark.parametrize("target", ["grove", "grove-himax"])
def test_both_files_of_real_weights_are_the_same_in_both_runners_and_from_run_to_run(
    target, shared, engine_or_skip, session_directories, tmp_path
):
    made = []
    for number, runner in enumerate((VirtualEnvironmentRunner, DockerRunner, VirtualEnvironmentRunner)):
        directories = replace(session_directories, store=tmp_path / f"store{number}")  # nothing is there already
        package = build(
            BuildRequest(
                target=target,
                weights=str(shared / "models" / "yolov8n-pose-real.pt"),
                output=tmp_path / f"dist{number}",
            ),
            directories=directories,
            runner=runner(directories),
            display=RecordingDisplay(),
        )
        made.append([(package.folder / name).read_bytes() for name in ("model.tflite", "model-prefetch.tflite")])
    assert made[0] == made[1] == made[2]
    assert made[0][0] != made[0][1]


def test_the_package_tells_both_and_the_second_is_faster(package):
    manifest = package.manifest
    prefetch = manifest["prefetch"]
    # No order of the same commands is faster than the flash is busy: most of what is above that is gone.
    own, ahead = manifest["metrics"]["timeline_ms"], prefetch["metrics"]["timeline_ms"]
    busy = package.results["compile"].report["timeline"]["transfer_ms"]
    assert own - ahead > 0.5 * (own - busy) > 0
    # Vela's estimate knows nothing of tables that cannot hide, nor of slices' own starts: it says a little less.
    assert 1.0 < manifest["metrics"]["timeline_ms"] / manifest["metrics"]["npu_ms"] < 1.1
    content = (package.folder / prefetch["file"]).read_bytes()
    assert len(content) == prefetch["bytes"]
    model = read_model(package.folder / prefetch["file"])
    assert [operator.name for operator in model.operators] == ["ETHOS_U"]
    outputs = [(output.name, output.shape, output.scale) for output in model.outputs]
    assert outputs == [(output["name"], tuple(output["shape"]), output["scale"]) for output in manifest["outputs"]]


@pytest.mark.extended
def test_the_timeline_of_a_file_is_that_of_its_build_and_can_be_drawn(package, execution):
    """Out of the file alone, as `edgecask timeline` does it; every span lies within the time that it all takes."""
    target = load_target("grove")
    store = execution.store
    node = stages.timeline_stage(
        target, model=store.ingest(package.folder / "model.tflite"), vela_config=store.ingest(target.vela_config)
    )
    drawing = replace(
        TIMELINE,
        inputs={"model.json": Output(node="timeline", file="timeline.json")},
        parameters={"timelines": [["model", "a <title>"]], "strips": 4},
    )
    results = execution.run_graph(Graph([node, drawing]))
    text = results["timeline"].outputs["timeline.json"].path.read_text()
    found, spans = read_timeline(text), json.loads(text)["spans"]
    assert found.total == package.manifest["metrics"]["timeline_ms"]
    assert found.waiting == pytest.approx(sum(wait.length for wait in found.waits), abs=0.01)
    assert all(0 <= start < end <= found.total + 0.001 for _, _, start, end, _ in spans)
    assert sum(found.transferred.values()) > 0.9 * sum(size for *_, size in spans)
    images = results[TIMELINE.name].outputs
    root = ElementTree.fromstring(images["timeline.svg"].path.read_text())
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and "a <title>" in "".join(root.itertext())
    for width in ("wide", "narrow"):
        html = images[f"timeline-{width}.svg"].path.read_text()
        assert html.startswith("<svg ") and "var(--multiplying)" in html and "#0102" not in html


@pytest.mark.extended
def test_less_memory_is_kept_to_and_takes_longer(make, package):
    before = package.manifest
    limit = int(before["metrics"]["sram_kib"]) + 8
    tight = make(sram_limit=limit).manifest["prefetch"]
    assert tight["metrics"]["sram_kib"] <= limit
    assert tight["metrics"]["timeline_ms"] >= before["prefetch"]["metrics"]["timeline_ms"]


def test_less_memory_than_the_model_needs_is_an_error(make):
    with pytest.raises(CompileError, match=r"--sram-limit=8 KiB is less than the [\d.]+ KiB that the model needs"):
        make(sram_limit=8)


@pytest.mark.extended
def test_without_it_the_model_is_the_same_file(make, package):
    plain = make(prefetch=False)
    assert "prefetch" not in plain.manifest
    assert not (plain.folder / "model-prefetch.tflite").exists()
    assert (plain.folder / "model.tflite").read_bytes() == (package.folder / "model.tflite").read_bytes()
