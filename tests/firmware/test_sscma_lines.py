"""What the simulated boards print, against SSCMA-Micro's own code for it: compiled here where a clone is at hand.

tests/data/sscma-lines.json is what that printed once (EDGECASK_RECORD=1 writes it again); everywhere else
tests/unit/test_sscma_board.py holds the simulated boards to it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from locations import REPOSITORY
from test_against_sources import source, tool

pytestmark = pytest.mark.extended
SSCMA = ("SSCMA-Micro", "3de7983")
RECORD = REPOSITORY / "tests" / "data" / "sscma-lines.json"
NAMES = ("people", "nobody", "model", "algorithm", "resolution", "quoted", "crc16_maxim")


def function(text: str, head: str) -> str:
    """A function of a C++ file from its head to the brace in the first column."""
    found = re.search(rf"^{head}.*?^}}\n", text, re.MULTILINE | re.DOTALL)
    assert found, head
    return found[0]


def extracted(utility: str) -> str:
    """What of sscma/utility.hpp turns results into text."""
    begin, end = utility.index("namespace string_concat {"), utility.index("using namespace string_concat;")
    heads = (
        r"decltype\(auto\) quoted\(",
        r"decltype\(auto\) model_info_2_json_str\(",
        r"decltype\(auto\) results_2_json_str\(const std::forward_list<el_keypoint_t>",
        r"decltype\(auto\) img_res_2_json_str\(",
        r"decltype\(auto\) algorithm_info_2_json_str\(",
    )
    return (
        utility[begin:end] + "using namespace string_concat;\n" + "\n".join(function(utility, head) for head in heads)
    )


def test_the_record_is_what_the_firmware_prints(tmp_path):
    compiler = tool("g++")
    (tmp_path / "core").mkdir()
    for path in ("core/el_types.h", "core/el_compiler.h"):
        (tmp_path / path).write_bytes(source(SSCMA, path))
    info = source(SSCMA, "core/algorithm/el_algorithm_base.h").decode()
    struct = re.search(r"struct el_algorithm_info_t \{.*?\};\n", info, re.DOTALL)[0]
    (tmp_path / "utility_part.hpp").write_text(struct + extracted(source(SSCMA, "sscma/utility.hpp").decode()))
    code = source(SSCMA, "core/utils/el_hash.cpp").decode()
    table = re.search(r"[\w ]*CRC16_MAXIM_TABLE\[.*?\};\n", code, re.DOTALL)[0]
    crc = function(code, r"EL_ATTR_WEAK uint16_t el_crc16_maxim\(")
    (tmp_path / "hash_part.hpp").write_text(f"namespace constants {{\n{table}}}\n{crc}")
    harness = Path(__file__).with_name("sscma_lines.cpp")
    command = [compiler, "-w", "-std=c++20", "-I.", "-Icore", harness, "-o", "lines"]
    subprocess.run(command, cwd=tmp_path, check=True)
    printed = subprocess.run([tmp_path / "lines"], check=True, capture_output=True, text=True).stdout.splitlines()
    found = {"source": "SSCMA-Micro @3de7983", **dict(zip(NAMES, printed, strict=True))}
    if os.environ.get("EDGECASK_RECORD"):
        RECORD.write_text(json.dumps(found, indent=2) + "\n")
    assert json.loads(RECORD.read_text()) == found
