"""The command line: parse, call one function of pipeline/, print."""

from __future__ import annotations

import sys

from invoke.context import Context
from invoke.tasks import task

from pipeline.cli import reported


@task(
    help={
        "target": "the device: a folder of targets/ (see `invoke targets`)",
        "weights": "a .pt file, yolov8n-pose.pt (fetched once), or demo",
        "imgsz": "image size in pixels (default: the target's)",
        "calibration": "a folder of pictures that look like what the camera will see",
        "runner": "auto (containers where an engine answers), docker, or venv",
    }
)
@reported
def build(
    context: Context,
    target: str,
    weights: str = "yolov8n-pose.pt",
    imgsz: str = "",
    calibration: str = "",
    runner: str = "auto",
) -> None:
    """Turn a checkpoint into dist/TARGET/: a model the device's firmware accepts."""
    from pipeline import cli

    cli.build(target=target, weights=weights, image_size=imgsz, calibration=calibration, runner=runner)


@task
@reported
def targets(context: Context) -> None:
    """List the devices that can be built for."""
    from pipeline import cli

    cli.list_targets()


@task
@reported
def images(context: Context) -> None:
    """Make all images now, so that later builds need no network, and list them with their sizes."""
    from pipeline import cli

    cli.make_images()


@task(help={"upgrade": "move every package to its newest version"})
@reported
def lock(context: Context, upgrade: bool = False) -> None:
    """Make the hash locks of all environments again from their requirements.in."""
    from pipeline import cli

    cli.make_locks(upgrade=upgrade)


@task
@reported
def doctor(context: Context) -> None:
    """Say what this machine lacks, and how to get it."""
    from pipeline import cli

    cli.doctor()


@task(help={"everything": "also environments, images, wheels and fetched weights"})
@reported
def clean(context: Context, everything: bool = False) -> None:
    """Remove the stored results (and dist/); with --everything all that edgecask ever made."""
    from pipeline import cli

    cli.clean(everything=everything)


@task(help={"unit": "only the fast tests that need no environment"})
def test(context: Context, unit: bool = False) -> None:
    """Run the tests."""
    context.run(f"{sys.executable} -m pytest {'tests/unit' if unit else 'tests'}", pty=False)


@task
def lint(context: Context) -> None:
    """Run ruff and mypy, on the host's part and on the stages."""
    python = sys.executable
    context.run(f"{python} -m ruff check . && {python} -m ruff format --check .")
    context.run(f"{python} -m mypy")
    with context.cd("pipeline/stages"):
        context.run(f"{python} -m mypy .")
