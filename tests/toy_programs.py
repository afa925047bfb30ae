"""Small programs in place of those of pipeline/, run by the real harness."""

from __future__ import annotations

from pathlib import Path

from edgecask.plan import program as program_module
from edgecask.plan.program import HARNESS, PIPELINE, Program


def make_pipeline(folder: Path) -> Path:
    """A pipeline/ with nothing but the harness; for `program_module.PIPELINE`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in HARNESS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((PIPELINE / name).read_bytes())
    return folder


def use_pipeline(folder: Path, monkeypatch) -> Path:
    """Make one there, and take programs from it until the test ends."""
    make_pipeline(folder)
    monkeypatch.setattr(program_module, "PIPELINE", folder)
    return folder


def write_program(folder: Path, name: str, source: str) -> Program:
    """A program of that pipeline, in the environment with Vela."""
    (folder / name).mkdir(exist_ok=True)
    (folder / name / f"{name}.py").write_text(source)
    return Program(name=name, environment="vela")
