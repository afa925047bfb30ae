"""What a build hands over to be packed: the results of its stages, and what the check says."""

import json

from locations import REPOSITORY
from test_layer_costs import NETWORK, ROWS, table

from edgecask.data.weights import Weights
from edgecask.package.contents import MODEL, PackageContents
from edgecask.package.package import SUMMARY
from edgecask.store.result import StageResult
from edgecask.target.contract import Report
from edgecask.target.model_file import read_model
from edgecask.target.rules import Row
from edgecask.target.target import load_target

DATA = REPOSITORY / "tests" / "data"
METRICS = {"npu_ms": 6.75, "timeline_ms": 6.5, "sram_kib": 254.25, "flash_kib": 2229.0, "npu_ops": 4, "cpu_ops": 0}
ROW = Row(rule="input type", verdict="pass", found="int8", needed="int8")


def contents_of(store, target="grove", **changes):
    """What a package for a target is written from."""

    def result(environment, report, *, inputs=None, **files):
        outputs = {name: store.ingest_bytes(content) for name, content in files.items()}
        toolchain = {
            "environment": environment, "kind": "venv", "lock_sha256": "1" * 64, "packages": {"torch": "2.13.0+cpu"},
        }  # fmt: skip
        return StageResult(key="k", inputs=inputs or {}, outputs=outputs, report=report, toolchain=toolchain)

    npu = target == "grove"
    path = DATA / ("raw_vela.tflite" if npu else "raw.tflite")
    model = {MODEL: path.read_bytes()}
    network = {"task": "pose", "classes": ["person"], "keypoints": 17, "network": NETWORK}
    thumbnails = json.dumps({"thumbnails": []}).encode()
    results = {
        "export": result(
            "export", {**network, "versions": {"torch": "2"}}, inputs={"weights.pt": "2" * 64}
        ),
        "prepare": result(
            "convert", {"count": 60, "versions": {"numpy": "1"}}, inputs={"images.tar": "3" * 64},
            **{"thumbnails.json": thumbnails},
        ),
        "quantize": result("convert", {"versions": {"tensorflow": "2"}}, **model),
    }  # fmt: skip
    if npu:
        files = {**model, SUMMARY: b"a,b\n", "operators.csv": table(ROWS).encode()}
        report = {"metrics": METRICS, "core_clock_hz": 1e6, "versions": {"vela": "4"}}
        results["compile"] = result("vela", report, inputs={"vela_config.ini": "4" * 64}, **files)
    else:
        results["arena"] = result("micro", {"arena_bytes": 512 * 1024})
    common = {
        "target": load_target(target),
        "image_size": 192,
        "weights": Weights(path=path, label="best.pt"),
        "calibration_source": "folder",
        "results": results,
        "model": read_model(path),
        "report": Report(model="the model", target=target, firmware="a firmware", rows=(ROW,)),
    }
    return PackageContents(**common | changes)
