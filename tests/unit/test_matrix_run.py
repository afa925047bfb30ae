"""Toy programs on a real Dask cluster in this process: what is shared runs once, and a failure ends its build alone."""

import time
from dataclasses import replace

import pytest
from local_runner import LocalRunner
from toy_programs import use_pipeline, write_program

from edgecask.errors import CalibrationError
from edgecask.matrix import work
from edgecask.matrix.cluster import DaskCluster, open_cluster
from edgecask.matrix.run import MatrixRun
from edgecask.plan.graph import Graph, Node, Output, Step
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.store import Store

JOIN = """
import time
from pipeline.harness import INPUTS, OUTPUTS, Refused
def run(parameters):
    text = "".join(path.read_text() for path in sorted(INPUTS.iterdir()))
    if parameters.get("refuse"):
        raise Refused("calibration", "These images are no good.", advice="Take others.")
    time.sleep(parameters.get("seconds", 0))
    (OUTPUTS / "out").write_text(text + parameters.get("add", ""))
    return {"length": len(text)}
"""


@pytest.fixture
def join(tmp_path, monkeypatch):
    program = write_program(use_pipeline(tmp_path / "pipeline", monkeypatch), "join", JOIN)

    def make(name, *needs, **parameters):
        inputs = {need: Output(node=need, file="out") for need in needs}
        return Node(name=name, program=program, outputs=("out",), inputs=inputs, parameters=parameters)

    return make


@pytest.fixture
def world(directories):
    """A store and what every stage is run by; `ran` are the stages that really ran."""
    store, ran = Store(directories.store), []

    class Runner(LocalRunner):
        def run(self, environment, stage, destination, say, listener=None):
            ran.append(stage.name)
            return super().run(environment, stage, destination, say, listener)

    def make():
        return Execution(directories=directories, store=store, runner=Runner(directories), display=PlainDisplay())

    work.use(make)
    yield store, ran
    work._maker.clear()


@pytest.fixture
def client():
    with open_cluster("local:2", slots=2, memory_mib=8192, security={}, insecure=False) as made:
        yield made


def matrix(graphs, store, client, **options):
    ended = []
    run = MatrixRun(
        graphs,
        cluster=DaskCluster(client),
        key=lambda stage: stage.key("local"),
        find=store.find,
        ended=lambda number, build: ended.append(number),
        **options,
    )
    return run, run.run(), ended


def text_of(build, name):
    return build.results[name].outputs["out"].path.read_text()


def test_what_builds_share_runs_once(world, client, join):
    store, ran = world
    graphs = [
        Graph([join("first", add="a"), join("second", "first", add=number), join("third", "first", "second")])
        for number in "012"
    ]
    run, builds, ended = matrix(graphs, store, client)
    assert sorted(ran) == ["first", *["second"] * 3, *["third"] * 3]
    assert [text_of(build, "third") for build in builds] == ["aa0", "aa1", "aa2"]
    assert run.counts.stages == 7 and run.counts.shared == 2 and sorted(ended) == [0, 1, 2]


def test_what_comes_out_the_same_cuts_off_what_follows(world, client, join):
    """The node keys differ; the contents do not, and they count."""
    store, ran = world
    graphs = [Graph([join("first", add="a", seconds=number / 100), join("second", "first")]) for number in range(3)]
    matrix(graphs, store, client)
    assert sorted(ran) == ["first", "first", "first", "second"]


def test_a_failure_ends_its_own_build_and_no_other(world, client, join):
    store, ran = world
    seen = []
    graphs = [
        Graph([join("bad", refuse=True), join("never", "bad"), join("slow", seconds=0.2)]),
        Graph([join("good"), Step(name="look", needs=("good",), run=lambda results: seen.append(results["good"]))]),
    ]
    _, builds, ended = matrix(graphs, store, client)
    assert isinstance(builds[0].error, CalibrationError) and builds[0].error.advice == "Take others."
    assert builds[1].error is None and len(seen) == 1 and sorted(ended) == [0, 1]
    assert ran.count("bad") == 1, "what failed for its input's sake is not tried again"
    assert "never" not in ran


def test_builds_with_a_stage_that_no_worker_can_run_end_with_one_line_each(world, client, join):
    """A GPU that no worker offers: an error at once, not an endless wait; the other builds go on."""

    def on_gpu(name, *needs):
        node = join(name, *needs, add="g")
        return replace(node, program=replace(node.program, gpus=True))

    graphs = [Graph([join("a", add="x"), on_gpu("b", "a")]) for _ in range(2)] + [Graph([join("a", add="x")])]
    _, builds, ended = matrix(graphs, world[0], client)
    assert sorted(ended) == [0, 1, 2] and builds[2].error is None
    for build in builds[:2]:
        assert "which none of the cluster's workers offers (1 there)" in build.error.message


def test_a_step_that_fails_ends_its_build(world, client, join):
    def refuse(results):
        raise CalibrationError("No.")

    store, _ = world
    _, builds, _ = matrix([Graph([join("a"), Step(name="x", needs=("a",), run=refuse), join("b")])], store, client)
    assert isinstance(builds[0].error, CalibrationError)


def test_with_fail_fast_the_others_end_too(world, client, join):
    store, ran = world
    graphs = [Graph([join("bad", refuse=True)]), Graph([join("long", seconds=20), join("after", "long")])]
    started = time.monotonic()
    _, builds, ended = matrix(graphs, store, client, fail_fast=True)
    assert builds[1].ended and builds[1].left and builds[1].error is None and sorted(ended) == [0, 1]
    assert "after" not in ran
    work.wait_until_idle()
    assert time.monotonic() - started < 15, "the stage that nobody waits for was stopped"


def test_a_second_run_finds_all_in_the_store(world, client, join):
    store, ran = world
    graphs = [Graph([join("a", add=number), join("b", "a")]) for number in "01"]
    matrix(graphs, store, client)
    ran.clear()
    run, _, _ = matrix(graphs, store, client)
    assert ran == [] and run.counts.from_store == run.counts.stages == 4


def test_stages_run_side_by_side(world, client, join):
    store, _ = world
    started = time.monotonic()
    run, _, _ = matrix([Graph([join("nap", add=number, seconds=1.0)]) for number in "01"], store, client)
    assert time.monotonic() - started < run.counts.seconds, "their times add up to more than what passed"
