"""YAML as users write it, and what is wrong with it in one line that names the line of the file."""

from __future__ import annotations

import re
from typing import Any

TAB = "'\\t'"
# What Ultralytics takes out of a file that could not be read, before it tries again (utils/__init__.py: YAML.load).
_UNREADABLE = re.compile("[^\\x09\\x0A\\x0D\\x20-\\x7E\\x85\\xA0-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010ffff]+")


class YamlError(ValueError):
    """Text that is not YAML: the line and the reason, without a final full stop."""


def parse_yaml(text: str) -> Any:
    """The value of YAML text without anything but plain values in it; raises YamlError."""
    import yaml  # not at the top: `invoke --list` should not pay for it

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date that is none
        raise YamlError(_reason(error, text)) from error


def parse_forgiving(content: bytes) -> Any:
    """The value of a file's bytes as Ultralytics reads them; raises YamlError.

    What is not UTF-8 is left out, and where the rest cannot be read, so are control characters.
    """
    text = content.decode("utf-8-sig", errors="ignore")
    try:
        return parse_yaml(text)
    except YamlError:
        cleaned = _UNREADABLE.sub("", text)
        if cleaned == text:
            raise
        return parse_yaml(cleaned)


def _reason(error: Exception, text: str) -> str:
    import yaml

    if isinstance(error, RecursionError):
        return "its values are nested too deeply"
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "it cannot be read"
        if TAB in problem:
            problem = "a tab may not indent, use spaces"
        return f"line {mark.line + 1}: {problem}" if mark is not None else problem
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        code: Any = error.character  # the types of PyYAML say str, its code gives a number
        return f"line {line}: the character U+{code if isinstance(code, int) else ord(code):04X} is not allowed"
    return " ".join(str(error).split()) or type(error).__name__
