"""Makes docs/images/report.png of a report: its beginning, what the models see, and where the time goes, side by side.

.venv/bin/invoke make-demo-data --count=100 --val=100 --output=demo-data
.venv/bin/invoke build --target=grove --weights=demo --data=demo-data/data.yaml
.venv/bin/python tests/integration/report_screenshot.py dist/grove/report.html docs/images/report.png
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser import headless_chromium
from PIL import Image

COLUMN = (750, 950)
"""The part of each section that is shown, in pixels of the page."""
SHOWN = (500, 633)
"""The same in the picture."""
MARGIN = 24
SECTIONS = ("header", "#overlays h2", "#time h2")


def main(report: Path, image: Path) -> None:
    """Open the report as wide as one column, and put the beginnings of its sections beside each other."""
    width, height = COLUMN
    with headless_chromium() as page, tempfile.TemporaryDirectory() as scratch:
        page.open(report, size=(width, height))
        tops = [
            round(page.evaluate(f"document.querySelector('{name}').getBoundingClientRect().top")) for name in SECTIONS
        ]
        whole = Path(scratch) / "whole.png"
        page.screenshot(whole)
        shot = Image.open(whole).convert("RGB")
    result = Image.new("RGB", (SHOWN[0] * len(SECTIONS), SHOWN[1]), shot.getpixel((1, 1)))
    for number, top in enumerate(tops):
        column = Image.new("RGB", COLUMN, shot.getpixel((1, 1)))  # the page is narrower by a bar
        column.paste(shot.crop((0, max(0, top - MARGIN), shot.width, min(shot.height, top - MARGIN + height))))
        result.paste(column.resize(SHOWN, Image.Resampling.LANCZOS), (number * SHOWN[0], 0))
    result.quantize(256).save(image, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
