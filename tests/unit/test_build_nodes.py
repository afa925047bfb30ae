"""The nodes of a build: what they are for each target, and what the client looks at between them."""

import json

import pytest
from locations import REPOSITORY

from edgecask.analysis.unlabelled_images import UnlabelledImages
from edgecask.build_nodes import (
    LOOK_AT_AGREEMENT,
    QUANTIZED,
    device_nodes,
    float_nodes,
    level_nodes,
    prefetch_nodes,
    quantized_nodes,
    size_step,
    unlabelled_nodes,
)
from edgecask.calibration_nodes import DRAWN_COUNT, Job, plan_calibration
from edgecask.common_options import QuantizationOptions
from edgecask.data.weights import Weights
from edgecask.errors import AgreementError, CompileError, ContractError
from edgecask.plan.graph import Graph, Node, Results, Step
from edgecask.plan.model_stages import LEVEL_BITS
from edgecask.store.image_archives import pack
from edgecask.store.result import Blob, StageResult
from edgecask.store.store import Store
from edgecask.target.target import load_target, target_names

DATA = REPOSITORY / "tests" / "data"
CONFIG = Blob(path=DATA, sha256="1" * 64, size=1)


@pytest.fixture
def make_job(directories):
    def make(target="grove", *, quantization=None, **weights):
        store = Store(directories.store)
        loaded = load_target(target)
        if quantization is not None:
            loaded = loaded.quantized_as(quantization)
        return Job(
            store=store, target=loaded, image_size=loaded.model.default_image_size,
            weights=Weights(path=DATA / "raw.tflite", label="best.pt", **weights),
            weights_blob=store.ingest(DATA / "raw.tflite"),
        )  # fmt: skip

    return make


def results_of(**named):
    """Results as nodes would have left them."""
    results = Results()
    for name, (report, outputs) in named.items():
        results.add(name, None, StageResult(key="k", outputs=outputs, report=report, toolchain={}))
    return results


def step(members, name):
    (found,) = [member for member in members if isinstance(member, Step) and member.name == name]
    return found


def nodes_of(job, vela_config):
    calibration = plan_calibration(job, folder=None)
    return [
        *calibration.nodes, *float_nodes(job), size_step(job), *quantized_nodes(job, warn=lambda text: None),
        *device_nodes(job, vela_config, claimed_granularity=None), *unlabelled_nodes(job, calibration.judging),
    ]  # fmt: skip


@pytest.mark.parametrize("name", target_names())
def test_every_target_has_a_whole_graph(make_job, name):
    job = make_job(name)
    npu = job.target.compile is not None
    graph = Graph(nodes_of(job, CONFIG if npu else None))  # which raises where something is needed that nobody makes
    names = {node.name for node in graph.nodes}
    assert {"export", "convert", "prepare", "quantize"} <= names
    assert ("compile" in names) == ("figures" in names) == npu
    assert ("arena" in names) == (job.target.memory.arena == "tflite-micro")
    order = list(graph.members)
    assert order.index("export") < order.index("look at size") and order.index("quantize") < order.index("check")
    for name in ("compile", "arena"):
        assert name not in names or order.index(name) < order.index("check")


def test_the_nodes_keys_change_with_the_weights_alone_where_they_matter(make_job, tmp_path):
    job = make_job()
    other = Job(**{name: getattr(job, name) for name in ("store", "target", "image_size", "weights")},
                weights_blob=job.store.ingest_bytes(b"other weights"))  # fmt: skip
    first, second = (Graph(nodes_of(each, CONFIG)).keys(lambda environment: "e") for each in (job, other))
    same = {name for name in first if first[name] == second[name]}
    assert {"samples", "prepare"} <= same and not {"export", "convert", "quantize", "compile"} & same


def test_the_programs_errors_have_the_users_name_of_the_weights(make_job):
    export, _ = float_nodes(make_job())
    assert export.names == {"{weights}": "best.pt"}


def test_a_network_that_cannot_fit_is_refused_before_it_is_converted(make_job):
    look = size_step(make_job())
    assert look.needs == ("export",)
    look.run(results_of(export=({"weights": 3_000_000, "weight_entropy_bytes": 2_000_000}, {})))
    with pytest.raises(ContractError, match=r"best\.pt is too large for grove"):
        look.run(results_of(export=({"weights": 40_000_000, "weight_entropy_bytes": 30_000_000}, {})))


@pytest.mark.parametrize(("refined", "notice", "warned"), [(True, "", 0), (False, "", 1), (False, "untrained", 0)])
def test_ranges_that_could_not_be_refined_are_told_once(make_job, refined, notice, warned):
    said = []
    look = step(quantized_nodes(make_job(notice=notice), warn=said.append), "look at ranges")
    look.run(results_of(ranges=({"refined": refined, "not_described": ""}, {})))
    assert len(said) == warned


def test_a_network_that_rounding_does_not_know_is_rounded_to_the_nearest_and_it_is_told(make_job):
    said = []
    nodes = quantized_nodes(make_job(), warn=said.append)
    results = results_of(ranges=({"refined": True, "not_described": "operators LEAKY_RELU"}, {}))
    step(nodes, "look at ranges").run(results)
    assert said == ["the network has operators LEAKY_RELU: its weights are rounded to the nearest code"]
    members = {node.name: node for node in nodes}
    assert members["round"].settle(results) is None
    assert not members["quantize"].settle(results).inputs  # it stays as it is


def checked(job, model, *, cpu_operators=()):
    members = device_nodes(job, CONFIG, claimed_granularity=None)
    compiled = {"model.tflite": job.store.ingest(DATA / model)}
    quantized = {QUANTIZED.file: job.store.ingest(DATA / "raw.tflite")}
    metrics = {"metrics": {"cpu_ops": len(cpu_operators)}, "cpu_operators": list(cpu_operators)}
    results = results_of(quantize=({}, quantized), compile=(metrics, compiled))
    return step(members, "check").run(results)


def test_what_is_checked_is_the_model_for_the_device(make_job):
    model, report = checked(make_job(), "raw_vela.tflite")
    assert model.npu and report.target == "grove" and not report.failures
    with pytest.raises(ContractError):
        checked(make_job(), "raw.tflite")
    with pytest.raises(CompileError, match="1 operators stay on the CPU.*SOFTMAX"):
        checked(make_job(), "raw_vela.tflite", cpu_operators=["SOFTMAX"])


def test_the_second_file_is_compiled_within_the_arena_that_is_left(make_job):
    job = make_job()
    node, look = prefetch_nodes(job, CONFIG)
    limit = job.target.prefetch_limit_kib(job.image_size)
    assert isinstance(node, Node) and node.name == "prefetch" and node.stage_name == "compile"
    assert node.parameters["prefetch_bytes"] == int(limit * 1024) and set(look.needs) == {"compile", "prefetch"}
    assert prefetch_nodes(make_job("xiao"), CONFIG) == []


def test_other_levels_are_built_where_one_was_asked_for(make_job):
    assert level_nodes(make_job(), CONFIG, None, UnlabelledImages()) == []
    for drawn in (False, True):
        job = make_job(quantization=QuantizationOptions(rounding="nearest", compress_weights="smallest"), drawn=drawn)
        nodes = level_nodes(job, CONFIG, None, plan_calibration(job, folder=None).judging)
        graph = Graph([*nodes_of(job, CONFIG), *nodes])
        measured = {name for name in graph.members if name.startswith("agreement ")}
        assert measured == ({"agreement off", "agreement smaller"} if drawn else set())


def test_without_labels_the_float_model_judges_where_there_are_images(make_job):
    job = make_job(drawn=True)
    judging = plan_calibration(job, folder=None).judging
    nodes = unlabelled_nodes(job, judging)
    graph = Graph([*nodes_of(job, CONFIG)])
    assert graph.members["agreement"].needed == ("detect", "export")
    assert graph.members["agreement"].stage_name in ("", "agreement")
    (look,) = [node for node in nodes if node.name == LOOK_AT_AGREEMENT]
    assert look.needs == ("agreement", "export")
    found = {"images": 12, "people": 9, "AP": 0.8, "interval": [0.7, 0.9]}
    models = {"convert": ({}, {"float.tflite": CONFIG}), "quantize": ({}, {"model.tflite": CONFIG})}
    detect = nodes[0].stage(results_of(**models, **{"demo data": ({}, {"data.tar": images(job.store)})}))
    results = results_of(
        export=({"keypoints": 5}, {}),
        agreement=({}, {"agreement.json": job.store.ingest_bytes(json.dumps(found).encode())}),
    )
    results.add("detect", detect, StageResult(key="k", outputs={}, report={}, toolchain={}))
    table = look.run(results)
    assert table["AP"] == 0.8 and table["data"]["images"] == 12 and "1/5 each" in table["data"]["sigmas"]
    assert table["data"]["source"] == "held out from calibration"
    strict = step(unlabelled_nodes(job, judging, min_agreement=80.5), LOOK_AT_AGREEMENT)
    with pytest.raises(AgreementError, match=r"by 80\.0 points.*asks for 80\.5"):
        strict.run(results)


def images(store):
    """An archive as `demo data` draws it: pictures, and their labels."""
    with store.temporary() as folder:
        for number in range(DRAWN_COUNT):
            (folder / f"{number}").write_bytes(b"%d" % number)
        named = [(f"images/{number:02}.jpg", folder / f"{number}") for number in range(DRAWN_COUNT)]
        return pack(store, [*named, ("labels/00.txt", folder / "0")]).archive


def test_where_nothing_can_be_held_out_it_is_said_and_no_minimum_is_taken(make_job):
    job = make_job()
    judging = plan_calibration(job, folder=None).judging
    nodes = unlabelled_nodes(job, judging)
    assert "agreement" not in {node.name for node in nodes} and "two photographs" in judging.reason
    assert step(nodes, LOOK_AT_AGREEMENT).run(None) == {"reason": judging.reason}
    with pytest.raises(AgreementError, match="no agreement to hold against --min-agreement: .*two photographs"):
        unlabelled_nodes(job, judging, min_agreement=50)


def test_by_sensitivity_levels_share_the_search(make_job):
    """What is dear is asked for once; a level is written from it."""
    parameters = {}
    for level in ("smaller", "smallest"):
        graph = Graph(nodes_of(make_job(quantization=QuantizationOptions(compress_weights=level)), CONFIG))
        order = list(graph.members)
        assert order.index("ranges") < order.index("round") < order.index("quantize") < order.index("check")
        parameters[level] = graph.members["round"].parameters
        weights = {"weights.npz": CONFIG}
        written = graph.members["quantize"].settle(results_of(round=({}, weights)))
        assert written.parameters == {"level": {"smaller": 1, "smallest": 2}[level]} and written.inputs == weights
    assert parameters["smaller"] == parameters["smallest"]
    assert len(parameters["smaller"]["levels"]) == len(LEVEL_BITS)
    fine = Graph(nodes_of(make_job(), CONFIG)).members["round"].parameters["levels"]
    assert fine == [LEVEL_BITS[0]]  # nothing judges: it is the finest in any case
    settled = graph.members["round"].settle(
        results_of(export=({"keypoints": 4}, {}), ranges=({"not_described": ""}, {}))
    )
    assert settled.parameters == {"sigmas": [0.25] * 4}
    raw = make_job("xiao", quantization=QuantizationOptions(rounding="sensitivity"))
    (found,) = [node for node in nodes_of(raw, None) if node.name == "round"]
    assert found.parameters["levels"] == [8.0]  # it reads bytes, however few bits they hold
