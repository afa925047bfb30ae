"""The list of images that a registry has; pushing and pulling is in tests/integration/test_registry_images.py."""

import json

import pytest

from edgecask.cli.images import Images
from edgecask.errors import EnvironmentBuildError, UsageError
from edgecask.runner.container.registry import as_text, read_list

DIGEST = "sha256:" + "1" * 64
LIST = {
    "schema": 1,
    "base": {
        "kind": "bootstrap", "image": "debian:bookworm", "identity": DIGEST, "packages": {"bash:amd64": "5"},
        "reference": f"localhost:5000/team/base@{DIGEST}",
    },
    "images": {"vela": f"localhost:5000/team/vela@{DIGEST}"},
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def call(table):
        path = tmp_path / "images.json"
        path.write_text(table if isinstance(table, str) else json.dumps(table))
        return path

    return call


def test_what_is_written_is_read(write):
    found = read_list(write(LIST))
    assert found.images == LIST["images"] and found.base.packages == {"bash:amd64": "5"}
    assert json.loads(as_text(found)) == LIST


@pytest.mark.parametrize(
    "table",
    [
        "", "[]", "null", "[" * 100_000, LIST | {"schema": 2}, LIST | {"base": {}}, LIST | {"images": {"vela": 1}},
        LIST | {"images": {"vela": "localhost:5000/team/vela:latest"}},
        LIST | {"images": {"vela": f"localhost:5000/te am@{DIGEST}"}},
        LIST | {"images": {"vela": f"-x\n@{DIGEST}"}},
    ],
)  # fmt: skip
def test_what_is_no_list_is_one_line(write, table):
    with pytest.raises(EnvironmentBuildError, match="is no list of images"):
        read_list(write(table))


def test_a_list_that_is_not_there_says_how_to_write_it(tmp_path):
    with pytest.raises(EnvironmentBuildError, match="--push=REGISTRY/PATH"):
        read_list(tmp_path / "none.json")


@pytest.mark.parametrize("place", ["https://registry.example/team", "ann:secret@registry.example/team", "team", "/"])
def test_a_place_that_is_no_registry_with_a_path_is_refused(place):
    with pytest.raises(UsageError, match="--push"):
        Images(push=place)


def test_only_one_way_at_once():
    with pytest.raises(UsageError, match="exclude each other"):
        Images(push="registry.example/team", pull=True)
