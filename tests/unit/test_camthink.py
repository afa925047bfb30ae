"""CamThink's NE301: what its firmware asks for, and the JSON that it reads."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from edgecask.errors import ContractError
from edgecask.firmware.family import family_of, family_rows
from edgecask.target.contract import check
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

TARGET = load_target("ne301")
MODEL = read_model(Path(__file__).resolve().parents[1] / "data" / "tiny_quant_pc_uf_test.tflite")
# NE Model/weights/yolov8n_256_quant_pc_uf_pose_coco-st.json, wicevi/ne301 @527edc7, but for its texts, for `channels`
# (224 there, which is four times 56 and read by nobody) and for thresholds, which the camera overwrites.
SHIPPED = {
    "input_spec": {
        "width": 256,
        "height": 256,
        "channels": 3,
        "data_type": "uint8",
        "color_format": "RGB888_YUV444_1",
        "normalization": {"enabled": True, "mean": [0.0, 0.0, 0.0], "std": [255.0, 255.0, 255.0]},
    },
    "memory": {
        "exec_memory_pool": 874512384,
        "exec_memory_size": 1835008,
        "ext_memory_pool": 2415919104,
        "ext_memory_size": 301056,
        "alignment_requirement": 32,
    },
    "postprocess_type": "pp_mpe_yolo_v8_uf",
    "runtime": {
        "execution": {"mode": "SYNC", "priority": 5, "timeout_ms": 5000},
        "memory_management": {
            "cache_policy": "WRITE_BACK",
            "memory_pool_size": 2097152,
            "garbage_collection": False,
        },
        "debugging": {"log_level": "INFO", "performance_monitoring": True, "memory_profiling": False},
    },
}
CONNECTIONS = [
    [0, 1], [0, 2], [1, 3], [2, 4], [1, 2], [3, 5], [4, 6], [5, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [6, 12],
    [11, 12], [11, 13], [13, 15], [12, 14], [14, 16],
]  # fmt: skip


def manifest(keypoints=17, classes=("person",)):
    output = {"name": "o", "shape": [1, 5 + 3 * keypoints, 1344], "dtype": "float32", "scale": None, "zero_point": None}
    return {
        "model": {"file": "best_256_quant_pc_uf_pose.tflite"},
        "imgsz": 256,
        "classes": list(classes),
        "keypoints": keypoints,
        "outputs": [output],
        "inputs": {"weights": {"name": "best.pt"}},
    }


def written(**about):
    files = family_of(TARGET).package_files(TARGET, manifest(**about), b"")
    assert list(files) == ["best_256_quant_pc_uf_pose.json"]
    return json.loads(files["best_256_quant_pc_uf_pose.json"])


def test_the_json_is_what_camthink_ships_for_the_same_model():
    found = written()
    assert {name: found[name] for name in SHIPPED} == SHIPPED
    assert set(found) == {"version", "model_info", "output_spec", "postprocess_params", *SHIPPED}
    assert found["model_info"]["type"] == "POSE_ESTIMATION" and found["model_info"]["framework"] == "TFLITE"
    (output,) = found["output_spec"]["outputs"]
    assert (output["width"], output["channels"], output["data_type"]) == (1344, 56, "float32")
    parameters = found["postprocess_params"]
    assert (parameters["num_classes"], parameters["class_names"]) == (1, ["person"])
    assert (parameters["num_keypoints"], parameters["total_boxes"], parameters["max_detections"]) == (17, 1344, 10)
    assert parameters["keypoint_names"][0] == "nose" and len(parameters["keypoint_names"]) == 17
    bones = {tuple(sorted(bone)) for bone in parameters["keypoint_connections"]}
    assert bones == {tuple(sorted(bone)) for bone in CONNECTIONS}


@pytest.mark.parametrize("keypoints", [1, 4, 33])
def test_any_number_of_keypoints(keypoints):
    parameters = written(keypoints=keypoints)["postprocess_params"]
    assert parameters["num_keypoints"] == keypoints == len(parameters["keypoint_names"])
    assert parameters["keypoint_connections"] == []  # none that point at what is not there


@pytest.mark.parametrize(("keypoints", "verdict"), [(1, "pass"), (33, "pass"), (34, "fail")])
def test_a_result_has_room_for_33_keypoints(keypoints, verdict):
    shape = (1, 5 + 3 * keypoints, MODEL.outputs[0].shape[2])
    model = replace(MODEL, outputs=(replace(MODEL.outputs[0], shape=shape),))
    (row,) = family_rows(model, TARGET)
    assert (row.verdict, row.found) == (verdict, str(keypoints))
    assert row.advice or verdict == "pass"


def test_a_model_per_channel_fits():
    assert check(MODEL, TARGET, family_rows=family_rows(MODEL, TARGET)).failures == ()


@pytest.mark.parametrize("name", ["n" * 254, "ä" * 127])
def test_a_long_name_of_a_class(name):
    assert written(classes=[name])["postprocess_params"]["class_names"] == [name]
    with pytest.raises(ContractError, match="bytes; the camera's firmware takes 254"):
        written(classes=[name + "n"])


def test_the_commands_name_the_files_and_the_profile():
    copy, make = family_of(TARGET).commands(TARGET, "best_256_quant_pc_uf_pose.tflite")
    assert shlex.split(copy.line)[1:3] == ["best_256_quant_pc_uf_pose.tflite", "best_256_quant_pc_uf_pose.json"]
    assert "RELOC_CONFIG=yolov8_mpe@neural_art_reloc.json" in shlex.split(make.line)
    assert "MODEL_JSON=weights/best_256_quant_pc_uf_pose.json" in shlex.split(make.line)


@pytest.mark.parametrize("stem", ["a b", "a; rm -rf ~", "$(reboot)", "../a", "ä"])
def test_a_name_that_makefiles_may_put_into_a_command_line(stem):
    name = family_of(TARGET).model_name(TARGET, stem=stem, image_size=256)
    assert shlex.split(name) == [name] and Path(name).name == name and name.endswith("_256_quant_pc_uf_pose.tflite")


def test_detection_has_its_own_post_processing_and_room_for_every_anchor():
    """Of several classes each may show `max_detections`, and results have room for as many in all."""
    target = TARGET.for_task("detect")
    output = {"name": "o", "shape": [1, 7, 1344], "dtype": "float32", "scale": None, "zero_point": None}
    about = manifest(keypoints=0, classes=("cat", "dog", "bird")) | {"outputs": [output]}
    (content,) = family_of(target).package_files(target, about, b"").values()
    found = json.loads(content)
    assert (found["model_info"]["type"], found["postprocess_type"]) == ("OBJECT_DETECTION", "pp_od_yolo_v8_uf")
    parameters = found["postprocess_params"]
    assert (parameters["num_classes"], parameters["max_detections"]) == (3, 1344)
    assert "num_keypoints" not in parameters and parameters["class_names"] == ["cat", "dog", "bird"]
    name = family_of(target).model_name(target, stem="best", image_size=256)
    assert name == "best_256_quant_pc_uf_od.tflite"
    _, make = family_of(target).commands(target, name)
    assert "RELOC_CONFIG=yolov8_od@neural_art_reloc.json" in shlex.split(make.line)
    assert family_rows(MODEL, target) == ()
