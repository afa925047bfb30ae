"""Every program of a build again, in a plain process: what it gives hangs on its inputs alone, which stay as they are.

In a build its inputs cannot be written to; where that holds may differ between runners, walls and users.
"""

from __future__ import annotations

import pytest

from benchmarks.other_cpu import built, difference, outputs_of
from edgecask.build_request import BuildRequest
from edgecask.runner.environments.environment import load_environment


@pytest.mark.extended
@pytest.mark.parametrize("target", ["grove", pytest.param("stm32n6", marks=pytest.mark.campaign)])
def test_programs_give_the_same_where_they_could_write_anywhere(target, session_directories, tmp_path):
    request = BuildRequest(target=target, weights="demo", image_size=64, output=tmp_path / "dist")
    results, nodes, runner = built(request, session_directories)
    looked_at = set()
    for node in nodes:
        if node.name not in results:
            continue
        stage = results.stage(node.name)
        python = runner._folder(load_environment(node.program.environment)) / "bin" / "python"
        found = outputs_of(stage, python, before=(), without=())
        expected = {name: blob.sha256 for name, blob in results[node.name].outputs.items()}
        assert difference(expected, found) == "the same", node.name
        looked_at.add(node.program.name)
    assert {"export", "convert", "quantize", "rounding", "write_weights"} <= looked_at
