r"""Makes docs/images/matrix.png of a matrix' page.

.venv/bin/invoke matrix --targets=grove,xiao --weights=demo --imgsz=64,96 --compress-weights=off \
    --rounding=nearest --no-range-search --best='agreement>=91, ms<=20' \
    --include='target=grove imgsz=64 fuse-silu=false,target=grove imgsz=96 fuse-silu=false,target=stm32n6 imgsz=64'
.venv/bin/python tests/integration/matrix_screenshot.py dist/matrix/index.html docs/images/matrix.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from browser import headless_chromium
from PIL import Image

WIDTH = 1000


def main(page_file: Path, image: Path) -> None:
    """Sort by accuracy as a user would, and take the whole page."""
    with headless_chromium() as page:
        page.open(page_file, size=(WIDTH, 700))
        page.evaluate(
            "[...document.querySelectorAll('th button')].find(each => each.textContent === 'agreement').click()"
        )
        page.screenshot(image)
    Image.open(image).convert("RGB").quantize(256).save(image, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
