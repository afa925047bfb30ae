"""The nodes of a build: what they are for each target, and what the client looks at between them."""

import pytest
from locations import REPOSITORY
from PIL import Image

from edgecask.build_nodes import (
    CALIBRATION,
    DRAWN_COUNT,
    NO_CALIBRATION,
    QUANTIZED,
    Job,
    device_nodes,
    float_nodes,
    level_nodes,
    plan_calibration,
    prefetch_nodes,
    quantized_nodes,
    sample_nodes_of,
    size_step,
)
from edgecask.common_options import QuantizationOptions
from edgecask.data.weights import Weights
from edgecask.errors import CompileError, ContractError
from edgecask.plan.graph import Graph, Node, Results, Step
from edgecask.store.image_archives import names_in
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
    return [
        *plan_calibration(job, folder=None).nodes, *float_nodes(job), size_step(job),
        *quantized_nodes(job, warn=lambda text: None), *device_nodes(job, vela_config, claimed_granularity=None),
        *sample_nodes_of(job),
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


def test_then_the_pictures_of_a_data_set(make_job, tmp_path):
    folder = folder_of(tmp_path, 2)
    others = [("a.png", folder / "000.png"), ("b.png", folder / "001.png")]
    calibration = plan_calibration(make_job(drawn=True), folder=None, others=others)
    assert calibration.source == "training pictures of the data set" and len(calibration.nodes) == 1


def test_then_what_suits_the_weights(make_job):
    drawn = plan_calibration(make_job(drawn=True), folder=None)
    assert drawn.source == "drawn people" and drawn.nodes[0].parameters["count"] == DRAWN_COUNT
    assert drawn.nodes[1].needed == (drawn.nodes[0].name,) and drawn.notice == ""
    samples = plan_calibration(make_job(), folder=None)
    assert samples.source == "ultralytics samples" and samples.notice == NO_CALIBRATION
    assert samples.nodes[1].needed == (samples.nodes[0].name,)
    for calibration in (drawn, samples):
        assert calibration.nodes[-1].name == CALIBRATION.node


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
    look.run(results_of(quantize=({"refined": refined}, {})))
    assert len(said) == warned


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
    assert level_nodes(make_job(), CONFIG, None) == []
    job = make_job(quantization=QuantizationOptions(compress_weights="max"))
    nodes = level_nodes(job, CONFIG, None)
    assert nodes
    Graph([*nodes_of(job, CONFIG), *nodes])
