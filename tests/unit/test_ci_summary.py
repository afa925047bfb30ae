import importlib.util
import subprocess
import sys

import pytest

from edgecask.directories import REPOSITORY

SCRIPT = REPOSITORY / ".ci" / "summary.py"
GOOD = "...\n============ 850 passed, 3 skipped, 1 warning in 431.52s (0:07:11) ============\n"
BAD = "noise\n=== short test summary info ===\n== 1 failed, 12 passed, 2 warnings, 1 error in 0.52s ==\n"


@pytest.fixture
def summary():
    specification = importlib.util.spec_from_file_location("ci_summary", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def run(tmp_path, *logs):
    paths = []
    for number, log in enumerate(logs):
        paths.append(tmp_path / f"{number}.log")
        paths[-1].write_text(log)
    return subprocess.run([sys.executable, SCRIPT, *paths], capture_output=True, text=True, check=False)


def test_both_parts_in_pytests_words(tmp_path):
    done = run(tmp_path, GOOD, GOOD)
    assert done.returncode == 0
    assert done.stdout.strip("=\n") == " 1700 passed, 6 skipped, 2 warnings in 863.04s (0:14:23) "


def test_a_failure_in_either_part_counts(tmp_path):
    for logs in ((GOOD, BAD), (BAD, GOOD)):
        done = run(tmp_path, *logs)
        assert done.returncode == 1
        assert done.stdout.strip("=\n") == " 1 failed, 862 passed, 3 skipped, 3 warnings, 1 error in 432.04s (0:07:12) "


@pytest.mark.parametrize("log", ["", "Traceback (most recent call last):\n", "=== no tests ran in 0.01s ==="])
def test_a_run_that_broke_off_is_an_error(tmp_path, log):
    done = run(tmp_path, GOOD, log)
    assert done.returncode == 1 and "1 error" in done.stdout


def test_it_reads_what_this_pytest_writes(summary, tmp_path):
    """Its own line is one that it reads again, and so is that of the pytest that runs here."""
    (tmp_path / "test_x.py").write_text("def test_a(): pass\n\ndef test_b(): assert 0\n")
    written = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    counts, seconds = summary.add_up([written])
    assert counts == {"failed": 1, "passed": 1} and seconds > 0
    again, _ = summary.add_up([summary.summary(counts, seconds) + "\n"])
    assert again == counts
