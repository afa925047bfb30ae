"""A matrix from plans to pages; its stages are run by tests/integration/test_matrix_builds.py."""

import pytest
from matrix_entries import ENTRIES, entry

from edgecask.build_request import BuildRequest
from edgecask.errors import StorageError
from edgecask.matrix.combinations import Combination
from edgecask.matrix.matrix import Matrix, copy_best, plan_all, run_matrix, write_pages
from edgecask.progress import PlainDisplay
from edgecask.store.store import Store


class NoCluster:
    """Nothing is submitted to it."""

    def done(self):
        return iter(())


def test_what_cannot_be_planned_is_an_entry_with_its_reason(directories, tmp_path, capsys):
    planned = plan_all(
        [Combination(name="one", values={"target": "nowhere", "image_size": 96})],
        make_request=lambda each: BuildRequest(**each.values),
        directories=directories,
        store=Store(directories.store),
        display=PlainDisplay(),
    )
    found = run_matrix(
        planned, cluster=NoCluster(), runner=None, store=Store(directories.store), directories=directories,
        folder=tmp_path / "dist" / "matrix", display=PlainDisplay(),
    )  # fmt: skip
    (only,) = found.entries
    assert only.state == "failed" and only.exit_code == 10 and only.error.startswith("There is no target")
    assert only.target == "nowhere" and only.imgsz == 96 and found.failed == [only]
    assert sorted(path.name for path in found.folder.iterdir()) == ["index.html", "matrix.csv", "matrix.json"]
    assert "one failed: There is no target" in capsys.readouterr().out


def test_pages_are_not_written_where_they_cannot_be(tmp_path):
    (tmp_path / "matrix").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written"):
        write_pages(tmp_path / "matrix", ENTRIES, best=None)


def test_the_best_is_copied_out_under_its_own_name(tmp_path):
    package = tmp_path / "matrix" / "one" / "grove"
    package.mkdir(parents=True)
    (package / "manifest.json").write_text("{}")
    matrix = Matrix(folder=tmp_path / "matrix", entries=[entry("one")], best="one")
    for _ in range(2):  # the second takes the place of the first
        place = copy_best(matrix, tmp_path)
        assert place == tmp_path / "one" / "grove"
        assert [path.name for path in sorted(place.parent.iterdir())] == ["grove"]
        assert (place / "manifest.json").read_text() == "{}"
