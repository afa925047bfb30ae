import ast
import re
from pathlib import Path

import pytest
from toy_programs import use_pipeline, write_program

from edgecask.plan import program as program_module
from edgecask.plan.program import CPU_PINS, HARNESS, NO_GPUS, PIPELINE, UNPINNED, Program

PROGRAMS = sorted(path.parent.name for path in PIPELINE.glob("*/*.py") if path.stem == path.parent.name)


def imported_by(path: Path) -> set[Path]:
    """What Python's own parser finds: every module of pipeline/ that the file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
        found |= {
            PIPELINE.joinpath(*name.split(".")[1:]).with_suffix(".py") for name in names if name.startswith("pipeline.")
        }
    return {path for path in found if path.is_file()}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_programs_files_are_what_it_imports(name):
    files = Program(name=name, environment="vela").files
    assert {*HARNESS, f"{name}/{name}.py"} <= set(files)
    reached = {PIPELINE / "__init__.py", PIPELINE / "__main__.py", PIPELINE / name / f"{name}.py"}
    while more := {found for path in reached for found in imported_by(path)} - reached:
        reached |= more
    assert set(files.values()) == reached


def test_there_are_programs():
    assert {"compile", "convert", "export", "prepare", "quantize", "train"} <= set(PROGRAMS)


def test_imports_in_several_lines_and_of_modules_are_followed(tmp_path, monkeypatch):
    folder = use_pipeline(tmp_path / "pipeline", monkeypatch)
    for name in ("one", "two", "three"):
        (folder / "shared" / f"{name}.py").write_text("")
    program = write_program(
        folder,
        "toy",
        "from pipeline.shared import (\n    one,\n    two as second,\n)\n"
        "def run(p):\n    from pipeline.shared.three import x\n",
    )
    assert set(program.files) == {*HARNESS, "toy/toy.py", "shared/one.py", "shared/two.py", "shared/three.py"}


def test_an_edited_import_is_another_program(tmp_path, monkeypatch):
    folder = use_pipeline(tmp_path / "pipeline", monkeypatch)
    (folder / "shared" / "one.py").write_text("A = 1\n")
    program = write_program(folder, "toy", "from pipeline.shared.one import A\n")
    before = program.digests()
    (folder / "shared" / "one.py").write_text("A = 2\n")
    assert program.digests() != before and folder == program_module.PIPELINE


def test_kernels_are_pinned_where_bytes_are_promised():
    """They are part of the key, as all variables are; training takes what the processor has."""
    for name in PROGRAMS:
        variables = Program(name=name, environment="export").variables
        pinned = {each: variables.get(each) for each in CPU_PINS}
        assert pinned == (dict.fromkeys(CPU_PINS) if name in UNPINNED else dict(CPU_PINS)), name
    assert set(UNPINNED) <= set(PROGRAMS)
    assert NO_GPUS not in Program(name="train", environment="train-gpu", gpus=True).variables


@pytest.mark.parametrize("name", ["detect", "quantize", "rounding"])
def test_networks_are_computed_on_one_thread(name):
    """OpenBLAS adds in another order on two; it asks for their number when NumPy is imported."""
    text = (PIPELINE / name / f"{name}.py").read_text()
    assert re.search(
        r'^os\.environ.*\["OPENBLAS_NUM_THREADS"\] = .*"1".*^import numpy$', text, re.MULTILINE | re.DOTALL
    )


def test_what_is_remembered_of_a_program_is_read_again_when_a_file_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(program_module, "SETTLED_SECONDS", -10)  # so that files of just now are remembered
    folder = use_pipeline(tmp_path / "pipeline", monkeypatch)
    program = write_program(folder, "toy", "from pipeline.shared import one\n")
    one = folder / "shared" / "one.py"
    one.write_text("A = 1\n")
    before = program.digests()
    assert program.digests() == before and (folder, "toy") in program_module._remembered
    one.write_text("A = 2\n")
    assert program.digests()["shared/one.py"] != before["shared/one.py"]
    one.write_text("from pipeline.shared import two\n")
    (folder / "shared" / "two.py").write_text("")
    assert "shared/two.py" in program.digests()
    one.unlink()
    with pytest.raises(FileNotFoundError):
        program.digests()


def test_no_program_runs_a_file_that_it_does_not_import():
    """What is copied to where a program runs follows from imports: another file would not be there."""
    named = [
        f"{path.relative_to(PIPELINE)}:{number}"
        for path in sorted(PIPELINE.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"""with_name\(|Path\(__file__\)""", line)
    ]
    assert [place.partition(":")[0] for place in named] == ["harness.py"]  # the folder that it runs in
