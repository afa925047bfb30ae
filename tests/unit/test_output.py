"""A data set's folder is replaced as a whole, and what is not edgecask's is left alone."""

import pytest

from edgecask.data.output import DESCRIPTION, refuse_occupied, replacing
from edgecask.errors import UsageError

MARK = "# made by a toy\n"


def fill(folder, text=MARK, **more):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {DESCRIPTION: text, **more}.items():
        (folder / name).write_text(content)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "an earlier one"])
def test_a_data_set_takes_its_place(tmp_path, before):
    output = tmp_path / "more" / "data"
    if before == "an empty folder":
        output.mkdir(parents=True)
    elif before == "an earlier one":
        fill(output, old="old")
    with replacing(output, MARK) as fresh:
        fill(fresh, new="new")
        assert fresh != output
    assert names(output) == [DESCRIPTION, "new"] and names(tmp_path / "more") == ["data"]


def test_a_failure_leaves_the_earlier_one(tmp_path):
    output = tmp_path / "data"
    fill(output, old="old")
    with pytest.raises(ZeroDivisionError), replacing(output, MARK) as fresh:
        fill(fresh, new="new")
        raise ZeroDivisionError
    assert names(output) == [DESCRIPTION, "old"] and names(tmp_path) == ["data"]


@pytest.mark.parametrize("description", ["names: [person]\n", b"\xff\xfe", None, "a file"])
def test_something_else_is_left_alone(tmp_path, description):
    output = tmp_path / "data"
    if description == "a file":
        output.write_text("mine")
    else:
        fill(output, mine="mine")
        if description is None:
            (output / DESCRIPTION).unlink()
        else:
            content = description if isinstance(description, bytes) else description.encode()
            (output / DESCRIPTION).write_bytes(content)
    before = output.read_text() if output.is_file() else names(output)
    for attempt in (lambda: refuse_occupied(output, MARK), lambda: replacing(output, MARK).__enter__()):
        with pytest.raises(UsageError, match="something else than a data set"):
            attempt()
    assert (output.read_text() if output.is_file() else names(output)) == before


def test_a_folder_of_an_earlier_release_is_replaced(tmp_path):
    output = tmp_path / "made"
    fill(output, "# made by an older toy\n")
    with replacing(output, MARK, "# made by an older toy") as fresh:
        fill(fresh)
    assert (output / "data.yaml").read_text().startswith(MARK)
