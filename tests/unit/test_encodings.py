"""No text file of ours is read or written in whatever encoding a terminal, Windows or LC_ALL=C happen to have."""

import ast

import pytest
from locations import REPOSITORY

HOST = sorted((REPOSITORY / "edgecask").rglob("*.py"))
BYTES = ("os", "tarfile", "archive")
"""Whose `open` gives bytes: of the last, members of a zip file."""


def without_encoding(tree: ast.AST) -> list[int]:
    """The lines of calls that open a text file and leave the encoding to the system."""
    lines = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        named = {keyword.arg for keyword in call.keywords}
        modes = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        text = name in ("read_text", "write_text") or (
            name in ("open", "NamedTemporaryFile", "TemporaryFile", "fdopen")
            and not any("b" in mode for mode in modes)
            and not (isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in BYTES)
            and not (name == "TemporaryFile" and not modes)
        )
        if text and not named & {"encoding"}:
            lines.append(call.lineno)
        if name in ("run", "Popen") and "text" in named and "encoding" not in named and "errors" not in named:
            lines.append(call.lineno)
    return lines


@pytest.mark.parametrize("path", HOST, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_every_text_file_has_its_encoding(path):
    assert without_encoding(ast.parse(path.read_text(encoding="utf-8"))) == []
