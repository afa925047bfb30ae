"""ST's applications: what they ask of a file, and what ST's tools want beside it.

Those are the model's name, the YAML of the deployment service (stm32ai-modelzoo-services @46924c0, pose_estimation) and
the stedgeai command.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from edgecask.errors import StageError
from edgecask.firmware.commands import Command
from edgecask.target.model_file import ModelFile
from edgecask.target.package_tables import Manifest
from edgecask.target.rules import Row, judge
from edgecask.target.tables import Strict
from edgecask.target.target import Target
from edgecask.task.pose import DECODED

DEPLOYMENT = "deployment.yaml"
COMMAND = "stedgeai-command.txt"
OUTPUT = "stedgeai"
_GRANULARITIES = {"per-channel": "pc", "per-tensor": "pt"}
_TYPES = {"float32": "f", "int8": "i", "uint8": "u"}
_CLAIM = re.compile(r"_quant_(pc|pt)_")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
"""What does not stay in a file name: ST's deployment service puts it into command lines without quoting it."""


class StVendor(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[vendor]: what ST's tools call the device.

    `stedgeai_target` and `stedgeai_options` are of `stedgeai generate`. The stock application draws `keypoints`
    alone, by what `keypoints_in` names (0 of tasks without them). `model_type` is what the service calls the head,
    and `remarks` are said of every package. `service` holds the tables of the deployment service's YAML as they are
    written, and `notes` the comments above them.
    """

    use_case: str
    stedgeai_target: str
    stedgeai_options: list[str]
    keypoints: int = 0
    keypoints_in: str = ""
    notes: list[str]
    service: dict[str, Any]
    model_type: str = "yolo_mpe"
    remarks: list[str] = msgspec.field(default_factory=list)


class St:
    """See edgecask.firmware.family.Family."""

    vendor_table: type[Strict] = StVendor
    time_note = (
        "ST's tools tell the time and the memory of this model: run the stedgeai command above (its report has both), "
        "or ST's deployment service."
    )

    def rows(self, model: ModelFile, target: Target) -> Iterator[Row]:
        """Whether the stock application draws as many keypoints as the model has."""
        vendor = target.vendor_as(StVendor)
        if not vendor.keypoints:
            return
        shape = model.outputs[0].shape if len(model.outputs) == 1 else ()
        keypoints = DECODED.outputs[0].channels.count(shape[1]) if len(shape) == 3 else None
        if keypoints is None:
            return
        needed = f"{vendor.keypoints} in ST's stock application"
        if keypoints == vendor.keypoints:
            yield judge("number of keypoints", True, keypoints, needed)
            return
        advice = (
            f"The output's {shape[1]} rows are read as {keypoints} keypoints of one class, and the stock application "
            f"reads past its tables. In an application of your own change {vendor.keypoints_in}."
        )
        yield Row(rule="number of keypoints", verdict="warn", found=str(keypoints), needed=needed, advice=advice)

    def claimed_granularity(self, file_name: str) -> str | None:
        """What {name}_quant_{pc|pt}_… says."""
        found = _CLAIM.search(file_name)
        return {short: name for name, short in _GRANULARITIES.items()}[found[1]] if found else None

    def model_name(self, target: Target, *, stem: str, image_size: int) -> str:
        """ST's naming, from the target's own quantisation."""
        return model_name(
            f"{_PLAIN.sub('-', stem)}_{image_size}",
            granularity=target.quantization.made,
            input_type=target.quantization.input_type,
            output_type=target.quantization.output_type,
            use_case=target.vendor_as(StVendor).use_case,
        )

    def operator_counts(self, operators: int) -> dict[str, int]:
        """Stedgeai decides which of them its NPU runs."""
        return {"operators": operators}

    def package_files(self, target: Target, manifest: Manifest, model: bytes) -> dict[str, bytes]:
        """The deployment service's YAML and the stedgeai command."""
        vendor, model_file = target.vendor_as(StVendor), str(manifest["model"]["file"])
        return {
            DEPLOYMENT: deployment(vendor, model_file, manifest),
            COMMAND: (shlex.join(stedgeai_command(vendor, model_file)) + "\n").encode(),
        }

    def remarks(self, target: Target, manifest: Manifest, model: bytes) -> tuple[str, ...]:
        """What target.toml says in [vendor]."""
        return tuple(target.vendor_as(StVendor).remarks)

    def note_of_file(self, path: Path, model: bytes) -> str | None:
        """None, for the same reason."""
        return None

    def note(self, files: Mapping[str, bytes]) -> str | None:
        """None: the application is told nothing."""
        return None

    def commands(self, target: Target, model_file: str) -> tuple[Command, ...]:
        """The stedgeai command."""
        line = shlex.join(stedgeai_command(target.vendor_as(StVendor), model_file))
        return (Command(purpose="Make code for the device of it with ST's tool, in this folder:", line=line),)

    def run_tools(self, target: Target, folder: Path, model_file: str) -> None:
        """Run stedgeai on the package where it is on PATH; raises StageError with its last lines where it fails."""
        if shutil.which("stedgeai") is None:
            return
        command = stedgeai_command(target.vendor_as(StVendor), model_file)
        done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False)
        if done.returncode != 0:
            raise StageError(
                f"stedgeai refused {model_file} (exit code {done.returncode}).",
                advice="Its last lines are above; the package itself is complete without its output.",
                details="\n".join((done.stdout + done.stderr).splitlines()[-25:]),
            )


def model_name(name: str, *, granularity: str, input_type: str, output_type: str, use_case: str) -> str:
    """ST's naming: {name}_quant_{pc|pt}_{f|i|u}{f|i|u}_{uc}.tflite."""
    types = _TYPES[input_type] + _TYPES[output_type]
    return f"{name}_quant_{_GRANULARITIES[granularity]}_{types}_{use_case}.tflite"


def deployment(vendor: StVendor, model_file: str, manifest: Manifest) -> bytes:
    """The YAML for stm32ai_main.py; what parse_config.py of pose_estimation and object_detection accepts decides."""
    import yaml

    text = str(
        yaml.safe_dump(
            {
                "general": {"model_path": f"./{model_file}", "model_type": vendor.model_type},
                "operation_mode": "deployment",
                "dataset": {"keypoints": manifest["keypoints"]}
                if vendor.keypoints
                else {"class_names": list(manifest["classes"])},
                **vendor.service,
                "mlflow": {"uri": "./experiments_outputs/mlruns"},
                "hydra": {"run": {"dir": "./experiments_outputs/${now:%Y_%m_%d_%H_%M_%S}"}},
            },
            sort_keys=False,
        )
    )
    return ("".join(f"# {line}\n" for line in vendor.notes) + text).encode()


def stedgeai_command(vendor: StVendor, model_file: str) -> list[str]:
    """The exact command that turns the model into code for the device."""
    return [
        "stedgeai", "generate", "--target", vendor.stedgeai_target, "-m", model_file,
        "--output", f"{OUTPUT}/output", "--workspace", f"{OUTPUT}/workspace", *vendor.stedgeai_options,
    ]  # fmt: skip
