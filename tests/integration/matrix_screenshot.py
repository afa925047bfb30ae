"""Makes docs/images/matrix.png of a matrix's page: its scatter and its table.

.venv/bin/edgecask matrix --targets=grove,xiao,stm32n6,stm32mp2 --weights=demo --imgsz=64 …
.venv/bin/python tests/integration/matrix_screenshot.py dist/matrix/index.html docs/images/matrix.png
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser import headless_chromium
from PIL import Image

WIDTH = 1100
SHOWN = 1000


def main(page_of_matrix: Path, image: Path) -> None:
    """Open the page, and keep what it shows in fewer colours."""
    with headless_chromium() as page, tempfile.TemporaryDirectory() as scratch:
        page.open(page_of_matrix, size=(WIDTH, 900))
        whole = Path(scratch) / "whole.png"
        page.screenshot(whole)
        shot = Image.open(whole).convert("RGB")
    height = round(shot.height * SHOWN / shot.width)
    shot.resize((SHOWN, height), Image.Resampling.LANCZOS).quantize(256).save(image, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
