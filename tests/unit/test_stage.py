from dataclasses import replace
from pathlib import Path

import pytest
from toy_programs import use_pipeline, write_program

from edgecask.plan import program as program_module
from edgecask.plan import stage as stage_module
from edgecask.plan.program import Program
from edgecask.plan.stage import Stage
from edgecask.store.result import Blob

BLOB = Blob(path=Path("/nowhere"), sha256="1" * 64, size=1)
STAGE = Stage(
    name="compile", program=Program(name="compile", environment="vela"), outputs=("model.tflite",),
    inputs={"model.tflite": BLOB}, parameters={"optimise": "Performance"},
)  # fmt: skip


def test_the_key_is_a_sha256_and_stays_the_same():
    assert len(STAGE.key("env")) == 64
    assert STAGE.key("env") == STAGE.key("env")


@pytest.mark.parametrize(
    "other",
    [
        replace(STAGE, name="other"),
        replace(STAGE, parameters={"optimise": "Size"}),
        replace(STAGE, inputs={"model.tflite": replace(BLOB, sha256="2" * 64)}),
        replace(STAGE, inputs={"model2.tflite": BLOB}),
        replace(STAGE, outputs=("model.tflite", "vela_summary.csv")),
        replace(STAGE, program=Program(name="convert", environment="vela")),
    ],
)
def test_everything_a_result_depends_on_is_in_the_key(other):
    assert other.key("env") != STAGE.key("env")


def test_the_environment_and_the_algorithm_are_in_the_key(monkeypatch):
    before = STAGE.key("env")
    assert STAGE.key("other") != before
    monkeypatch.setattr(stage_module, "ALGORITHM_VERSION", 999)
    assert STAGE.key("env") != before


def test_where_an_input_lies_is_not_in_the_key():
    moved = replace(STAGE, inputs={"model.tflite": replace(BLOB, path=Path("/elsewhere"))})
    assert moved.key("env") == STAGE.key("env")


def test_the_program_and_the_harness_are_in_the_key(tmp_path, monkeypatch):
    programs = use_pipeline(tmp_path / "pipeline", monkeypatch)
    program = write_program(programs, "toy", "def run(p): return {}")
    stage = replace(STAGE, program=program)
    before = stage.key("env")
    for name in ("toy/toy.py", "harness.py"):
        (programs / name).write_text((programs / name).read_text() + "\n# changed\n")
        after = stage.key("env")
        assert after != before
        before = after


def test_what_a_program_runs_with_is_in_the_key(monkeypatch):
    """TensorFlow rounds otherwise with oneDNN, Python orders otherwise with another hash seed."""
    before = STAGE.key("env")
    for name in ("TF_ENABLE_ONEDNN_OPTS", "PYTHONHASHSEED"):
        with monkeypatch.context() as changed:
            changed.setitem(program_module.VARIABLES, name, "1")
            assert STAGE.key("env") != before
    with_gpus = replace(STAGE, program=replace(STAGE.program, gpus=True))
    assert with_gpus.key("env") != before and "CUDA_VISIBLE_DEVICES" not in with_gpus.program.variables
    assert STAGE.made_from("env").variables == program_module.VARIABLES
