"""What ST's stock applications draw, and the files for ST's tools."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from edgecask.errors import StageError
from edgecask.firmware.family import family_of, family_rows
from edgecask.firmware.st import COMMAND, DEPLOYMENT, model_name
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

DATA = Path(__file__).resolve().parents[1] / "data"
PER_TENSOR = read_model(DATA / "tiny_quant_pt_uf_test.tflite")
TARGETS = ["stm32n6", "stm32mp2"]


def with_rows(rows: int):
    output = replace(PER_TENSOR.outputs[0], shape=(1, rows, 21))
    return replace(PER_TENSOR, outputs=(output,))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("rows", "keypoints", "verdict"), [(56, 17, "pass"), (59, 18, "warn"), (20, 5, "warn"), (8, 1, "warn")]
)
def test_the_stock_application_draws_17_keypoints(target, rows, keypoints, verdict):
    loaded = load_target(target)
    (row,) = family_rows(with_rows(rows), loaded)
    assert (row.rule, row.verdict, row.found) == ("number of keypoints", verdict, str(keypoints))
    if verdict == "warn":
        assert f"{rows} rows" in row.advice and loaded.vendor["keypoints_in"] in row.advice


def test_what_is_to_be_changed_is_named():
    (row,) = family_rows(with_rows(17), load_target("stm32n6"))
    assert "Inc/display_keypoints_17.h" in row.advice
    (row,) = family_rows(with_rows(17), load_target("stm32mp2"))
    assert "yolov8n_pose_pp.py" in row.advice


@pytest.mark.parametrize("rows", [4, 5, 58, 57])
def test_an_output_that_is_none_has_no_number_of_keypoints(rows):
    assert family_rows(with_rows(rows), load_target("stm32n6")) == ()
    assert family_rows(replace(PER_TENSOR, outputs=()), load_target("stm32n6")) == ()


def test_the_names_of_files():
    family = family_of(load_target("stm32n6"))
    assert family.claimed_granularity("yolov8n_256_quant_pc_uf_pose.tflite") == "per-channel"
    assert family.claimed_granularity("yolov8n_256_quant_pt_uf_pose.tflite") == "per-tensor"
    assert family.claimed_granularity("model.tflite") is None
    name = model_name("n", granularity="per-tensor", input_type="int8", output_type="uint8", use_case="fake")
    assert name == "n_quant_pt_iu_fake.tflite"
    assert (
        family.model_name(load_target("stm32mp2"), stem="best", image_size=256)
        == "best_256_quant_pt_uf_pose_coco.tflite"
    )


@pytest.mark.parametrize("stem", ["a b", "a; rm -rf ~", "$(reboot)", "a'b", "../a", "ä"])
def test_a_name_that_sts_script_may_put_into_a_command_line(stem):
    """common_deploy.py runs `scp … MODEL root@BOARD:…` by a shell, without quotes."""
    name = family_of(load_target("stm32mp2")).model_name(load_target("stm32mp2"), stem=stem, image_size=256)
    assert shlex.split(name) == [name] and Path(name).name == name and not set(name) & set(" ;$(){}'\"`&|<>~")


def deployment(target: str, keypoints: int = 17) -> dict:
    loaded = load_target(target)
    manifest = {"model": {"file": "m.tflite"}, "keypoints": keypoints}
    return yaml.safe_load(family_of(loaded).package_files(loaded, manifest, b"")[DEPLOYMENT])


def test_the_deployment_of_the_mp2_is_what_sts_parser_takes():
    """get_config and parse_deployment_section ask for these keys and refuse any other, deploy_mpu for such a board.

    pose_estimation/src/utils/parse_config.py, common/utils/cfg_utils.py and pose_estimation/deployment/deploy.py of
    stm32ai-modelzoo-services @46924c0; the values are those of its deployment_mpu_config.yaml.
    """
    found = deployment("stm32mp2")
    assert list(found) == [
        "general", "operation_mode", "dataset", "preprocessing", "tools", "deployment", "mlflow", "hydra",
    ]  # fmt: skip
    assert found["operation_mode"] == "deployment" and found["general"]["model_type"] == "yolo_mpe"
    assert found["preprocessing"] == {
        "resizing": {"interpolation": "bilinear", "aspect_ratio": "fit"}, "color_mode": "rgb",
    }  # fmt: skip
    assert found["deployment"] == {
        "c_project_path": "../../application_code/pose_estimation/STM32MP-LINUX/",
        "label_file_path": "../../application_code/pose_estimation/STM32MP-LINUX/Resources/keypoints_yolov8.txt",
        "board_deploy_path": "/usr/local/pose-estimation",
        "verbosity": 1,
        "hardware_setup": {"serie": "STM32MP2", "board": "STM32MP257F-EV1", "ip_address": "X.X.X.X"},
    }
    assert found["deployment"]["hardware_setup"]["board"] in ("STM32MP257F-EV1", "STM32MP157F-DK2", "STM32MP135F-DK")
    assert set(found["tools"]) == {"stedgeai", "path_to_cubeIDE"}
    assert set(found["tools"]["stedgeai"]) == {"version", "optimization", "on_cloud", "path_to_stedgeai"}
    assert found["tools"]["stedgeai"]["on_cloud"] is True  # a .tflite becomes the NPU's .nb in ST's cloud alone
    assert found["mlflow"] == {"uri": "./experiments_outputs/mlruns"}


def test_the_deployment_of_the_n6_is_what_sts_parser_takes():
    found = deployment("stm32n6")
    assert found["deployment"] == {
        "c_project_path": "../../application_code/pose_estimation/STM32N6/",
        "IDE": "GCC",
        "verbosity": 1,
        "hardware_setup": {"serie": "STM32N6", "board": "STM32N6570-DK"},
    }
    assert found["postprocessing"] == {"confidence_thresh": 0.5, "NMS_thresh": 0.5, "max_detection_boxes": 10}
    assert found["tools"]["stedgeai"]["on_cloud"] is False


def test_the_deployment_says_what_is_to_be_filled_in():
    target = load_target("stm32mp2")
    manifest = {"model": {"file": "m.tflite"}, "keypoints": 17}
    lines = family_of(target).package_files(target, manifest, b"")[DEPLOYMENT].decode().splitlines()
    assert [line for line in lines if line.startswith("#")] == lines[:2]
    assert "ip_address" in lines[0] and "STM32MP257F-DK2 takes the same .nb by scp" in lines[1]


def test_another_number_of_keypoints():
    assert deployment("stm32n6", 4)["dataset"] == {"keypoints": 4}


def test_the_command_for_stedgeai():
    target = load_target("stm32n6")
    files = family_of(target).package_files(target, {"model": {"file": "m.tflite"}, "keypoints": 17}, b"")
    (command,) = family_of(target).commands(target, "m.tflite")
    assert files[COMMAND].decode() == command.line + "\n"
    assert shlex.split(command.line)[:6] == ["stedgeai", "generate", "--target", "stm32n6", "-m", "m.tflite"]


def stand_in(folder: Path, script: str, monkeypatch) -> None:
    program = folder / "stedgeai"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_stedgeai_is_run_where_it_is(tmp_path, monkeypatch):
    target, package = load_target("stm32n6"), tmp_path / "package"
    package.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    family_of(target).run_tools(target, package, "m.tflite")
    assert list(package.iterdir()) == []
    stand_in(tmp_path, 'echo "$@" > said.txt', monkeypatch)
    family_of(target).run_tools(target, package, "m.tflite")
    assert "-m m.tflite" in (package / "said.txt").read_text()
    stand_in(tmp_path, "echo no licence; exit 3", monkeypatch)
    with pytest.raises(StageError, match="exit code 3") as caught:
        family_of(target).run_tools(target, package, "m.tflite")
    assert "no licence" in caught.value.details
