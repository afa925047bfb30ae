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


def test_a_campaign_is_told_by_test_and_what_did_not_pass_by_case(tmp_path):
    (tmp_path / "test_toy.py").write_text(TESTS)
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=x.xml", "test_toy.py"]
    subprocess.run(pytest_, cwd=tmp_path, capture_output=True, check=False)
    script = [sys.executable, REPOSITORY / ".ci" / "record.py", "x.xml", "abc"]
    result = json.loads(subprocess.run(script, cwd=tmp_path, capture_output=True, check=True).stdout)
    assert result["commit"] == "abc"
    counts = {
        name: {key: value for key, value in test.items() if key != "seconds"} for name, test in result["tests"].items()
    }
    assert counts == {
        "test_toy.test_many": {"passed": 4, "failure": 1},
        "test_toy.test_skipped": {"skipped": 1},
        "test_toy.test_broken": {"error": 1},
    }  # fmt: skip
    told = {entry["test"]: entry for entry in result["not passed"]}
    assert sorted(told) == ["test_broken", "test_many[3]", "test_skipped"]
    assert "three is bad" in told["test_many[3]"]["reason"] and "not here" in told["test_skipped"]["reason"]
    assert result["recorded"]["test_many[3]"] == {"twice": "6"} and len(result["recorded"]) == 5
