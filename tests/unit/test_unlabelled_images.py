"""Images without labels: their parts, and the nodes that look at them."""

import pytest
from locations import REPOSITORY

from edgecask.analysis.unlabelled_images import UnlabelledImages, archives_of, digest_of, found_by, in_parts
from edgecask.plan.graph import Graph, Output, Results
from edgecask.store.image_archives import names_in, pack
from edgecask.store.result import Blob, StageResult
from edgecask.store.store import Store
from edgecask.target.target import load_target

MODEL = Blob(path=REPOSITORY, sha256="1" * 64, size=1)


@pytest.fixture
def archive(directories, tmp_path):
    def make(count):
        for number in range(count):
            (tmp_path / f"{number:03}.png").write_bytes(b"%d" % number)
        named = [(f"{number:03}.png", tmp_path / f"{number:03}.png") for number in range(count)]
        return pack(Store(directories.store), named).archive

    return make


@pytest.mark.parametrize(
    ("count", "cores", "expected"),
    [(5, 8, [5]), (40, 2, [20, 20]), (41, 2, [21, 20]), (80, 8, [20] * 4), (80, 1, [80])],
)
def test_every_core_has_a_part_where_that_pays(directories, archive, count, cores, expected):
    whole = archive(count)
    names = names_in(whole)
    parts = in_parts(Store(directories.store), whole, names, cores=cores)
    assert [len(names_in(part)) for part in parts] == expected
    assert [name for part in parts for name in names_in(part)] == names


def test_the_digest_is_that_of_the_images_however_they_are_divided(directories, archive):
    store, whole = Store(directories.store), archive(50)
    names = names_in(whole)
    assert digest_of([whole]) == digest_of(in_parts(store, whole, names, cores=2))
    assert digest_of([whole]) != digest_of(in_parts(store, whole, names[1:], cores=2))


def test_each_part_is_looked_at_once_by_all_models(directories, archive):
    target = load_target("grove")
    parts = in_parts(Store(directories.store), archive(50), names_in(archive(50)), cores=2)
    nodes = UnlabelledImages(source="here", parts=parts).detect_nodes(target, {"float": MODEL, "int8": MODEL})
    assert [node.name for node in nodes] == ["detect 0", "detect 1"] and {node.line for node in nodes} == {"detect"}
    assert found_by(nodes, "int8") == [Output(node=f"detect {part}", file="int8.json") for part in range(2)]
    Graph(nodes)
    results = Results()
    for node in nodes:
        results.add(node.name, node.stage(results), StageResult(key="k", outputs={}, report={}, toolchain={}))
    assert archives_of(nodes, results) == list(parts)


def test_what_is_known_later_is_settled(archive):
    whole = archive(3)
    images = UnlabelledImages(source="here", needs=("drawn",), settle=lambda results: whole)
    (node,) = images.detect_nodes(load_target("grove"), {"float": MODEL})
    assert node.name == "detect" and node.needed == ("drawn",)
    assert node.stage(Results()).inputs["images.tar"] == whole
