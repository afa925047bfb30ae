"""`edgecask build`: a request, the build, and what it made as text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.build_request import TrainedBuildRequest
from edgecask.cli.session import make_runner
from edgecask.common_options import RunnerOption
from edgecask.directories import user_directories
from edgecask.target.package_tables import Manifest

if TYPE_CHECKING:
    from edgecask.directories import Directories
    from edgecask.package.package import Package
    from edgecask.runner.protocol import Runner
    from edgecask.training.request import TrainingRequest

SEVERAL_TARGETS = True

METRICS = (
    ("NPU time", "npu_ms", "{:.1f} ms  (Vela's estimate)"),
    ("timeline", "timeline_ms", "{:.1f} ms  (the same by an event timeline of its commands)"),
    ("SRAM", "sram_kib", "{:.1f} KiB"),
    ("arena", "arena_kib", "{:.1f} KiB  (measured by TFLite Micro on this machine)"),
    ("flash", "flash_kib", "{:.1f} KiB"),
)


@dataclass(frozen=True, kw_only=True)
class Build(RunnerOption, TrainedBuildRequest):
    """A build, trained before where the user asks for it."""


REQUEST = Build


def run(request: Build) -> None:
    """Build a package, and say where it is and what it costs."""
    from edgecask.build import build
    from edgecask.progress import make_display
    from edgecask.target.target import load_target

    load_target(request.target).image_size(request.image_size)  # before an engine is asked for
    directories = user_directories()
    display = make_display()
    runner = make_runner(request.runner, directories, display.note, require_isolation=request.require_isolation)
    training = request.training(load_target(request.target))
    if training is not None:
        request = replace(request, weights=str(_train(training, directories, runner)))
    package = build(request, directories=directories, runner=runner, display=display)
    for line in describe(package):
        display.note(line)


def _train(training: TrainingRequest, directories: Directories, runner: Runner) -> Path:
    """Train first, at the size that is built for; the best checkpoint."""
    from edgecask.training.progress import training_display
    from edgecask.training.train import train

    with training_display() as display:
        return train(training, directories=directories, runner=runner, display=display)


def describe_prefetch(manifest: Manifest) -> list[str]:
    """The second file with weights brought ahead, or why there is none."""
    if "prefetch" not in manifest:
        return []
    found = manifest["prefetch"]
    if "file" not in found:
        return [f"prefetch    none: {found['reason']}"]
    metrics = found["metrics"]
    return [
        f"prefetch    {metrics['timeline_ms']:.1f} ms by the timeline, in {metrics['sram_kib']:.1f} KiB of SRAM"
        f"  ({found['file']}; no board has run it yet)"
    ]


def describe(package: Package) -> list[str]:
    """The end of a build: where the package is and what the model costs on the device."""
    manifest = package.manifest
    metrics = manifest["metrics"]
    model = manifest["model"]
    lines = [f"package     {package.folder}/  ({model['file']}, {model['bytes']:,} bytes)"]
    calibration = manifest["inputs"]["calibration"]
    images = f"{calibration['count']:,} picture{'' if calibration['count'] == 1 else 's'}"
    lines.append(f"{'calibration':<12}{images} ({calibration['source']})")
    for name, key, text in METRICS:
        if key in metrics:
            lines.append(f"{name:<12}{text.format(metrics[key])}")
    lines += describe_prefetch(manifest)
    if "npu_ops" in metrics:
        lines.append(f"{'operators':<12}{metrics['npu_ops']} on the NPU, {metrics['cpu_ops']} on the CPU")
    else:
        lines.append(f"{'operators':<12}{metrics['operators']}; the vendor's compiler places them")
    if "weights" in manifest:
        from edgecask.analysis.weight_levels import text_of

        lines.append(f"{'weights':<12}{text_of(manifest['weights'])}")
    if "agreement" in manifest:
        from edgecask.analysis.agreement import describe as describe_agreement

        lines += describe_agreement(manifest["agreement"])
    if "accuracy" in manifest:
        from edgecask.cli.evaluate import describe as describe_accuracy

        lines += describe_accuracy(manifest["accuracy"])
    return lines
