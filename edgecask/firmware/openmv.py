"""OpenMV's cameras: the labels beside a model, and a script that runs it.

OMV is openmv/openmv @cbbb877. Its library reads one decoded output and needs no more than the model's file and its
labels; the script here is edgecask's own, for OMV's library may not be passed on for money.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from edgecask.errors import ContractError
from edgecask.firmware.plain import Plain
from edgecask.target.model_file import ModelFile
from edgecask.target.package_tables import Manifest
from edgecask.target.rules import Row, judge
from edgecask.target.target import Target

SCRIPT = "main.py"
OF_PIXELS = 0.1
"""The scale from which an output's range is some tens: those are pixels, and no parts of the input."""
OF_FEW_STEPS = 0.02
"""The scale from which scores, which share it with the coordinates, have fewer than fifty steps."""
_PLAIN = re.compile(r"[^A-Za-z0-9_-]+")
"""Model() takes for the labels' file what stands before the first dot, and .txt (OMV scripts/libraries/ml/ml-core/ml/
model.py)."""
_TEXT = """\
# Objects that {name} finds, drawn into the camera's picture: {classes}.
import csi
import ml
from ml.postprocessing.ultralytics import YoloV8

camera = csi.CSI()
camera.reset()
camera.pixformat(csi.RGB565)
camera.framesize(csi.VGA)

try:
    model = ml.Model("/rom/{model}", postprocess=YoloV8(threshold={threshold}))
except Exception:  # it is not in ROMFS
    model = ml.Model("{model}", postprocess=YoloV8(threshold={threshold}))

while True:
    image = camera.snapshot()
    for number, found in enumerate(model.predict([image])):
        for (x, y, width, height), score in found:
            image.draw_rectangle((x, y, width, height))
            image.draw_string((x, y), "%s %d" % (model.labels[number], 100 * score))
            print(model.labels[number], x, y, width, height, score)
"""


class Openmv(Plain):
    """See edgecask.firmware.family.Family."""

    def rows(self, model: ModelFile, target: Target) -> Iterator[Row]:
        """The version of the schema (OMV lib/tflm/tflm_backend.cc:235), and whether coordinates are parts."""
        yield from super().rows(model, target)
        for scale in (output.scale for output in model.outputs if output.scale is not None):
            found, needed = f"scale {scale:.4f}", f"below {OF_PIXELS:g}: coordinates in parts of the input"
            if OF_FEW_STEPS <= scale < OF_PIXELS:
                advice = (
                    f"Scores have {1 / scale:.0f} steps, since some box is larger than the input: a network that gives "
                    "such boxes is not trained to the end."
                )
                yield Row(rule="output in parts", verdict="warn", found=found, needed=needed, advice=advice)
                continue
            advice = "OpenMV multiplies coordinates by the input's size: pixels lie outside of it."
            yield judge("output in parts", scale < OF_PIXELS, found, needed, advice)

    def model_name(self, target: Target, *, stem: str, image_size: int) -> str:
        """The weights' name without dots, and the size."""
        return f"{_PLAIN.sub('-', stem)}_{image_size}.tflite"

    def package_files(self, target: Target, manifest: Manifest, model: bytes) -> dict[str, bytes]:
        """The labels, one a line, and the script; raises ContractError where a name is more than a line."""
        broken = [name for name in manifest["classes"] if len(name.splitlines()) != 1 or name != name.strip()]
        if broken:
            raise ContractError(
                f"The class name {broken[0]!r:.60} is no line of a text.", advice="Give the class a name of one line."
            )
        file = PurePath(manifest["model"]["file"])
        script = _TEXT.format(
            name=file.stem, model=file.name, classes=", ".join(manifest["classes"]), threshold=target.nms.score
        )
        return {
            file.with_suffix(".txt").name: "".join(f"{name}\n" for name in manifest["classes"]).encode(),
            SCRIPT: script.encode(),
        }
