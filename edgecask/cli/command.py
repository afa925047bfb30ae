"""A command: a task of Invoke's whose options are the fields of a request.

What it does stands in a module of its own, which is imported when the command is called or its options are asked for:
`--list` imports none of them. Such a module has `REQUEST`, a dataclass of options, and `run(request)`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.tasks import Task

from edgecask.cli.exit_codes import reported

if TYPE_CHECKING:
    from edgecask.options import Option


class Command(Task[Any]):
    """One command: `module` is the name of its module in edgecask.cli, `summary` what it does, in one line."""

    def __init__(self, name: str, *, module: str, summary: str) -> None:
        def body(context: Context, **given: Any) -> None:
            self.run(given)

        super().__init__(body, name=name, positional=(), auto_shortflags=False)
        self.__doc__ = summary
        self.command_module = module

    @property
    def summary(self) -> str:
        """What the command does, in one line."""
        return self.__doc__ or ""

    @property
    def request(self) -> type[Any]:
        """The dataclass of its options."""
        request: type[Any] = self._load().REQUEST
        return request

    @property
    def options(self) -> tuple[Option, ...]:
        """Its options, those that have to be given first."""
        from edgecask.options import options_of

        return options_of(self.request)

    @reported
    def run(self, given: Mapping[str, Any]) -> None:
        """Run it with what was typed: texts, and truth values of switches, by the names of fields; None is left out."""
        from edgecask.cli.requests import make_requests

        module = self._load()
        for request in make_requests(self, {name: value for name, value in given.items() if value is not None}):
            module.run(request)

    @property
    def takes_several_targets(self) -> bool:
        """Whether it runs once for each target of edgecask.toml where none is given."""
        return bool(getattr(self._load(), "SEVERAL_TARGETS", False))

    def _load(self) -> Any:
        return importlib.import_module(f"edgecask.cli.{self.command_module}")
