"""The board page in a real browser, against simulated boards; serial_bridge.py stands for navigator.serial."""

from __future__ import annotations

import base64
import contextlib
import json
import queue
import random
import threading
import time

import pytest
from boot_loader import BootLoader
from browser import DESK, PHONE, headless_chromium
from drawn_person import IMAGE, PERSON
from esp32s3_rom import XiaoBoard
from serial_bridge import SCRIPT, Bridge
from sscma_board import GROVE, MAIN_LINE, XIAO, Faults, HimaxApp, Kind, MainLineBoard, Scene, SscmaBoard

from edgecask.cli import watch_page
from edgecask.cli.watch import Watch
from edgecask.errors import BoardError
from edgecask.files import sha256_bytes
from edgecask.firmware.board.model_note import read_note, write_note
from edgecask.firmware.flash.xmodem import preamble
from edgecask.package.board_page import render_board
from edgecask.target.target import load_target

pytestmark = pytest.mark.extended
MODEL = random.Random(3).randbytes(128 * 20 + 57)
LONG = random.Random(4).randbytes(128 * 258)  # more than 256 blocks, whose numbers begin again
STATUS = "document.getElementById('status').textContent"
BUSY = "document.getElementById('live').disabled"
QUICK = {"reset": 400, "boot": 800, "choose": 200, "answer": 3000, "block": 400}


def manifest(model=MODEL, name="best.pt"):
    return {
        "schema": 1, "imgsz": 192, "keypoints": 17, "classes": ["person"], "metrics": {"npu_ms": 55.4},
        "inputs": {"weights": {"name": name}},
        "model": {"file": "model.tflite", "sha256": sha256_bytes(model), "bytes": len(model)},
    }  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    with headless_chromium() as page:
        page.prepare(SCRIPT)
        yield page


@pytest.fixture
def page_with(browser, tmp_path):
    """Opens the page of a target with a board behind it."""
    with contextlib.ExitStack() as stack:

        def call(board, target="grove", *, note=None, size=DESK, model=MODEL):
            path = tmp_path / "board.html"
            content = render_board(load_target(target), manifest(model), model, note=note).decode()
            path.write_text(content.replace('"patience": {}', f'"patience": {json.dumps(QUICK)}'))
            browser.open(path, size=size)
            has_lines = getattr(board, "has_lines", False)
            browser.evaluate(f"bridge.hasLines = {json.dumps(has_lines)}")
            if board is None:
                return browser, None
            if has_lines:
                browser.evaluate("bridge.info = { usbVendorId: 0x303a, usbProductId: 0x1001 }")
            bridge = Bridge(browser, board.port, set_line=board.set_line if has_lines else None)
            stack.callback(bridge.close)
            board.start()
            if hasattr(board, "stopped"):
                stack.callback(board.stopped.set)
            return browser, bridge

        yield call


def press(page, name):
    page.evaluate(f"document.getElementById('{name}').click()")


def flashed(page, bridge, board):
    press(page, "flash")
    bridge.until(lambda: not page.evaluate(BUSY), 60)
    bridge.carry()  # the last letter
    board.join(2)
    return page.evaluate(STATUS)


@pytest.mark.parametrize(
    "behaviour",
    [
        {},
        {"menu": True},
        {"checksum": True},
        {"corrupt": {1, 2, 15}, "drop": {3, 8}},
        {"lose_end": True, "noise": {5}},
    ],
    ids=lambda behaviour: "-".join(behaviour) or "well",
)
def test_the_board_gets_every_byte(page_with, behaviour):
    board = BootLoader(**behaviour)
    page, bridge = page_with(board)
    assert flashed(page, bridge, board).startswith("Done in")
    assert board.wrong == [] and board.answers == [b"n", b"y"]
    assert board.files[0] == preamble(0x400000) and board.files[1].rstrip(b"\x1a") == MODEL.rstrip(b"\x1a")
    assert page.evaluate("bridge.options") == {"baudRate": 921600, "bufferSize": 65536}
    assert page.evaluate("bridge.filters")[0] == {"usbVendorId": 0x1A86, "usbProductId": 0x55D3}
    assert page.evaluate("bridge.closed") == 1


def test_numbers_of_blocks_begin_again(page_with):
    board = BootLoader()
    page, bridge = page_with(board, model=LONG)
    assert flashed(page, bridge, board).startswith("Done in")
    assert board.wrong == [] and board.files[1].rstrip(b"\x1a") == LONG.rstrip(b"\x1a")


def test_without_a_button_and_the_board_is_told_what_it_has(page_with):
    board = SscmaBoard(loader={"menu": True})
    note = write_note({"name": "best 192", "sha256": sha256_bytes(MODEL)})
    # A model that the simulated firmware finds begins as a file of TensorFlow Lite does.
    board.write_flash = lambda address, content: board.flash.update({address: b"\0\0\0\0TFL3" + content[8:]})
    page, bridge = page_with(board, note=note)
    said = flashed(page, bridge, board)
    assert "Grove Vision AI V2, firmware of 2024.12.07, has chosen the model" in said
    assert read_note(board.settings.info[1]).sha256 == sha256_bytes(MODEL) and board.resets == 1
    before_the_first_block = bridge.sent.partition(b"\x01\x01\xfe")[0]
    assert not set(before_the_first_block) & {ord("2"), 0x00, 0xFD, 0xFE, 0xFF}


def test_the_reset_line_is_pulsed_where_the_port_has_one(page_with):
    board = BootLoader()
    page, bridge = page_with(board)
    page.evaluate("bridge.hasLines = true")
    assert flashed(page, bridge, board).startswith("Done")
    assert page.evaluate("bridge.signals") == [{"requestToSend": False}, {"requestToSend": True}]
    assert b"AT+RST" not in bridge.sent


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"silent": True}, "No boot loader answered"),
        ({"chatty": True}, "No boot loader answered"),
        ({"unplug_at": 10}, "unplugged"),
        ({"cancel": 4, "why": b"\r\nXmodem: ERR_FLASH_VERIFY\r\n"}, '"Xmodem: ERR_FLASH_VERIFY": what is in the flash'),
        ({"corrupt": set(range(2, 100))}, "did not take a block"),
    ],
    ids=["silent", "another-board", "cable", "refused", "corrupt"],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(page_with, behaviour, words):
    board = BootLoader(**behaviour)
    page, bridge = page_with(board)
    press(page, "flash")

    def ended():
        if board.unplug_at is not None and board.blocks >= 10 and not page.evaluate("bridge.gone"):
            page.evaluate("(bridge.gone = true, bridge.unplug())")
        return not page.evaluate(BUSY)

    with contextlib.suppress(OSError):
        bridge.until(ended, 60)
    if page.evaluate(BUSY):
        page.evaluate("bridge.gone || bridge.unplug()")
        page.evaluate("new Promise(done => setTimeout(done, 300))")
    said = page.evaluate(STATUS)
    assert words in said or (words == "unplugged" and "broke off" in said), said
    assert page.evaluate("document.getElementById('status').className") == "verdict fail"


def test_cancel(page_with):
    board = BootLoader()
    page, bridge = page_with(board)
    press(page, "flash")
    bridge.until(lambda: board.blocks > 5)
    press(page, "stop")
    bridge.until(lambda: not page.evaluate(BUSY))
    assert "Cancelled: the model on the board is incomplete" in page.evaluate(STATUS)


@pytest.mark.parametrize(
    ("refuse", "words"), [("busy", "Close other programs and tabs"), ("none", "No board was chosen")]
)
def test_a_port_that_cannot_be_had(page_with, refuse, words):
    page, _ = page_with(None)
    page.evaluate(f"bridge.refuse = '{refuse}'")
    press(page, "live")
    assert words in page.evaluate(f"new Promise(done => setTimeout(() => done({STATUS}), 200))")


@pytest.mark.parametrize("kind", [GROVE, XIAO], ids=["grove", "xiao"])
def test_live_draws_what_the_board_said(page_with, kind, tmp_path):
    scene = Scene(images=[IMAGE], people=[(PERSON,)], milliseconds=[(6, 56, 2)], seconds=0.05)
    board = SscmaBoard(kind, scene=scene, faults=Faults(chop=False, half=frozenset({2}), stale=b"\0"))
    page, bridge = page_with(board, "grove" if kind is GROVE else "xiao")
    press(page, "live")
    bridge.until(lambda: page.evaluate("document.getElementById('rate').textContent") not in ("–", ""))
    assert page.evaluate("document.getElementById('times').textContent") == "6 + 56 + 2 ms"
    assert page.evaluate("document.getElementById('people').textContent") == "1"
    assert f"firmware of {kind.software}" in page.evaluate(STATUS)
    pixel = "Array.from(document.getElementById('picture').getContext('2d').getImageData({}, {}, 1, 1).data)"
    # A wrist's middle, in twice the frame's size, the box's left side, and the wall.
    red, green, _, _ = page.evaluate(pixel.format(2 * 168, 2 * 145))
    assert red > 200 and green < 150
    assert page.evaluate(pixel.format(2 * (117 - 59), 300)) == [255, 210, 63, 255]
    red, green, _, _ = page.evaluate(pixel.format(5, 10))
    assert green > red and abs(green - 90) < 12
    assert page.evaluate("document.getElementById('save').disabled") is False
    page.screenshot(tmp_path / "live.png")
    press(page, "stop")
    bridge.until(lambda: not page.evaluate(BUSY))
    assert page.evaluate(STATUS) == "Stopped." and board.commands[-1].endswith("BREAK")


def test_live_of_himax_app(page_with):
    app = HimaxApp(ticks=[27_415_000], seconds=0.05, image=IMAGE)
    page, bridge = page_with(app, "grove-himax")
    press(page, "live")
    bridge.until(lambda: page.evaluate("document.getElementById('times').textContent") == "68.5 ms")
    press(page, "stop")
    bridge.until(lambda: not page.evaluate(BUSY))
    assert app.received == b""


@pytest.mark.parametrize(
    ("faults", "flash", "words"),
    [
        (Faults(model_code=2), None, "cannot load its model"),
        (Faults(no_decoder=True), None, "No decoder"),
        (Faults(), {}, "has no model"),
        (Faults(camera_state=2), None, "camera does not answer"),
        (Faults(fail_at=(2, 4)), None, "code 4"),
        (Faults(silent=True), None, "did not answer BREAK"),
    ],
    ids=["code-2", "no-decoder", "no-model", "no-camera", "camera-stops", "silent"],
)
def test_faults_of_live(page_with, faults, flash, words):
    board = SscmaBoard(Kind(name=GROVE.name, software="2025.01.02"), faults=faults, flash=flash)
    page, bridge = page_with(board)
    press(page, "live")
    bridge.until(lambda: not page.evaluate(BUSY))
    assert words in page.evaluate(STATUS)


@pytest.mark.parametrize(
    ("board", "words"),
    [(MainLineBoard(MAIN_LINE), "main branch"), (HimaxApp(), "runs Himax' app")],
    ids=["main-branch", "himax"],
)
def test_another_firmware_is_told(page_with, board, words):
    page, bridge = page_with(board)
    press(page, "live")
    bridge.until(lambda: not page.evaluate(BUSY))
    assert words in page.evaluate(STATUS)


@pytest.mark.parametrize(
    "noise", [Faults(chatter=b"E (12) \x1b[31mcrash\x1b[0m\n"), Faults(chop=True)], ids=["text", "pieces"]
)
def test_noise_between_replies(page_with, noise):
    board = SscmaBoard(scene=Scene(images=[IMAGE], people=[(PERSON,)], seconds=0.05), faults=noise)
    page, bridge = page_with(board)
    press(page, "live")
    bridge.until(lambda: page.evaluate("document.getElementById('people').textContent") == "1")


def test_a_break_on_the_line_is_no_end(page_with):
    board = SscmaBoard(scene=Scene(images=[IMAGE], seconds=0.05))
    page, bridge = page_with(board)
    press(page, "live")
    bridge.until(lambda: page.evaluate("document.getElementById('people').textContent") == "1")
    page.evaluate("(bridge.stumble(), document.getElementById('people').textContent = 'again')")
    bridge.until(lambda: page.evaluate("document.getElementById('people').textContent") == "1")


def test_it_fetches_nothing_and_nothing_is_refused(page_with):
    page, _ = page_with(None)
    assert [address for address in page.fetched() if not address.startswith(("file:", "data:"))] == []
    assert page.console() == []
    assert page.evaluate("fetch('data:text/plain,x').then(() => 'fetched', error => 'refused')") == "refused"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_is_no_wider_than_the_window_and_used_by_keyboard(page_with, browser, tmp_path, size, dark):
    page, _ = page_with(None, "xiao", size=size)  # the longest page
    page.open(tmp_path / "board.html", size=size, dark=dark)
    page.evaluate("document.querySelector('details').open = true")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(
        "[...document.querySelectorAll('button')].every(each => each.tabIndex === 0 && each.textContent)"
    )
    page.screenshot(tmp_path / "page.png")


def test_without_web_serial_it_explains_itself(tmp_path):
    path = tmp_path / "board.html"
    path.write_bytes(render_board(load_target("grove"), manifest(), MODEL, note=None))
    with headless_chromium() as page:
        page.prepare("delete Navigator.prototype.serial;")
        page.open(path)
        assert page.evaluate("document.getElementById('without-serial').checkVisibility()")
        assert not page.evaluate("document.getElementById('with-serial').checkVisibility()")
        assert "edgecask flash --target=grove" in page.evaluate("document.body.innerText")


def test_on_a_file_page_chromium_has_web_serial(tmp_path):
    path = tmp_path / "board.html"
    path.write_bytes(render_board(load_target("grove"), manifest(), MODEL, note=None))
    with headless_chromium() as page:
        page.open(path)
        assert page.evaluate("!!navigator.serial && document.getElementById('with-serial').checkVisibility()")
        text = page.evaluate("document.getElementById('model').textContent")
        assert base64.b64decode(text) == MODEL


TFLITE = b"\x1c\0\0\0TFL3" + random.Random(5).randbytes(40_001)
OTHERS = {
    "no-models": (("nvs", 1, 2, 0x9000, 0x4000), ("factory", 0, 0, 0x10000, 0x3BC000)),
    "small": (("models", 1, 0x82, 0x400000, 0x8000),),
}


@pytest.mark.parametrize(
    "corrupt",
    [pytest.param(frozenset(), marks=pytest.mark.campaign), frozenset({2, 3})],
    ids=["well", "damaged-blocks"],
)
def test_xiao_gets_every_byte_and_nothing_but_its_partition(page_with, corrupt):
    board = XiaoBoard(has_lines=True, corrupt=corrupt)
    before = bytes(board.chip.flash)
    note = write_note({"name": "best", "sha256": sha256_bytes(TFLITE)})
    page, bridge = page_with(board, "xiao", model=TFLITE, note=note)
    press(page, "flash")
    bridge.until(lambda: not page.evaluate(BUSY), 90)
    assert page.evaluate(STATUS).startswith("Done in"), page.evaluate(STATUS)
    assert "has chosen the model" in page.evaluate(STATUS)
    after = bytes(board.chip.flash)
    end = 0x400000 + len(TFLITE)
    assert after[0x400000:end] == TFLITE and after[:0x400000] == before[:0x400000]
    assert board.chip.erased == [(0x400000, -(-end // 4096) * 4096)]
    assert after[board.chip.erased[0][1] :] == before[board.chip.erased[0][1] :]
    assert read_note(board.settings.info[0]).is_about(TFLITE) and not board.in_rom
    assert page.console() == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chip_id": 5}, "another chip than an ESP32-S3"),
        pytest.param({"table": OTHERS["no-models"]}, "no partition for models", marks=pytest.mark.campaign),
        pytest.param({"table": OTHERS["small"]}, "has room for 32,768 bytes", marks=pytest.mark.campaign),
        pytest.param({"corrupt": frozenset(range(2, 50))}, "incomplete now", marks=pytest.mark.campaign),
    ],
    ids=["another-chip", "no-models", "small", "corrupt"],
)
def test_what_goes_wrong_on_a_xiao_is_one_line(page_with, options, words):
    board = XiaoBoard(has_lines=True, **options)
    page, bridge = page_with(board, "xiao", model=TFLITE)
    press(page, "flash")
    bridge.until(lambda: not page.evaluate(BUSY), 90)
    assert words in page.evaluate(STATUS) and "\n" not in page.evaluate(STATUS)
    assert board.chip.erased == [] or "corrupt" in options


@pytest.mark.campaign
def test_a_damaged_table_of_a_xiao(page_with):
    board = XiaoBoard(has_lines=True)
    board.chip.flash[0x8000 + 8] ^= 1
    page, bridge = page_with(board, "xiao", model=TFLITE)
    press(page, "flash")
    bridge.until(lambda: not page.evaluate(BUSY), 90)
    assert "partition table is damaged" in page.evaluate(STATUS) and board.chip.erased == []


def test_cancel_on_a_xiao(page_with):
    board = XiaoBoard(has_lines=True)
    page, bridge = page_with(board, "xiao", model=TFLITE + random.Random(6).randbytes(400_000))
    press(page, "flash")
    bridge.until(lambda: board.chip.writes > 3, 60)
    press(page, "stop")
    bridge.until(lambda: not page.evaluate(BUSY), 60)
    assert "Cancelled: the model on the board is incomplete now" in page.evaluate(STATUS)


def test_a_xiao_that_is_unplugged(page_with):
    board = XiaoBoard(has_lines=True)
    page, bridge = page_with(board, "xiao", model=TFLITE + random.Random(6).randbytes(400_000))
    press(page, "flash")
    bridge.until(lambda: board.chip.writes > 3, 60)
    page.evaluate("bridge.unplug()")
    bridge.until(lambda: not page.evaluate(BUSY), 60)
    assert "(it was unplugged). The model on the board is incomplete now" in page.evaluate(STATUS)


def test_a_xiao_that_was_powered_elsewhere_is_reset(page_with):
    scene, faults = Scene(images=[IMAGE], seconds=0.05), Faults(deaf_until_reset=True)
    board = XiaoBoard(has_lines=True, model=TFLITE, scene=scene, faults=faults)
    page, bridge = page_with(board, "xiao", model=TFLITE)
    press(page, "live")
    bridge.until(lambda: page.evaluate("document.getElementById('people').textContent") == "1", 60)
    assert board.resets == 1


@pytest.fixture
def watched(browser, tmp_path):
    """The page of `edgecask watch` with a board or a recording behind it; the command runs in another thread."""
    with contextlib.ExitStack() as stack:

        def call(board=None, **options):
            if board is not None:
                board.start()
                options["port"] = board.port
                stack.callback(board.stopped.set)
            addresses = queue.Queue()
            stack.enter_context(pytest.MonkeyPatch.context()).setattr(watch_page, "open_browser", addresses.put)
            request = Watch(target="grove", view="page", output=tmp_path, **options)
            ended = []

            def show():
                try:
                    watch_page.show_page(request, load_target("grove"))
                    ended.append(None)
                except BoardError as error:
                    ended.append(error)

            thread = threading.Thread(target=show, daemon=True)
            thread.start()
            browser.visit(addresses.get(timeout=10))
            return browser, thread, ended

        yield call


def eventually(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def looks_right(page):
    """The live view draws what the board of these tests says."""
    eventually(lambda: page.evaluate("document.getElementById('times').textContent") == "6 + 56 + 2 ms")
    assert page.evaluate("document.getElementById('people').textContent") == "1"
    wrist = f"getImageData({2 * 168}, {2 * 145}, 1, 1)"
    red, green, _, _ = page.evaluate(f"Array.from(document.getElementById('picture').getContext('2d').{wrist}.data)")
    assert red > 200 and green < 150 and page.console() == []


def test_the_page_of_watch_shows_a_board_and_its_recording(watched, tmp_path):
    scene = Scene(images=[IMAGE], people=[(PERSON,)], milliseconds=[(6, 56, 2)], seconds=0.05)
    board, record = SscmaBoard(GROVE, scene=scene), tmp_path / "session.jsonl"
    page, thread, ended = watched(board, record=record)
    looks_right(page)
    press(page, "stop")
    eventually(lambda: board.commands[-1].endswith("BREAK") and page.evaluate(STATUS) == "Stopped.")
    press(page, "live")  # a second time, by another connection to the same board
    eventually(lambda: sum("INVOKE" in command for command in board.commands) == 2)
    board.unplug()
    thread.join(20)
    assert isinstance(ended[0], BoardError)
    eventually(lambda: "broke off" in page.evaluate(STATUS))

    page, thread, ended = watched(replay=record)
    looks_right(page)
    thread.join(20)
    assert ended == [None]
    eventually(lambda: "ends here" in page.evaluate(STATUS))
