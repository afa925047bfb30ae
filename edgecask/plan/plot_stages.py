"""The stages that draw for the report; what they draw is settled when results are there."""

from __future__ import annotations

from edgecask.plan.graph import Node
from edgecask.plan.program import Program

FIGURES = Node(
    name="figures",
    program=Program(name="cost_plots", environment="evaluate"),
    outputs=("layers-narrow.svg", "layers-wide.svg", "memory-narrow.svg", "memory-wide.svg"),
)
CURVE = Node(
    name="curve",
    program=Program(name="tradeoff_plot", environment="evaluate"),
    outputs=("curve-narrow.svg", "curve-wide.svg"),
)
TIMELINE = Node(
    name="draw timeline",
    program=Program(name="timeline_plot", environment="evaluate"),
    outputs=("timeline.svg", "timeline-narrow.svg", "timeline-wide.svg"),
)
