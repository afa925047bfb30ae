"""Small faults for a module: each mutant is its text with one operator, constant or result changed.

What a linter or a type checker finds by itself is left out: annotations, docstrings, messages and imports stay as they
are. A mutant that its module's tests let through shows a line that no test holds to anything, or a change that has no
effect.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
GUARDS = {"strict", "usedforsecurity"}
"""Arguments that change nothing where the rest is right: no test can tell."""
LEFT_OUT = (ast.Raise, ast.Import, ast.ImportFrom, ast.JoinedStr)


def changes(node: ast.AST) -> Iterator[str]:
    """Makes one change at a time in the node itself and yields its name; undone when it is asked for the next."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARISONS:
            node.ops = [COMPARISONS[type(operator)]()]
            yield f"{type(operator).__name__} becomes {type(node.ops[0]).__name__}"
            node.ops = [operator]
        case ast.BinOp(op=operator) if type(operator) in ARITHMETIC and not holds_text(node):
            node.op = ARITHMETIC[type(operator)]()
            yield f"{type(operator).__name__} becomes {type(node.op).__name__}"
            node.op = operator
        case ast.BoolOp(op=logic):
            node.op = ast.Or() if isinstance(logic, ast.And) else ast.And()
            yield f"{type(logic).__name__} becomes {type(node.op).__name__}"
            node.op = logic
        case ast.UnaryOp(op=ast.Not()):
            node.op = ast.UAdd()  # of a truth value: as good as nothing
            yield "not is gone"
            node.op = ast.Not()
        case ast.Constant(value=bool() as value):
            node.value = not value
            yield f"{value} becomes {not value}"
            node.value = value
        case ast.Constant(value=int() | float() as number):
            node.value = number + 1
            yield f"{number} becomes {number + 1}"
            node.value = number
        case ast.Return(value=ast.expr() as value) if not is_none(value):
            node.value = ast.Constant(None)
            yield "a result is lost"
            node.value = value


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def holds_text(node: ast.BinOp) -> bool:
    """Whether it joins or fills text, where another operator is a TypeError on any path."""
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def places(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that can be changed, in the order of the text; annotations, messages and imports are passed over."""
    passed_over = {"annotation", "returns", "type_params", "decorator_list"}
    if isinstance(tree, ast.ClassDef):
        passed_over.add("keywords")  # what a dataclass or a table is: strict, frozen
    for name, value in ast.iter_fields(tree):
        if name in passed_over:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.keyword) and child.arg in GUARDS:
                continue
            if isinstance(child, ast.AST) and not isinstance(child, LEFT_OUT):
                yield child
                yield from places(child)


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """(what was changed and in which line, the whole text of the mutant), each different from the module."""
    tree = ast.parse(source)
    for node in list(places(tree)):
        for change in changes(node):
            yield f"line {getattr(node, 'lineno', 0)}: {change}", ast.unparse(tree)
