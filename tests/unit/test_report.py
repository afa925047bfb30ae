"""The page, from manifests and results as a build has them, and from ones that nobody should trust."""

import base64
import copy
import hashlib
import json
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from test_layer_costs import NETWORK, ROWS, table

from edgecask.package.report import plot_data, render, time_by_layer, timeline_node
from edgecask.plan.graph import Results
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.contract import Report
from edgecask.target.rules import Row
from edgecask.target.target import load_target, target_names

HOSTILE = """"><script>window.pwned=1</script><img src=x onerror=window.pwned=2>'{{ 7*7 }}javascript:&#60;/style>"""
JPEG = base64.b64encode(b"\xff\xd8\xff\xd9").decode()
SHA256 = "ab" * 32
MANIFEST = {
    "imgsz": 192, "classes": ["person"], "keypoints": 17,
    "model": {"file": "model.tflite", "sha256": SHA256, "bytes": 2_284_368},
    "outputs": [{"name": "keypoints", "shape": [1, 756, 51], "dtype": "int8", "scale": 0.0628, "zero_point": 25},
                {"name": "float", "shape": [1], "dtype": "float32", "scale": None, "zero_point": None}],
    "metrics": {"npu_ms": 6.75, "timeline_ms": 6.875, "sram_kib": 254.25, "flash_kib": 2229.0, "npu_ops": 4,
                "cpu_ops": 0},
    "accuracy": {"data": {"images": 80, "people": 86, "sha256": SHA256, "sigmas": "COCO's"},
                 "float": {"AP": 0.25, "AP50": 0.5, "AP75": 0.2, "AR": 0.3, "ST AP0.5": 0.4},
                 "int8": {"AP": 0.247, "AP50": 0.49, "AP75": 0.21, "AR": 0.29, "ST AP0.5": 0.4},
                 "drop": {"points": 0.3, "interval": [-0.1, 0.7]}},
    "inputs": {"weights": {"name": "best.pt", "sha256": SHA256}, "vela_config_sha256": SHA256,
               "calibration": {"source": "folder", "sha256": SHA256, "count": 80}},
}  # fmt: skip
TOOLCHAIN = {"environment": "vela", "kind": "venv", "lock_sha256": SHA256}
CHECKS = Report(
    model="the model", target="grove", firmware="SSCMA-Micro 1.0.x",
    rows=(Row(rule="input type", verdict="pass", found="int8", needed="int8"),
          Row(rule="granularity", verdict="unknown", found="in the code", needed="per-tensor", advice="Look.")),
)  # fmt: skip


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text that is no script or style."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self._inside: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside:
            self.text += " " + " ".join(data.split())
        elif self._inside[-1] == "script":
            self.scripts.append(data)

    def attributes(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def result(store: Store, report=None, **files) -> StageResult:
    outputs = {
        name.replace("__", "-").replace("_", "."): store.ingest_bytes(data.encode()) for name, data in files.items()
    }
    versions = {"versions": {"ethos-u-vela": "4.5.0"}}
    return StageResult(key="", outputs=outputs, report={**versions, **(report or {})}, toolchain=TOOLCHAIN)


@pytest.fixture
def results(directories):
    """What a build for an NPU with labelled data leaves."""
    store = Store(directories.store)
    svg = "<svg viewBox='0 0 9 9'><text>plot</text></svg>"
    plots = {f"{plot}__{width}_svg": svg for plot in ("layers", "memory") for width in ("wide", "narrow")}
    timelines = {f"timeline__{width}_svg": svg for width in ("wide", "narrow")}
    overlay = {"name": "a.jpg", "float": {"people": 1, "jpeg": JPEG}, "int8": {"people": 2, "jpeg": JPEG}}
    thumbnails = [{"number": number, "jpeg": JPEG} for number in (1, 40, 80)]
    return {
        "prepare": result(store, thumbnails_json=json.dumps({"thumbnails": thumbnails})),
        "export": result(store, {"network": NETWORK}),
        "compile": result(store, {"metrics": MANIFEST["metrics"], "core_clock_hz": 1e6}, operators_csv=table(ROWS)),
        "figures": result(store, **plots),
        "draw timeline": result(store, **timelines),
        "overlays": result(store, overlays_json=json.dumps({"overlays": [overlay]})),
    }


def page(results, manifest=MANIFEST, target="grove", checks=CHECKS) -> bytes:
    return render(load_target(target), manifest, results=results, checks=checks)


def without(manifest, *path):
    changed = copy.deepcopy(manifest)
    table_ = changed
    for key in path[:-1]:
        table_ = table_[key]
    del table_[path[-1]]
    return changed


def test_everything_is_there(results):
    text = Elements(page(results)).text
    for expected in (
        "best.pt", "192 × 192", "person", "17 keypoints", "1 of 2 rules", "1 cannot be known here", "6.8 ms",
        "edgecask flash --target=grove", "0.3 points of AP", "−0.1 to 0.7", "24.7", "80 pictures with 86 people",
        "a.jpg", "float: 1 person", "int8: 2 people", "4.5 ms (67 %) multiplying by weights", "0 Conv",
        "keypoints, stride 32", "254.2 KiB", "1110 KiB", "input type", "cannot know", "Look.", "3 of the 80",
        "ethos-u-vela 4.5.0", "1 × 756 × 51", "My_Mem_Mode_Parent",
    ):  # fmt: skip
        assert expected in text, expected


def agreeing(**changes):
    """A manifest of a build without labels, whose model agrees with the float one by so much."""
    keypoint = {"count": 19, "pixels": 1.234, "interval": [1.0, 1.5], "similarity": 0.9}
    unseen = {"count": 0, "pixels": None, "interval": None, "similarity": None}
    agreement = {
        "data": {
            "images": 16,
            "people": 20,
            "source": "held out from calibration",
            "sha256": SHA256,
            "sigmas": "COCO's",
        },
        "AP": 0.776,
        "interval": [0.6, 0.815],
        "missed": 1,
        "distance": {"pixels": 1.234, "interval": [1.0, 1.5]},
        "keypoints": [keypoint] * 16 + [unseen],
    }
    return without(MANIFEST, "accuracy") | {"agreement": agreement | changes}


def test_without_labels_the_float_model_is_what_it_is_held_against(results):
    text = Elements(page(results, agreeing())).text
    for expected in (
        "AP was not measured", "77.6 points of AP", "60.0 to 81.5",
        "on 16 images held out from calibration, with 20 people",
        "1.23 pixels of the network's input apart", "1 of the people are not found", "The interval is wide", "left eye",
        "right ankle 0 – – –", "1.00 to 1.50", "0.900", "77.6 AP", "Images held out from calibration, evenly",
    ):  # fmt: skip
        assert expected in text, expected
    assert "The interval is wide" not in Elements(page(results, agreeing(interval=[0.75, 0.8]))).text
    others = Elements(page(results, agreeing(keypoints=agreeing()["agreement"]["keypoints"][:3]))).text
    assert "left eye" not in others


def test_where_there_is_no_agreement_the_reason_stands(results):
    manifest = without(MANIFEST, "accuracy") | {"agreement": {"reason": "the images are few"}}
    text = Elements(page(results, manifest)).text
    assert "There is none: the images are few." in text and "Calibration pictures, evenly" in text
    assert "Agreement, without labels" not in Elements(page(results)).text


def test_weights_brought_ahead_stand_beside_the_models_own_order(results):
    manifest = copy.deepcopy(MANIFEST)
    assert "weights brought ahead" not in Elements(page(results, manifest)).text
    metrics = {"timeline_ms": 5.125, "sram_kib": 300.5, "flash_kib": 2229.0}
    manifest["prefetch"] = {"file": "model-prefetch.tflite", "sha256": "0", "bytes": 1, "metrics": metrics}
    text = Elements(page(results, manifest)).text
    assert "5.1 ms" in text and "in 300.5 KiB of SRAM" in text and "No board has run it yet" in text
    manifest["prefetch"] = {"reason": "it would gain nothing"}
    text = Elements(page(results, manifest)).text
    assert "it would gain nothing" in text and "No board has run it yet" not in text


def test_the_timelines_drawn_are_those_of_the_files_in_the_package(directories):
    store = Store(directories.store)

    def made(milliseconds, npu_ops=1):
        metrics = {"timeline_ms": milliseconds, "npu_ops": npu_ops}
        report = {"metrics": metrics, "prefetch": {"possible": True}}
        return result(store, report, timeline_json=str(milliseconds))

    def settled(compiled, ahead=None):
        found = Results()  # without the values of steps: `invoke plan` has none
        found.add("compile", None, compiled)
        if ahead is not None:
            found.add("prefetch", None, ahead)
        return timeline_node().settle(found)

    both = settled(made(57.2), made(45.7))
    titles = [["model", "model.tflite: 57.2 ms"], ["prefetch", "model-prefetch.tflite: 45.7 ms"]]
    assert both.parameters == {"timelines": titles, "strips": 1}
    assert sorted(both.inputs) == ["model.json", "prefetch.json"]
    for alone in (settled(made(57.2)), settled(made(57.2), made(60.0))):
        assert sorted(alone.inputs) == ["model.json"]
    assert settled(made(0.0, npu_ops=0)) is None


def test_the_same_inputs_give_the_same_bytes(results):
    assert page(results) == page(dict(reversed(results.items())), dict(reversed(MANIFEST.items())))


def test_what_differs_between_runners_is_not_in_it(results):
    base = {"image": "x", "identity": "y", "packages": {}}
    docker = {**TOOLCHAIN, "kind": "docker", "image": "edgecask/vela:1", "base": base}
    in_containers = {name: replace(result, toolchain=docker) for name, result in results.items()}
    assert page(in_containers) == page(results)


def test_it_refers_to_nothing_outside(results):
    content = page(results)
    assert b"http:" not in content and b"https:" not in content and b"@import" not in content
    elements = Elements(content)
    assert elements.attributes("img") and not elements.attributes("base")
    for _, attributes in elements.found:
        for name in ("src", "href", "xlink:href", "srcset", "action", "data"):
            if attributes.get(name):
                # But for the page beside it, which flashes.
                assert attributes[name].startswith(("data:", "#")) or attributes[name] == "board.html", attributes[name]


def test_its_policy_forbids_everything_but_its_own_script(results):
    elements = Elements(page(results))
    (policy,) = (
        attributes["content"]
        for attributes in elements.attributes("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    directives = dict(directive.strip().split(" ", 1) for directive in policy.split(";"))
    assert directives["default-src"] == "'none'" and directives["img-src"] == "data:"
    (script,) = elements.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert directives["script-src"] == f"'sha256-{digest}'"
    assert "connect-src" not in directives and "font-src" not in directives


def hostile(value):
    """The same with every text changed for the worst."""
    if isinstance(value, dict):
        return {key: hostile(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [hostile(entry) for entry in value]
    return HOSTILE if isinstance(value, str) else value


def test_whatever_a_name_is_it_stays_text(results, directories):
    honest = Elements(page(results))
    overlay = {"people": 1, "jpeg": JPEG}
    overlays = json.dumps({"overlays": [{"name": HOSTILE, "float": overlay, "int8": overlay}]})
    results |= {"overlays": result(Store(directories.store), overlays_json=overlays)}
    rows = tuple(Row(rule=HOSTILE, verdict=row.verdict, found=HOSTILE, needed=HOSTILE, advice=HOSTILE)
                 for row in CHECKS.rows)  # fmt: skip
    manifest = hostile(MANIFEST)
    content = page(results, manifest, checks=Report(model=HOSTILE, target=HOSTILE, firmware=HOSTILE, rows=rows))
    elements = Elements(content)
    assert [tag for tag, _ in elements.found] == [tag for tag, _ in honest.found]
    assert all(not name.startswith("on") for _, attributes in elements.found for name in attributes)
    assert elements.scripts == honest.scripts
    assert elements.text.count("window.pwned=1") > 15 and "{{ 7*7 }}" in elements.text


def test_a_hostile_weights_notice_and_demo_weights(results):
    manifest = copy.deepcopy(MANIFEST)
    manifest["inputs"]["weights"]["notice"] = "untrained <b>network</b>"
    content = page(results, manifest)
    assert b"Untrained &lt;b&gt;network" in content and b"<b>Not for use.</b>" in content
    assert b"Not for use" not in page(results)


LEVELS = {
    "off": {"npu_ms": 55.4, "flash_kib": 2229.0, "sram_kib": 253.0, "AP": 0.129},
    "smaller": {"npu_ms": 51.0, "flash_kib": 2019.0, "sram_kib": 253.0, "AP": 0.128},
    "smallest": {"npu_ms": 40.6, "flash_kib": 1436.0, "sram_kib": 253.0, "AP": 0.12},
}


def test_levels_of_compression_side_by_side(results, directories):
    manifest = {**MANIFEST, "compression": {"level": "smallest", "levels": LEVELS}}
    curve = {f"curve__{width}_svg": "<svg viewBox='0 0 9 9'><text>curve</text></svg>" for width in ("wide", "narrow")}
    results |= {"curve": result(Store(directories.store), **curve)}
    elements = Elements(page(results, manifest))
    for expected in (
        "What compression buys",
        "--compress-weights=smallest",
        "this model",
        "12.0",
        "40.6",
        "1,436",
        "2,019",
        "12.9",
    ):
        assert expected in elements.text, expected
    assert elements.text.count("curve") == 2
    assert "What compression buys" not in Elements(page(results)).text


def test_levels_without_labelled_data_have_no_accuracy(results):
    levels = {name: {key: value for key, value in entry.items() if key != "AP"} for name, entry in LEVELS.items()}
    manifest = without(MANIFEST, "accuracy") | {"compression": {"level": "smaller", "levels": levels}}
    del results["overlays"]
    text = Elements(page(results, manifest)).text
    assert (
        "What compression buys" in text and "51.0" in text and "12.9" not in text and "shown here with --data" in text
    )


def test_without_labelled_data_it_says_how_to_get_the_figures(results):
    del results["overlays"]
    elements = Elements(page(results, without(MANIFEST, "accuracy")))
    assert "--data=" in elements.text and "What it sees" not in elements.text and "AP75" not in elements.text


@pytest.mark.parametrize(
    ("target", "who"), [("xiao", "the device itself"), ("stm32n6", "ST's tools"), ("stm32mp2", "ST's tools")]
)
def test_without_an_npu_here_it_says_who_tells_the_time(results, target, who):
    for name in ("compile", "figures", "draw timeline"):
        del results[name]
    manifest = without(MANIFEST, "inputs", "vela_config_sha256")
    manifest["metrics"] = {"flash_kib": 3302.5, "operators": 318}
    elements = Elements(page(results, manifest, target=target))
    assert who in elements.text and "Memory over the schedule" not in elements.text
    assert not elements.attributes("svg")


@pytest.mark.parametrize("target", target_names())
def test_commands_can_be_pasted_for_every_target(results, target):
    manifest = copy.deepcopy(MANIFEST)
    manifest["model"]["file"] = "a b; touch pwned.tflite"
    content = page(results, manifest, target=target).decode()
    lines = [line.replace("&#39;", "'").replace("&#34;", '"') for line in
             re.findall(r'<div class="command"><code>(.*?)</code>', content)]  # fmt: skip
    assert f"edgecask flash --target={target}" in lines
    for line in lines:
        assert "touch" not in shlex.split(line), line
    assert any("esptool" in line for line in lines) == (target == "xiao")


def test_no_arena_limit_is_no_limit(results):
    del results["figures"]
    assert plot_data(time_by_layer(results), limit_kib=None).count(b"null") == 1
