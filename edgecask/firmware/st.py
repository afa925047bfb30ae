"""What ST's tools want beside the model: its name, the deployment service's YAML, and the stedgeai command."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgecask.errors import StageError
from edgecask.target.target import St

DEPLOYMENT = "deployment.yaml"
COMMAND = "stedgeai-command.txt"
OUTPUT = "stedgeai"
_GRANULARITIES = {"per-channel": "pc", "per-tensor": "pt"}
_TYPES = {"float32": "f", "int8": "i", "uint8": "u"}


def model_name(name: str, *, granularity: str, input_type: str, output_type: str, use_case: str) -> str:
    """ST's naming: {name}_quant_{pc|pt}_{f|i|u}{f|i|u}_{uc}.tflite."""
    types = _TYPES[input_type] + _TYPES[output_type]
    return f"{name}_quant_{_GRANULARITIES[granularity]}_{types}_{use_case}.tflite"


def deployment(st: St, model_file: str) -> bytes:
    """The YAML for stm32ai-modelzoo-services (`stm32ai_main.py --config-name deployment`)."""
    import yaml

    return str(
        yaml.safe_dump(
            {
                "general": {"model_path": f"./{model_file}", "model_type": "yolo_mpe"},
                "operation_mode": "deployment",
                "preprocessing": {
                    # As the calibration pictures were resized: stretched to the square, nearest neighbour.
                    "resizing": {"aspect_ratio": "fit", "interpolation": "nearest"},
                    "color_mode": "rgb",
                },
                "postprocessing": {"confidence_thresh": 0.5, "NMS_thresh": 0.5, "max_detection_boxes": 10},
                "tools": {
                    "stedgeai": {
                        "version": "10.0.0",
                        "optimization": "balanced",
                        "on_cloud": False,
                        "path_to_stedgeai": "stedgeai",
                    },
                    "path_to_cubeIDE": "stm32cubeide",
                },
                "deployment": {
                    "c_project_path": "../../application_code/pose_estimation/STM32N6/",
                    "IDE": "GCC",
                    "verbosity": 1,
                    "hardware_setup": {"serie": st.series, "board": st.board},
                },
                "mlflow": {"uri": "./experiments_outputs/mlruns"},
                "hydra": {"run": {"dir": "./experiments_outputs/${now:%Y_%m_%d_%H_%M_%S}"}},
            },
            sort_keys=False,
        )
    ).encode()


def stedgeai_command(st: St, model_file: str) -> list[str]:
    """The exact command that turns the model into code for the device."""
    return [
        "stedgeai", "generate", "--target", st.stedgeai_target, "-m", model_file,
        "--output", f"{OUTPUT}/output", "--workspace", f"{OUTPUT}/workspace", *st.stedgeai_options,
    ]  # fmt: skip


def package_files(st: St, model_file: str) -> dict[str, bytes]:
    """The files of the package, by name."""
    return {
        DEPLOYMENT: deployment(st, model_file),
        COMMAND: (shlex.join(stedgeai_command(st, model_file)) + "\n").encode(),
    }


def run_stedgeai(st: St, folder: Path, model_file: str) -> Mapping[str, Any] | None:
    """Run ST's tool on the package where it is on PATH; None where it is not.

    Raises StageError with its last lines where it fails.
    """
    if shutil.which("stedgeai") is None:
        return None
    command = stedgeai_command(st, model_file)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StageError(
            f"stedgeai refused {model_file} (exit code {done.returncode}).",
            advice="Its last lines are above; the package itself is complete without its output.",
            details="\n".join((done.stdout + done.stderr).splitlines()[-25:]),
        )
    return {"command": command}
