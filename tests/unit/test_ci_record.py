import json
import subprocess
import sys

from edgecask.directories import REPOSITORY

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(5))
def test_many(number, record_property):
    record_property("twice", 2 * number)
    assert number != 3, "three is bad"

def test_skipped():
    pytest.skip("not here")

@pytest.fixture
def broken():
    raise RuntimeError("no fixture")

def test_broken(broken): pass
"""


def campaign(folder, *arguments):
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=x.xml", "test_toy.py"]
    subprocess.run([*pytest_, *arguments], cwd=folder, capture_output=True, check=False)
    return [sys.executable, REPOSITORY / ".ci" / "record.py", "x.xml"]


def result(command, *arguments, folder):
    return json.loads(subprocess.run([*command, *arguments], cwd=folder, capture_output=True, check=True).stdout)


def test_each_case_is_told_with_its_commit(tmp_path):
    (tmp_path / "test_toy.py").write_text(TESTS)
    told = result(campaign(tmp_path), "abc", folder=tmp_path)
    outcomes = {name.removeprefix("test_toy."): case["outcome"] for name, case in told.items()}
    assert outcomes == {
        **{f"test_many[{number}]": "passed" for number in (0, 1, 2, 4)},
        "test_many[3]": "failure", "test_skipped": "skipped", "test_broken": "error",
    }  # fmt: skip
    assert {case["commit"] for case in told.values()} == {"abc"}
    assert "three is bad" in told["test_toy.test_many[3]"]["reason"]
    assert "not here" in told["test_toy.test_skipped"]["reason"] and "reason" not in told["test_toy.test_many[1]"]
    assert told["test_toy.test_many[3]"]["twice"] == "6"


def test_a_part_replaces_its_own_cases_alone(tmp_path):
    (tmp_path / "test_toy.py").write_text(TESTS)
    whole = result(campaign(tmp_path), "abc", "none.json", folder=tmp_path)
    (tmp_path / "earlier.json").write_text(json.dumps(whole))
    (tmp_path / "test_toy.py").write_text(TESTS.replace("number != 3", "number != 7"))
    joined = result(campaign(tmp_path, "-k", "many and 3"), "def", "earlier.json", folder=tmp_path)
    assert joined.keys() == whole.keys() and list(joined) == sorted(joined)
    changed = {name for name in whole if joined[name] != whole[name]}
    assert changed == {"test_toy.test_many[3]"}
    assert (joined["test_toy.test_many[3]"]["outcome"], joined["test_toy.test_many[3]"]["commit"]) == ("passed", "def")
