"""The report of a real build, in a real browser."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import tarfile
from dataclasses import replace

import pytest
from browser import DESK, PHONE, headless_chromium
from PIL import Image, ImageDraw
from recording import RecordingDisplay

from edgecask.analysis.compression_tradeoff import FIGURE, curve_data
from edgecask.analysis.overlays import drawing
from edgecask.package.report import render, time_by_layer
from edgecask.plan.plot_stages import CURVE
from edgecask.runner.executor import Execution
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.store import Store
from edgecask.target.contract import Report, Row
from edgecask.target.target import load_target

HOSTILE = '"><script>window.pwned=1</script><img src=x onerror="window.pwned=2">'
# Every text with the colour it has and the first background behind it, as WCAG 2.2 (1.4.3) wants them compared.
CONTRASTS = """
(() => {
  const channel = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = colour => { const [r, g, b] = colour.map(value => channel(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script, style"))
      continue;
    const style = getComputedStyle(element);
    const colour = parse(element.closest("svg") ? style.fill : style.color);
    let behind = element, background = [0, 0, 0, 0];
    while (behind && background[3] === 0) {
      const text = parse(getComputedStyle(behind).backgroundColor);
      background = text.length === 4 ? text : [...text, 1];
      behind = behind.parentElement;
    }
    const [light, dark] = [luminance(colour.slice(0, 3)), luminance(background.slice(0, 3))].sort((a, b) => b - a);
    found.push([(light + 0.05) / (dark + 0.05), walker.currentNode.textContent.trim().slice(0, 40)]);
  }
  return found;
})()
"""
ACCURACY = {
    "data": {"images": 2, "people": 3, "sha256": "ab" * 32, "sigmas": "COCO's"},
    "float": {"AP": 0.25, "AP50": 0.5, "AP75": 0.2, "AR": 0.3, "ST AP0.5": 0.4},
    "int8": {"AP": 0.247, "AP50": 0.49, "AP75": 0.21, "AR": 0.29, "ST AP0.5": 0.4},
    "drop": {"points": 0.3, "interval": [-0.1, 0.7]},
}
COMPRESSION = {
    "level": "smaller",
    "levels": {
        "off": {"npu_ms": 55.4, "flash_kib": 2229.0, "sram_kib": 252.7, "AP": 0.249},
        "smaller": {"npu_ms": 51.1, "flash_kib": 2019.0, "sram_kib": 252.7, "AP": 0.247},
        "smallest": {"npu_ms": 40.6, "flash_kib": 1436.0, "sram_kib": 252.7, "AP": 0.231},
    },
}

THUMBNAILS = 24
"""Of the 48 calibration pictures; the other pictures are six with what both models see."""


@pytest.fixture(scope="module")
def chromium():
    with headless_chromium() as page:
        yield page


def image(width, height):
    drawn = Image.new("RGB", (width, height), (90, 120, 150))
    ImageDraw.Draw(drawn).ellipse((10, 10, width // 2, height // 2), fill=(200, 80, 40))
    encoded = io.BytesIO()
    drawn.save(encoded, "PNG")
    return encoded.getvalue()


def person(keypoints, shift=0):
    points = [[20 + shift + 9 * index % 200, 30 + 7 * index, 0.9 if index % 5 else 0.1] for index in range(keypoints)]
    return {"box": [10, 10, 300, 200], "score": 0.9, "keypoints": points}


@pytest.fixture(scope="module")
def drawn(session_directories):
    """Overlays of COCO's keypoints and of five, by the real stage; names of pictures are whatever they are."""
    store = Store(session_directories.store)
    archive = io.BytesIO()
    images = []
    with tarfile.open(fileobj=archive, mode="w") as stream:
        for name, size, keypoints in (("a.png", (640, 480), 17), (f"b {HOSTILE.replace('/', '')}.png", (300, 900), 5)):
            member = tarfile.TarInfo(name)
            content = image(*size)
            member.size = len(content)
            stream.addfile(member, io.BytesIO(content))
            images.append(
                {
                    "name": name, "width": size[0], "height": size[1],
                    "float": [person(keypoints), person(keypoints, 100)], "int8": [person(keypoints, 5)],
                }
            )  # fmt: skip
    execution = Execution(
        directories=session_directories, store=store, runner=VirtualEnvironmentRunner(session_directories),
        display=RecordingDisplay(),
    )  # fmt: skip
    return execution.run(
        replace(
            drawing(load_target("grove")),
            inputs={
                "images.tar": store.ingest_bytes(archive.getvalue()),
                "detections.json": store.ingest_bytes(json.dumps({"images": images}).encode()),
            },
        )
    )


@pytest.fixture(scope="module")
def curve(session_directories):
    """The curve over the levels of compression, by the real stage."""
    store = Store(session_directories.store)
    execution = Execution(
        directories=session_directories, store=store, runner=VirtualEnvironmentRunner(session_directories),
        display=RecordingDisplay(),
    )  # fmt: skip
    data = store.ingest_bytes(curve_data(COMPRESSION, ACCURACY))
    return {FIGURE: execution.run(replace(CURVE, inputs={"curve.json": data}))}


@pytest.fixture(scope="module")
def full_page(demo_builds, drawn, curve, tmp_path_factory):
    """Everything that a page can hold, with names that nobody should trust."""
    package, _ = demo_builds("venv")
    manifest = copy.deepcopy(dict(package.manifest)) | {"accuracy": ACCURACY, "classes": [HOSTILE]}
    manifest["compression"] = COMPRESSION
    manifest["inputs"]["weights"]["name"] = HOSTILE
    rows = tuple(
        Row(
            rule=f"rule {verdict}",
            verdict=verdict,
            found="×".join(["1234567890"] * 12),
            needed=HOSTILE,
            advice="Do it.",
        )
        for verdict in ("pass", "unknown", "fail")
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(
        render(
            load_target("grove"), manifest, results={**package.results, "overlays": drawn, **curve},
            checks=Report(model="the model", target="grove", firmware="the firmware", rows=rows),
        )
    )  # fmt: skip
    return path


def test_the_build_writes_it(demo_builds, runner):
    package, _ = demo_builds(runner.name)
    content = (package.folder / "report.html").read_text()
    assert "Not for use" in content and package.manifest["model"]["sha256"] in content
    assert content.count("<svg") == 6 and content.count("data:image/jpeg") == THUMBNAILS + 12


def test_the_times_are_velas(demo_builds, runner):
    package, _ = demo_builds(runner.name)
    compiled = package.results["compile"]
    rows = list(csv.DictReader(compiled.outputs["operators.csv"].path.read_text().splitlines()))
    (summary,) = csv.DictReader(compiled.outputs["vela_summary.csv"].path.read_text().splitlines())
    npu = time_by_layer(package.results)
    assert npu.total.total == pytest.approx(1000 * float(summary["inference_time"]), rel=1e-4)
    assert sum(layer.times.total for layer in npu.layers) == pytest.approx(npu.total.total)
    assert sum(int(row["macs"]) for row in rows) == int(summary["nn_macs"])
    peak = max(step.kib for step in npu.memory)
    assert peak <= float(summary["sram_memory_used"]) < 1.05 * peak
    names = [layer.name for layer in npu.layers]
    assert names[:3] == ["0 Conv", "1 Conv", "2 C2f"] and names[-1] == "keypoints, stride 32" and len(names) == 25


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_it_is_drawn_without_complaint_and_without_a_fetch(chromium, full_page, size, dark):
    chromium.open(full_page, size=size, dark=dark)
    images = chromium.evaluate("[...document.images].map(image => [image.complete, image.naturalWidth])")
    assert len(images) == THUMBNAILS + 4 and all(complete and width > 0 for complete, width in images)
    boxes = chromium.evaluate(
        "[...document.querySelectorAll('.plot svg')].map(svg => svg.getBoundingClientRect())"
        ".filter(box => box.width).map(box => [box.width, box.height])"
    )
    assert len(boxes) == 4 and all(width > 300 and height > 150 for width, height in boxes)
    bars = chromium.evaluate(
        "[...document.querySelectorAll('.plot svg path')].filter(path => path.getBoundingClientRect().width > 3).length"
    )
    assert bars > 40
    assert chromium.console() == []
    fetched = [address for address in chromium.fetched() if not address.startswith("data:")]
    assert fetched == [full_page.as_uri()]
    assert chromium.evaluate("window.pwned === undefined")


@pytest.mark.parametrize("size", [(320, 640), PHONE, (600, 800), DESK])
def test_only_tables_scroll_sideways(chromium, full_page, size):
    chromium.open(full_page, size=size)
    chromium.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    wide = chromium.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]
    outside = chromium.evaluate(
        "[...document.querySelectorAll('body *')].filter(element => !element.closest('.scroll, svg, .checks thead')"
        " && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)"
        ".map(element => element.outerHTML.slice(0, 80))"
    )
    assert outside == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_every_text_can_be_read(chromium, full_page, size, dark):
    chromium.open(full_page, size=size, dark=dark)
    chromium.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    contrasts = chromium.evaluate(CONTRASTS)
    assert len(contrasts) > 100
    assert [entry for entry in contrasts if entry[0] < 4.5] == []


def test_dark_mode_changes_page_and_plots(chromium, full_page):
    colours = []
    for dark in (False, True):
        chromium.open(full_page, dark=dark)
        colours.append(
            chromium.evaluate(
                "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,"
                " getComputedStyle(document.querySelector('.plot .wide text')).fill,"
                " getComputedStyle(document.querySelector('.plot .wide svg path[style*=multiplying]')).fill]"
            )
        )
    assert all(light != dark for light, dark in zip(*colours, strict=True)), colours


def test_the_policy_holds_back_what_a_name_might_smuggle_in(chromium, full_page):
    chromium.open(full_page)
    directive = chromium.evaluate(
        "new Promise(answer => { addEventListener('securitypolicyviolation', event => answer(event.violatedDirective));"
        " new Image().src = 'http://192.0.2.1/x.png'; })"
    )
    assert directive == "img-src"
    inline = chromium.evaluate(
        "new Promise(answer => { addEventListener('securitypolicyviolation', event => answer(event.violatedDirective));"
        " const script = document.createElement('script'); script.textContent = 'window.pwned = 3';"
        " document.body.append(script); })"
    )
    assert inline.startswith("script-src") and chromium.evaluate("window.pwned === undefined")


def test_the_command_can_be_copied(chromium, full_page):
    chromium.open(full_page)
    chromium.allow_clipboard()
    chromium.evaluate("document.querySelector('button.copy').click()")
    assert chromium.evaluate("navigator.clipboard.readText()") == "edgecask flash --target=grove"
    assert chromium.evaluate("document.querySelector('button.copy').textContent") == "copied"


def test_both_models_are_drawn(drawn):
    overlays = json.loads(drawn.outputs["overlays.json"].path.read_text())["overlays"]
    assert [(overlay["float"]["people"], overlay["int8"]["people"]) for overlay in overlays] == [(2, 1), (2, 1)]
    assert all(overlay["float"]["jpeg"] != overlay["int8"]["jpeg"] for overlay in overlays)
    assert not re.search(r"[^A-Za-z0-9+/=]", overlays[0]["float"]["jpeg"])
