"""The page beside the model: its script is bundled the same every time, and nothing within it can become a tag."""

import base64
import hashlib
import json
import re

import pytest

from edgecask.package.board_page import FOLDER, SERVED, bundle, has_page, render_board, render_served
from edgecask.target.target import load_target, target_names

MODEL = bytes(range(256)) * 30
MANIFEST = {
    "schema": 1, "imgsz": 192, "keypoints": 17, "classes": ["person"], "metrics": {"npu_ms": 55.4, "timeline_ms": 61.2},
    "inputs": {"weights": {"name": "</script><script>alert(1)</script>"}},
    "model": {"file": "model.tflite", "sha256": hashlib.sha256(MODEL).hexdigest(), "bytes": len(MODEL)},
}  # fmt: skip


def page_for(name, note="e30="):
    return render_board(load_target(name), MANIFEST, MODEL, note=note).decode()


def test_which_boards_have_one():
    himax = {"grove-himax", "grove-himax-yolo11", "grove-himax-yolov8"}
    assert {name for name in target_names() if has_page(load_target(name))} == {"grove", "xiao", *himax}


def test_the_script_holds_every_module_once_and_no_import():
    script = bundle()
    modules = {path.name for path in FOLDER.glob("*.js")}
    listed = re.findall(r"^// (\w+\.js)$", script, re.MULTILINE)
    assert sorted(listed) == sorted(modules - {"served.js", "socket.js"})
    served = re.findall(r"^// (\w+\.js)$", bundle(main=SERVED), re.MULTILINE)
    assert sorted(served) == sorted(modules - {"main.js"})
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE) and "</" not in script and bundle() == script
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|eval|innerHTML|import\()", script)


def test_a_page_of_detection_shows_classes():
    manifest = MANIFEST | {"task": "detect", "keypoints": 0, "classes": ["cat", "</script>"]}
    page = render_board(load_target("grove"), manifest, MODEL, note="e30=").decode()
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', page)[1])
    assert facts["classes"] == ["cat", "</script>"] and facts["bones"] == []
    assert 'class="name">boxes<' in page and "with the boxes it found" in page
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', page_for("grove"))[1])
    assert facts["classes"] == [] and 'class="name">people<' in page_for("grove")


def test_modules_that_share_a_name_are_told(tmp_path):
    (tmp_path / "a.js").write_text('import { one } from "./b.js";\n\nfunction two() {}\n')
    (tmp_path / "b.js").write_text("export function one() {}\nfunction two() {}\n")
    with pytest.raises(AssertionError, match="share a name"):
        bundle(tmp_path, "a.js")


@pytest.mark.parametrize("name", ["grove", "grove-himax", "xiao"])
def test_a_page(name):
    page = page_for(name)
    assert page == page_for(name)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    script = page.rpartition("<script>")[2].rpartition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'") and f"script-src 'sha256-{digest}'" in policy
    assert "connect-src" not in policy and page.count("<script>") == 1 and "alert(1)</script>" not in page
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', page)[1])
    assert facts["address"] == load_target(name).flash.address and len(facts["bones"]) == 19
    model = re.search(r'id="model">(.*?)</script>', page)
    assert base64.b64decode(model[1]) == MODEL and facts["md5"] == hashlib.md5(MODEL).hexdigest()
    assert ("var esptoolJs" in page) == ("Apache License" in page) == (name == "xiao")
    assert not re.findall(r"(?:src|href)=\"?https?:", page)


def test_what_flashing_covers_is_said():
    assert "overwrites" not in page_for("grove")
    manifest = {**MANIFEST, "model": {**MANIFEST["model"], "bytes": 0x45001}}
    page = render_board(load_target("grove-himax"), manifest, bytes(0x45001), note=None).decode()
    assert "the device id of Seeed" in page and "at 0x400000" in page


@pytest.mark.parametrize("manifest", [MANIFEST, None], ids=["package", "none"])
def test_the_page_of_watch_connects_to_its_socket_alone(manifest):
    page = render_served(load_target("grove"), manifest, socket="ws://127.0.0.1:1234", replay=False).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'") and "connect-src ws://127.0.0.1:1234;" in policy
    script = page.rpartition("<script>")[2].rpartition("</script>")[0]
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
    assert 'id="flash"' not in page and 'id="model"' not in page and "alert(1)</script>" not in page
    assert ("55.4 ms" in page) == (manifest is not None)


def test_another_bundle_is_refused(monkeypatch):
    monkeypatch.setattr("edgecask.package.board_page.ESPTOOL_JS_SHA256", "0" * 64)
    with pytest.raises(AssertionError, match="not what build.mjs made"):
        page_for("xiao")
