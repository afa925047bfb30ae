"""Makes the pictures of docs/guide/see-it-run.md, of simulated boards.

.venv/bin/invoke build --target=grove --weights=demo
.venv/bin/invoke build --target=xiao --weights=demo
.venv/bin/python tests/integration/board_screenshots.py dist docs/images
"""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from boot_loader import BootLoader
from browser import Page, headless_chromium
from drawn_person import IMAGE, PERSON
from esp32s3_rom import XiaoBoard
from PIL import Image
from serial_bridge import SCRIPT, Bridge
from sscma_board import GROVE_2025, Scene, SscmaBoard

from edgecask.cli import watch_page
from edgecask.cli.watch import Watch
from edgecask.errors import BoardError
from edgecask.target.target import load_target

SIZE = (760, 900)
DONE = "document.getElementById('live').disabled === false"


def scene(inference: int) -> Scene:
    """One person, seen at a pace that such a board might have."""
    return Scene(images=[IMAGE], people=[(PERSON,)], milliseconds=[(6, inference, 2)], seconds=0.12)


@contextlib.contextmanager
def bridged(page: Page, package: Path, board) -> Iterator[Bridge]:
    """The page of a package, with a board behind it."""
    page.open(package / "board.html", size=SIZE)
    page.evaluate(f"bridge.hasLines = {str(getattr(board, 'has_lines', False)).lower()}")
    if getattr(board, "has_lines", False):
        page.evaluate("bridge.info = { usbVendorId: 0x303a, usbProductId: 0x1001 }")
    bridge = Bridge(page, board.port, set_line=getattr(board, "set_line", None))
    board.start()
    try:
        yield bridge
    finally:
        if hasattr(board, "stopped"):
            board.stopped.set()
        bridge.close()


def shot(page: Page, path: Path) -> None:
    """The page down to its last line as PNG with few colours."""
    bottom = round(page.evaluate("document.querySelector('main').getBoundingClientRect().bottom + scrollY"))
    page.screenshot(path)
    image = Image.open(path).convert("RGB")
    image.crop((0, 0, image.width, min(bottom, image.height))).quantize(128).save(path, optimize=True)


def press(page: Page, name: str) -> None:
    page.evaluate(f"document.getElementById('{name}').click()")


def flash_and_live(packages: Path, images: Path) -> None:
    """Both halves of the page of a package."""
    with headless_chromium() as page:
        page.prepare(SCRIPT)
        with bridged(page, packages / "grove", BootLoader()) as bridge:
            press(page, "flash")
            bridge.until(lambda: page.evaluate("document.getElementById('progress').value") > 200_000, 300)
            shot(page, images / "board-flash.png")
        with bridged(page, packages / "grove", SscmaBoard(GROVE_2025, scene=scene(56))) as bridge:
            live(page, bridge, images / "board-page.png")
        content = (packages / "xiao" / "model.tflite").read_bytes()
        board = XiaoBoard(has_lines=True, scene=scene(900), model=content)
        with bridged(page, packages / "xiao", board) as bridge:
            press(page, "flash")
            bridge.until(lambda: page.evaluate(DONE), 300)
            shot(page, images / "board-xiao.png")


def live(page: Page, bridge: Bridge, path: Path) -> None:
    """Some frames, then the picture."""
    press(page, "live")
    bridge.until(lambda: page.evaluate("document.getElementById('rate').textContent") not in ("–", ""))
    end = time.monotonic() + 3
    bridge.until(lambda: time.monotonic() > end)
    shot(page, path)


def served(packages: Path, images: Path) -> None:
    """The page of `watch`."""
    addresses: queue.Queue[str] = queue.Queue()
    watch_page.open_browser = addresses.put
    board = SscmaBoard(GROVE_2025, scene=scene(56))
    board.start()
    request = Watch(target="grove", view="page", output=packages, port=board.port)

    def show() -> None:
        with contextlib.suppress(BoardError):
            watch_page.show_page(request, load_target("grove"))

    threading.Thread(target=show, daemon=True).start()
    with headless_chromium() as page:
        page.visit(addresses.get(timeout=10), size=SIZE)
        wait(lambda: page.evaluate("document.getElementById('rate').textContent") not in ("–", ""))
        time.sleep(3)
        shot(page, images / "board-watch.png")
    board.unplug()


def wait(condition: Callable[[], object], seconds: float = 20) -> None:
    """Until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


if __name__ == "__main__":
    flash_and_live(Path(sys.argv[1]), Path(sys.argv[2]))
    served(Path(sys.argv[1]), Path(sys.argv[2]))
