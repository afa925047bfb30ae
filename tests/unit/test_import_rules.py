"""Who may import whom: downwards only, and programs and host know nothing of each other."""

import ast
from pathlib import Path
from xml.etree import ElementTree

import pytest
from locations import REPOSITORY

SVG = "{http://www.w3.org/2000/svg}"
LAYERS = (
    {"__main__"},
    {"cli"},
    {"matrix"},
    {"build"},
    {"build_nodes"},
    {"build_request", "calibration_nodes"},
    {"package"},
    {"firmware", "training", "analysis"},
    {"data"},
    {"runner"},
    {"plan"},
    {"target"},
    {"store"},
    {
        "task",
        "errors",
        "exchange",
        "files",
        "file_kinds",
        "number_kinds",
        "directories",
        "progress",
        "ssh_keygen",
        "options",
        "option_kinds",
        "common_options",
        "templates",
        "wording",
        "yaml_file",
        "__init__",
    },
)
"""From the top down: a module imports of its own part, or of a lower layer."""
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
HOST = sorted((REPOSITORY / "edgecask").rglob("*.py"))
PROGRAMS = sorted((REPOSITORY / "pipeline").rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The modules that a file imports, at the top or later."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part_of(name: str) -> str:
    """Which part of edgecask a module belongs to."""
    words = name.split(".")
    return words[1] if len(words) > 1 and words[1] in LEVEL else "__init__"


@pytest.mark.parametrize("path", HOST, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_the_host_imports_downwards(path):
    own = part_of(".".join(path.relative_to(REPOSITORY).with_suffix("").parts))
    wrong = [
        name
        for name in imports(path)
        if name.startswith("edgecask.")
        and part_of(name) != own
        and (LEVEL[part_of(name)] < LEVEL[own] or (LEVEL[part_of(name)] == LEVEL[own] and LEVEL[own] < len(LAYERS) - 1))
    ]
    assert not wrong, f"{own} may not import {wrong}"


@pytest.mark.parametrize("path", HOST, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_the_host_knows_no_program_and_none_of_their_libraries(path):
    heavy = {"pipeline", "torch", "tensorflow", "ethosu", "ultralytics", "onnx", "cv2", "numpy", "invoke.tasks"}
    found = {name.split(".")[0] for name in imports(path)} & heavy
    assert not found, f"{path} imports {found}"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_programs_know_nothing_of_the_host(path):
    assert not [name for name in imports(path) if name.split(".")[0] in ("edgecask", "tasks")]


def test_the_drawing_in_the_documentation_shows_these_layers():
    """docs/images/layers.svg has one row for each layer, with the names of its parts."""
    drawing = ElementTree.parse(REPOSITORY / "docs" / "images" / "layers.svg").getroot()
    rows = [group for group in drawing.iter(f"{SVG}g") if group.get("class") == "layer"]
    names = [[text.text or "" for text in row.iter(f"{SVG}text") if text.get("class") == "name"] for row in rows]
    assert [set(" · ".join(row).split(" · ")) for row in names] == [parts - {"__init__"} for parts in LAYERS]
    heights = [int(row.find(f"{SVG}rect").get("y")) for row in rows]
    assert heights == sorted(heights)


def test_every_part_has_a_layer():
    parts = {path.relative_to(REPOSITORY / "edgecask").parts[0].removesuffix(".py") for path in HOST}
    assert parts <= set(LEVEL)
