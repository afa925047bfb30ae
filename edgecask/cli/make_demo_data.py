"""`edgecask make-demo-data`: a data set of rendered people, or of objects."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.common_options import RunnerOption
from edgecask.data.demo_request import DemoDataRequest


@dataclass(frozen=True, kw_only=True)
class MakeDemoData(RunnerOption, DemoDataRequest):
    """What is to be drawn, and where."""


REQUEST = MakeDemoData


def run(request: MakeDemoData) -> None:
    """Make the data set and say what it holds."""
    from edgecask.cli.session import make_execution
    from edgecask.data.synthetic import make_demo_data
    from edgecask.progress import make_display

    display = make_display()
    execution = make_execution(request.runner, display, require_isolation=request.require_isolation)
    made = make_demo_data(execution, request)
    display.note(f"{'pictures':<12}{made.images:,}, {made.without:,} of them without {made.noun}")
    display.note(f"{made.noun:<12}{made.shown:,}")
    display.note(f"{'sha256':<12}{made.sha256}")
    display.note(f"{'data set':<12}{request.output / 'data.yaml'}")
