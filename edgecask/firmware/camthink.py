"""CamThink's NE301: what its firmware asks of a file, and the JSON beside the model that says what it is.

NE is wicevi/ne301 @527edc7. Its Script/model_packager.py puts both into one package, once stedgeai has made code of
the model; Custom/Hal/nn.c and Custom/Common/Lib/pp/ read the JSON on the camera.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from edgecask.errors import ContractError
from edgecask.files import readable_json
from edgecask.firmware import st
from edgecask.firmware.commands import Command
from edgecask.firmware.plain import Plain
from edgecask.target.model_file import ModelFile
from edgecask.target.package_tables import Manifest
from edgecask.target.rules import Row, judge
from edgecask.target.tables import Strict
from edgecask.target.target import Target
from edgecask.task.pose import COCO_BONES, COCO_KEYPOINTS, COCO_NAMES, DECODED
from edgecask.task.task import task_of

LONGEST_NAME = 254
"""Bytes of a class's or a keypoint's name: `uint8_t len = strlen(…) + 1` (NE Custom/Common/Lib/pp/pp_*_yolo_v8_uf.c)
comes round to 0 at 255, and more than was allocated is copied."""
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


class CamthinkVendor(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[vendor]: what the JSON and CamThink's Makefile call the model.

    `profile` is that of NE Model/neural_art_reloc.json; a result has room for `most_keypoints`; `memory` and `runtime`
    stand in the JSON as they are.
    """

    use_case: str
    model_type: str
    postprocess_type: str
    profile: str
    most_keypoints: int
    memory: dict[str, Any]
    runtime: dict[str, Any]


class Camthink(Plain):
    """See edgecask.firmware.family.Family."""

    vendor_table: type[Strict] = CamthinkVendor
    time_note = "ST's stedgeai tells the time and the memory of this model when CamThink's Makefile runs it."

    def rows(self, model: ModelFile, target: Target) -> Iterator[Row]:
        """Whether a result has room for as many keypoints as the model has."""
        if task_of(target.model.task).counted != "keypoints":
            return
        most = target.vendor_as(CamthinkVendor).most_keypoints
        shape = model.outputs[0].shape if len(model.outputs) == 1 else ()
        keypoints = DECODED.outputs[0].channels.count(shape[1]) if len(shape) == 3 else None
        if keypoints is not None:
            yield judge(
                "number of keypoints", keypoints <= most, keypoints, f"at most {most}",
                "The firmware writes past the end of a result: train with fewer keypoints.",
            )  # fmt: skip

    def claimed_granularity(self, file_name: str) -> str | None:
        """The naming is ST's."""
        return st.St().claimed_granularity(file_name)

    def model_name(self, target: Target, *, stem: str, image_size: int) -> str:
        """ST's naming, which CamThink's models have."""
        return st.model_name(
            f"{_PLAIN.sub('-', stem)}_{image_size}",
            granularity=target.quantization.made,
            input_type=target.quantization.input_type,
            output_type=target.quantization.output_type,
            use_case=target.vendor_as(CamthinkVendor).use_case,
        )

    def operator_counts(self, operators: int) -> dict[str, int]:
        """Stedgeai decides which of them its NPU runs."""
        return {"operators": operators}

    def package_files(self, target: Target, manifest: Manifest, model: bytes) -> dict[str, bytes]:
        """The JSON, under the model's name."""
        return {json_name(manifest["model"]["file"]): readable_json(model_json(target, manifest))}

    def commands(self, target: Target, model_file: str) -> tuple[Command, ...]:
        """CamThink's own Makefile, with this model for its example."""
        profile = target.vendor_as(CamthinkVendor).profile
        names = [model_file, json_name(model_file)]
        variables = {
            "MODEL_TFLITE": f"weights/{names[0]}",
            "MODEL_JSON": f"weights/{names[1]}",
            "RELOC_CONFIG": f"{profile}@neural_art_reloc.json",
        }
        return (
            Command(
                purpose="Put the model and its JSON into a clone of CamThink's repository:",
                line=shlex.join(["cp", *names, "ne301/Model/weights/"]),
            ),
            Command(
                purpose="and make its package there (with ST Edge AI Core and STM32CubeCLT):",
                line=shlex.join(["make", "pkg-model", *(f"{name}={value}" for name, value in variables.items())]),
            ),
        )


def json_name(model_file: str) -> str:
    """The name of the JSON beside a model."""
    return PurePath(model_file).with_suffix(".json").name


def model_json(target: Target, manifest: Manifest) -> dict[str, Any]:
    """What NE Custom/Hal/nn.c and pp_mpe_yolo_v8_uf.c read; raises ContractError where a name is too long for it.

    The keys are those of NE Model/weights/yolov8n_256_quant_pc_uf_pose_coco-st.json, where `channels` has another
    number than the output has rows (nothing reads it). `max_detections` is what results have room for, and the most of
    each class (od_pp_yolov8.c): of several classes together there may be as many as there are anchors, and the firmware
    does not look (NE Custom/Common/Lib/pp/pp_od_yolo_v8_uf.c).
    """
    vendor, size, nms = target.vendor_as(CamthinkVendor), manifest["imgsz"], target.nms
    (output,) = manifest["outputs"]
    _, rows, anchors = output["shape"]
    scale, zero_point = output["scale"] or 0.0, output["zero_point"] or 0
    name = manifest["inputs"]["weights"]["name"].removesuffix(".pt")
    return {
        "version": "1.0.0",
        "model_info": {
            "name": f"{name} {size}",
            "version": "1.0.0",
            "description": f"{', '.join(manifest['classes'])}, {size} × {size} pixels",
            "type": vendor.model_type,
            "framework": "TFLITE",
            "author": "",
        },
        "input_spec": {
            "width": size,
            "height": size,
            "channels": 3,
            "data_type": target.quantization.input_type,
            "color_format": "RGB888_YUV444_1",
            "normalization": {"enabled": True, "mean": [0.0, 0.0, 0.0], "std": [255.0, 255.0, 255.0]},
        },
        "output_spec": {
            "num_outputs": 1,
            "outputs": [
                {
                    "name": "output0",
                    "batch": 1,
                    "height": 1,
                    "width": anchors,
                    "channels": rows,
                    "data_type": output["dtype"],
                    "scale": scale,
                    "zero_point": zero_point,
                }
            ],
        },
        "memory": vendor.memory,
        "postprocess_type": vendor.postprocess_type,
        "postprocess_params": {
            "num_classes": len(manifest["classes"]),
            "class_names": [_checked(name) for name in manifest["classes"]],
            "confidence_threshold": nms.score,
            "iou_threshold": nms.iou,
            "max_detections": nms.maximum if len(manifest["classes"]) == 1 else max(nms.maximum or 0, anchors),
            **_keypoints(manifest["keypoints"]),
            "total_boxes": anchors,
            "raw_output_scale": scale,
            "raw_output_zero_point": zero_point,
        },
        "runtime": vendor.runtime,
    }


def _keypoints(count: int) -> dict[str, Any]:
    """COCO's names and bones for as many keypoints as COCO has, else numbers and no bones."""
    if not count:
        return {}
    coco = count == COCO_KEYPOINTS
    names = list(COCO_NAMES) if coco else [f"keypoint_{number}" for number in range(count)]
    return {
        "num_keypoints": count,
        "keypoint_names": names,
        "keypoint_connections": [list(bone) for bone in COCO_BONES] if coco else [],
    }


def _checked(name: str) -> str:
    if len(name.encode()) > LONGEST_NAME:
        raise ContractError(
            f"The class name {name[:40]}… has {len(name.encode())} bytes; the camera's firmware takes {LONGEST_NAME}.",
            advice="Give the class a shorter name.",
        )
    return name
