"""YAML as users write it, and what is wrong with it in one line that names the line of the file.

Some hundred bytes of YAML may stand for gigabytes (aliases, merged tables) or for minutes of work (numbers without end,
nesting), so values are counted while they are read: an alias counts as all that it stands for.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

MOST_NODES = 100_000
MOST_LEVELS = 100
LONGEST_NUMBER = 100
"""Characters of a number, a date or whatever else is no text."""
TAB = "'\\t'"
# What Ultralytics takes out of a file that could not be read, before it tries again (utils/__init__.py: YAML.load).
_UNREADABLE = re.compile("[^\\x09\\x0A\\x0D\\x20-\\x7E\\x85\\xA0-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010ffff]+")

_SURROGATE = re.compile("[\\ud800-\\udfff]")


class YamlError(ValueError):
    """Text that is not YAML: the line and the reason, without a final full stop."""


def parse_yaml(text: str) -> Any:
    """The value of YAML text without anything but plain values in it; raises YamlError."""
    import yaml  # not at the top: `invoke --list` should not pay for it

    try:
        return yaml.load(text, _loader())  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        raise YamlError(_reason(error, text)) from error
    # A date that is none, !!int of nothing, !!bool of another word: PyYAML's constructors check nothing.
    except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError) as error:
        raise YamlError(_reason(error, text)) from error


@functools.cache
def _loader() -> type[yaml.SafeLoader]:
    """PyYAML's SafeLoader with limits on what it makes of a text."""
    import yaml

    class Loader(yaml.SafeLoader):
        def __init__(self, stream: str) -> None:
            super().__init__(stream)
            self._nodes = 0
            self._levels = 0
            self._sizes: dict[str, int] = {}

        def compose_node(self, parent: Any, index: Any) -> Any:
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            before, mark = self._nodes, event.start_mark
            self._nodes += 1
            self._levels += 1
            if isinstance(event, yaml.AliasEvent) and event.anchor in self.anchors:
                if event.anchor not in self._sizes:
                    raise yaml.MarkedYAMLError(problem="a value that contains itself", problem_mark=mark)
                self._nodes += self._sizes[event.anchor]
            if self._levels > MOST_LEVELS:
                raise yaml.MarkedYAMLError(problem="its values are nested too deeply", problem_mark=mark)
            if self._nodes > MOST_NODES:
                problem = f"more than {MOST_NODES:,} values"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
            anchor = getattr(event, "anchor", None)
            node: Any = super().compose_node(parent, index)
            self._levels -= 1
            if anchor is not None and not isinstance(event, yaml.AliasEvent):
                self._sizes[anchor] = self._nodes - before
            return node

        def compose_scalar_node(self, anchor: Any) -> Any:
            node: Any = super().compose_scalar_node(anchor)
            if len(node.value) > LONGEST_NUMBER and node.tag != "tag:yaml.org,2002:str":
                problem = f"a value of {len(node.value):,} characters that is no text"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
            if _SURROGATE.search(node.value):
                raise yaml.MarkedYAMLError(problem="half a character (a surrogate)", problem_mark=node.start_mark)
            return node

    return Loader


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
