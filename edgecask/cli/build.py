"""`invoke build`: options to values, the build, and what it made as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edgecask.cli.session import DIST, image_size_of, make_runner
from edgecask.directories import user_directories
from edgecask.errors import UsageError
from edgecask.options import whole_number

if TYPE_CHECKING:
    from edgecask.build import BuildRequest
    from edgecask.directories import Directories
    from edgecask.package.package import Package
    from edgecask.runner.protocol import Runner

METRICS = (
    ("NPU time", "npu_ms", "{:.1f} ms  (Vela's estimate)"),
    ("SRAM", "sram_kib", "{:.1f} KiB"),
    ("arena", "arena_kib", "{:.1f} KiB  (measured by TFLite Micro on this machine)"),
    ("flash", "flash_kib", "{:.1f} KiB"),
)


def _whole(text: str, option: str) -> int:
    number = whole_number(text)
    if not number:
        raise UsageError(f"{option}={text} is not a number above 0.", advice=f"Use {option}=200, for example.")
    return number


def _points(text: str, data: str) -> float | None:
    if not text:
        return None
    if not data:
        raise UsageError("--max-ap-drop needs labelled pictures.", advice="Pass --data as well.")
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"--max-ap-drop={text} is not a number of points.", advice="Use --max-ap-drop=1.0, for example."
        ) from None


def _silu(*, fuse: bool, into_convolution: bool) -> Literal["separate", "convolution"] | None:
    if into_convolution and not fuse:
        raise UsageError(
            "--no-fuse-silu and --experimental-fuse-into-conv exclude each other.", advice="Leave one of them out."
        )
    return "convolution" if into_convolution else None if fuse else "separate"


def build(
    *,
    target: str,
    weights: str,
    image_size: str,
    calibration: str,
    calibration_count: str,
    runner: str,
    granularity: str,
    input_type: str,
    output_type: str,
    refine: bool,
    compact: str,
    compensate: bool,
    fuse_silu: bool,
    fuse_into_convolution: bool,
    in_place: bool,
    data: str,
    max_ap_drop: str,
    epochs: str,
) -> None:
    """`invoke build`."""
    from edgecask.build import BuildRequest
    from edgecask.build import build as build_package
    from edgecask.progress import make_display
    from edgecask.target.target import load_target

    request = BuildRequest(
        target=target,
        weights=weights,
        image_size=image_size_of(image_size),
        calibration=Path(calibration) if calibration else None,
        calibration_count=_whole(calibration_count, "--calibration-count"),
        granularity=granularity or None,
        input_type=input_type or None,
        output_type=output_type or None,
        refine=None if refine else False,
        compact=compact or None,
        compensate=compensate or None,
        silu=_silu(fuse=fuse_silu, into_convolution=fuse_into_convolution),
        in_place=None if in_place else False,
        data=Path(data) if data else None,
        max_ap_drop=_points(max_ap_drop, data),
        output=DIST,
    )
    load_target(target).image_size(request.image_size)  # before an engine is asked for
    directories = user_directories()
    display = make_display()
    chosen = make_runner(runner, directories, display.note)
    if epochs:
        request = replace(request, weights=str(_train(request, epochs, directories, chosen)))
    package = build_package(request, directories=directories, runner=chosen, display=display)
    for line in describe(package):
        display.note(line)


def _train(request: BuildRequest, epochs: str, directories: Directories, runner: Runner) -> Path:
    """Train on the data first, at the size that is built for; the best checkpoint."""
    from edgecask.target.target import load_target
    from edgecask.training.progress import training_display
    from edgecask.training.request import TrainingRequest
    from edgecask.training.train import train

    if request.data is None:
        raise UsageError("--epochs needs pictures to train on.", advice="Pass --data=data.yaml as well.")
    size = load_target(request.target).image_size(request.image_size)
    training = TrainingRequest(
        data=request.data, weights=request.weights, image_size=size, epochs=_whole(epochs, "--epochs")
    )
    with training_display() as display:
        return train(training, directories=directories, runner=runner, display=display)


def describe(package: Package) -> list[str]:
    """The end of a build: where the package is and what the model costs on the device."""
    manifest = package.manifest
    metrics = manifest["metrics"]
    model = manifest["model"]
    lines = [f"package     {package.folder}/  ({model['file']}, {model['bytes']:,} bytes)"]
    for name, key, text in METRICS:
        if key in metrics:
            lines.append(f"{name:<12}{text.format(metrics[key])}")
    if "npu_ops" in metrics:
        lines.append(f"{'operators':<12}{metrics['npu_ops']} on the NPU, {metrics['cpu_ops']} on the CPU")
    else:
        lines.append(f"{'operators':<12}{metrics['operators']}; the vendor's compiler places them")
    if "accuracy" in manifest:
        from edgecask.cli.evaluate import describe as describe_accuracy

        lines += describe_accuracy(manifest["accuracy"])
    return lines
