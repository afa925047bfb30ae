"""The commands. Each does what its module of edgecask.cli says, which is imported when the command is called."""

from __future__ import annotations

from invoke.collection import Collection

from edgecask.cli.command import Command

COMMANDS = {
    name: Command(name, module=name.replace("-", "_"), summary=summary)
    for name, summary in {
        "build": "Turn a checkpoint into dist/TARGET/: a model that the device's firmware accepts.",
        "capture": "Save pictures through the board's own lens, to calibrate with.",
        "check": "Say what a device's firmware will make of a .tflite file; exit code 0 only when no rule is broken.",
        "check-data": "Say what is wrong with a data set before it is trained on; exit code 0 only when nothing is.",
        "clean": "Remove the stored results and the packages; with --everything all that edgecask ever made.",
        "convert-data": "Make an Ultralytics data set of a COCO JSON, or of Roboflow's zip.",
        "debug-quantization": "Show which outputs and layers lose most in the quantized model.",
        "doctor": "Say what this machine lacks, and how to get it.",
        "evaluate": "Say how well a model sees labelled images, resized and decoded as the device does.",
        "flash": "Put the model of dist/TARGET/ on the board.",
        "images": "Make all container images now, so that later builds need no network, and list their sizes.",
        "init": "Write a commented edgecask.toml, the file of options of a project, into this folder.",
        "matrix": "Build every combination of checkpoints, targets and sizes, here or on a Dask cluster.",
        "make-demo-data": "Draw a data set of people with keypoints, or of objects with boxes, to try the tool with.",
        "measure": "Say how long the model takes on the board, by the board's own clock.",
        "package": "Pack dist/TARGET/ into one archive, always the same bytes.",
        "plan": "Say what a build would do, and why: what is in the store, and what changed since.",
        "quantize": "Quantize a SavedModel as ST's tflite_quant.py does, from the same file.",
        "run": "Build for a board, flash it, and watch what it sees.",
        "targets": "List the devices that can be built for.",
        "timeline": "Show when an Ethos-U55 would run each kernel and transfer of a file that went through Vela.",
        "train": "Train a checkpoint on your own images: runs/NAME/best.pt, for `build --weights=`.",
        "verify": "Say whether dist/TARGET/ is what was built, file by file.",
        "verify-board": "Say whether the board sees what this machine sees of the same frames.",
        "watch": "Show what the board sees: the live picture in a browser, or a line for each frame.",
        "worker": "Run stages for matrices that are started on other machines of a Dask cluster.",
    }.items()
}
"""What both `edgecask` and, in a clone, `invoke` know."""

DEVELOPMENT_COMMANDS = {
    name: Command(name, module=name, summary=summary)
    for name, summary in {
        "lint": "Run ruff and mypy, on the host's part and on the programs.",
        "reference": "Write docs/reference/options.md and the JSON schemas again from the options' declarations.",
        "lock": "Make the hash locks of all environments again from their requirements.in.",
        "test": "Run the tests.",
    }.items()
}
"""What works on a clone's own files, and is known there alone."""


def collection(*, development: bool = False) -> Collection:
    """The commands as Invoke takes them."""
    commands = {**COMMANDS, **(DEVELOPMENT_COMMANDS if development else {})}
    return Collection(*commands.values())
