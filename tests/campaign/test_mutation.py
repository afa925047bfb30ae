"""Mutation: the unit tests of a module find small faults put into it.

Of each module that has a file of tests of its name, some mutants are drawn by a fixed seed and put into a copy of the
repository; then its file of tests runs there. The share that is found is held to a floor, and stands with those that
were not found in benchmarks/campaign.json.
"""

import os
import random
import shutil
import subprocess
import sys
import zlib

import pytest
from campaign.mutants import mutants
from locations import REPOSITORY

UNIT = REPOSITORY / "tests" / "unit"
MODULES = {
    "edgecask/data/label_files.py": "test_label_files.py",
    "edgecask/data/coco_format.py": "test_coco_format.py",
    "edgecask/data/ground_truth.py": "test_ground_truth.py",
    "edgecask/file_kinds.py": "test_file_kinds.py",
    "edgecask/firmware/himax.py": "test_himax.py",
    "edgecask/firmware/sscma.py": "test_sscma.py",
    "edgecask/firmware/st.py": "test_st.py",
    "edgecask/firmware/flash/acknowledgements.py": "test_acknowledgements.py",
    "edgecask/plan/explain.py": "test_explain.py",
    "edgecask/plan/graph.py": "test_graph.py",
    "edgecask/store/garbage.py": "test_garbage.py",
    "edgecask/store/record.py": "test_record.py",
    "edgecask/target/acceptance.py": "test_acceptance.py",
    "edgecask/target/class_count.py": "test_class_count.py",
    "edgecask/target/contract.py": "test_contract.py",
    "edgecask/target/memory_rules.py": "test_memory_rules.py",
    "edgecask/target/npu_payload.py": "test_npu_payload.py",
    "edgecask/target/npu_rules.py": "test_npu_rules.py",
    "edgecask/target/operator_rules.py": "test_operator_rules.py",
    "pipeline/heads/pose_decode.py": "test_pose_decode.py",
    "pipeline/shared/overlap.py": "test_overlap.py",
    "pipeline/shared/roundings.py": "test_suppression.py",
    "pipeline/shared/std_sort.py": "test_std_sort.py",
    "pipeline/shared/suppression.py": "test_suppression.py",
}
"""Where edgecask says what a firmware, a file or a key is: a fault here is a claim that is not true."""
DRAWN = 12
FLOOR = 0.75
"""Some mutants change nothing that can be seen (a default that every caller gives, a bound that is never met)."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the repository to put mutants into."""
    folder = tmp_path_factory.mktemp("mutation") / "edgecask"
    left_out = shutil.ignore_patterns(".git", ".venv", "dist", "__pycache__", ".hypothesis", "node_modules")
    shutil.copytree(REPOSITORY, folder, ignore=left_out, symlinks=True)
    return folder


def is_found(copy, test: str) -> bool:
    """Whether the file of tests fails in the copy, or hangs."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/unit/{test}"]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTEST_XDIST_WORKER": "", "PYTEST_ADDOPTS": ""}
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return True
    assert done.returncode in (0, 1, 2), done.stdout.decode()[-2000:]
    return done.returncode != 0


@pytest.mark.campaign
@pytest.mark.parametrize("module", MODULES)
def test_small_faults_are_found(copy, module, record_property):
    path, test = copy / module, MODULES[module]
    source = path.read_text()
    assert not is_found(copy, test), "the tests fail without a mutant"
    every = list(mutants(source))
    drawn = random.Random(zlib.crc32(module.encode())).sample(every, min(DRAWN, len(every)))
    missed = []
    for change, text in drawn:
        path.write_text(text)
        if not is_found(copy, test):
            missed.append(change)
    path.write_text(source)
    record_property("mutants", len(drawn))
    record_property("missed", "; ".join(missed))
    assert len(missed) <= (1 - FLOOR) * len(drawn), missed


def test_each_kind_of_mutant_is_made_once():
    source = "def f(a: int = 1) -> bool:\n    if not a < 2 and a * 3:\n        raise ValueError(4)\n    return True\n"
    found = list(mutants(source))
    assert [change for change, _ in found] == [
        "line 1: 1 becomes 2",
        "line 2: And becomes Or",
        "line 2: not is gone",
        "line 2: Lt becomes LtE",
        "line 2: 2 becomes 3",
        "line 2: Mult becomes FloorDiv",
        "line 2: 3 becomes 4",
        "line 4: a result is lost",
        "line 4: True becomes False",
    ]
    assert len({text for _, text in found}) == len(found)
    assert all("raise ValueError(4)" in text for _, text in found)
