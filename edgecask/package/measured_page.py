"""measured/TARGET.html: what a board said of its model, as one page that needs nothing but itself."""

from __future__ import annotations

from pathlib import Path

from edgecask.firmware.board.measurement import Measured
from edgecask.target.target import Target
from edgecask.templates import page_templates

FOLDER = Path(__file__).resolve().parent
TEMPLATE = "measured.html.j2"


def render_measured(measured: Measured, target: Target) -> bytes:
    """The page; what the board or a host said is escaped."""
    from markupsafe import Markup

    style = Markup((FOLDER / "report.css").read_text(encoding="utf-8"))  # noqa: S704
    return page_templates(FOLDER).get_template(TEMPLATE).render(measured=measured, target=target, style=style).encode()
