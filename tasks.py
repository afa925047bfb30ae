"""The command line: parse, call one function of edgecask/, print."""

from __future__ import annotations

import sys

from invoke.context import Context
from invoke.tasks import task

from edgecask.cli.session import reported


@task(
    help={
        "target": "the device: a folder of targets/ (see `invoke targets`)",
        "weights": "a .pt file, yolov8n-pose.pt (fetched once), or demo",
        "imgsz": "image size in pixels (default: the target's)",
        "calibration": "a folder of pictures that look like what the camera will see",
        "calibration-count": "of more pictures than this, so many that differ most are taken",
        "runner": "auto (containers where an engine answers), docker, or venv",
        "granularity": "per-tensor or per-channel (default: the target's)",
        "input-type": "int8, uint8 or float32 (default: the target's)",
        "output-type": "int8, uint8 or float32 (default: the target's)",
        "refine": "choose ranges and biases by what they cost in accuracy (default: yes)",
        "compensate": "round weights so that their errors cancel: more accurate, some seconds more (default: off)",
        "compact": "off, safe or max: weights that the device reads faster, at some accuracy (default: off)",
        "in-place": "let the NPU put the parts of a concatenation where they belong, without copies (default: yes)",
        "fuse-silu": "make one operator of each SiLU for the NPU, to the bit the same (default: yes)",
        "experimental-fuse-into-conv": "make none: nobody has seen this on a board",
        "data": "labelled pictures to evaluate on: a data.yaml, a COCO keypoint JSON, or a folder with one",
        "epochs": "train the weights on --data first, so often (see `invoke train`)",
        "max-ap-drop": "fail where the integer model is more points of AP than this under the float one (with --data)",
    }
)
@reported
def build(
    context: Context,
    target: str,
    weights: str = "yolov8n-pose.pt",
    imgsz: str = "",
    calibration: str = "",
    calibration_count: str = "200",
    runner: str = "auto",
    granularity: str = "",
    input_type: str = "",
    output_type: str = "",
    refine: bool = True,
    compact: str = "",
    compensate: bool = False,
    fuse_silu: bool = True,
    experimental_fuse_into_conv: bool = False,
    in_place: bool = True,
    data: str = "",
    max_ap_drop: str = "",
    epochs: str = "",
) -> None:
    """Turn a checkpoint into dist/TARGET/: a model the device's firmware accepts."""
    from edgecask.cli import build as command

    command.build(
        target=target,
        weights=weights,
        image_size=imgsz,
        calibration=calibration,
        calibration_count=calibration_count,
        runner=runner,
        granularity=granularity,
        input_type=input_type,
        output_type=output_type,
        refine=refine,
        compact=compact,
        compensate=compensate,
        fuse_silu=fuse_silu,
        fuse_into_convolution=experimental_fuse_into_conv,
        in_place=in_place,
        data=data,
        max_ap_drop=max_ap_drop,
        epochs=epochs,
    )


@task(
    positional=["model"],
    help={
        "model": "a .tflite file, such as dist/TARGET/model.tflite",
        "target": "the device: a folder of targets/ (see `invoke targets`)",
        "data": "labelled pictures: a data.yaml, a COCO keypoint JSON, or a folder with one",
        "images": "the folder of a COCO JSON's pictures, where they are not beside it",
        "against": "weights: also evaluate the float model, and say what was lost",
        "interpreter": "tensorflow-lite or tflite-micro",
        "validator": "ultralytics: also the box and pose mAP of Ultralytics' own validator",
        "iou": "of its suppression of overlapping boxes (default: that of `yolo pose val`)",
        "runner": "auto (containers where an engine answers), docker, or venv",
        "json": "the figures for machines",
    },
)
@reported
def evaluate(
    context: Context,
    model: str,
    target: str,
    data: str = "",
    images: str = "",
    against: str = "",
    interpreter: str = "tensorflow-lite",
    validator: str = "",
    iou: str = "",
    runner: str = "auto",
    json: bool = False,
) -> None:
    """Say how well a model sees labelled pictures, resized and decoded as the device does."""
    from edgecask.cli import evaluate as command

    command.evaluate(
        target=target,
        model=model,
        data=data,
        images=images,
        against=against,
        interpreter=interpreter,
        validator=validator,
        iou=iou,
        runner=runner,
        as_json=json,
    )


@task(
    help={
        "data": "the data.yaml of a pose data set, as Ultralytics has it",
        "weights": "where to start: a .pt file, yolov8n-pose.pt (fetched once), demo, or a .yaml to train from nothing",
        "imgsz": "image size in pixels, a multiple of 32",
        "epochs": "how often all pictures are seen",
        "batch": "pictures in a step",
        "seed": "another seed gives another training",
        "patience": "stop after so many epochs without improvement (0: never before --epochs)",
        "activation": "silu or relu6 (default: that of the weights)",
        "learning-rate": "of the first epoch (default: what suits the weights)",
        "name": "the folder of runs/ that is made",
        "resume": "go on with a training that was stopped (with --name, or the last one)",
        "gpus": "train on the engine's GPUs",
        "runner": "auto (containers where an engine answers), docker, or venv",
    }
)
@reported
def train(
    context: Context,
    data: str = "",
    weights: str = "yolov8n-pose.pt",
    imgsz: str = "192",
    epochs: str = "50",
    batch: str = "16",
    seed: str = "0",
    patience: str = "0",
    activation: str = "",
    learning_rate: str = "",
    name: str = "",
    resume: bool = False,
    gpus: bool = False,
    runner: str = "auto",
) -> None:
    """Train a checkpoint on your own pictures: runs/NAME/best.pt, for `invoke build --weights=`."""
    from edgecask.cli import train as command

    command.train(
        data=data,
        weights=weights,
        image_size=imgsz,
        epochs=epochs,
        batch=batch,
        seed=seed,
        patience=patience,
        activation=activation,
        learning_rate=learning_rate,
        name=name,
        resume_run=resume,
        gpus=gpus,
        runner=runner,
    )


@task(
    help={
        "target": "the device: a folder of targets/ (see `invoke targets`)",
        "weights": "a .pt file, yolov8n-pose.pt (fetched once), or demo",
        "imgsz": "image size in pixels (default: the target's)",
        "calibration": "a folder of pictures that look like what the camera will see",
        "runner": "auto (containers where an engine answers), docker, or venv",
        "refine": "as in build",
        "compact": "as in build",
        "compensate": "as in build",
        "json": "all figures, for machines",
    }
)
@reported
def debug_quantization(
    context: Context,
    target: str,
    weights: str = "yolov8n-pose.pt",
    imgsz: str = "",
    calibration: str = "",
    runner: str = "auto",
    refine: bool = True,
    compact: str = "",
    compensate: bool = False,
    json: bool = False,
) -> None:
    """Show which outputs and layers lose most in the integer model."""
    from edgecask.cli import debug_quantization as command

    command.debug_quantization(
        target=target,
        weights=weights,
        image_size=imgsz,
        calibration=calibration,
        runner=runner,
        refine=refine,
        compact=compact,
        compensate=compensate,
        as_json=json,
    )


@task(
    help={
        "config": "ST's user_config_quant.yaml",
        "runner": "auto (containers where an engine answers), docker, or venv",
    }
)
@reported
def quantize(context: Context, config: str, runner: str = "auto") -> None:
    """Quantise a SavedModel as ST's tflite_quant.py does, from the same file."""
    from edgecask.cli import session as cli

    cli.quantize(config, runner=runner)


@task(
    positional=["model"],
    help={
        "model": "any .tflite file, ours or not",
        "target": "the device: a folder of targets/ (see `invoke targets`)",
        "json": "the report for machines",
        "arena": "also measure the tensor arena with TFLite Micro (needs its environment)",
        "granularity": "what the file is said to be (default: what its name or the target says)",
    },
)
@reported
def check(
    context: Context, model: str, target: str, json: bool = False, arena: bool = False, granularity: str = ""
) -> None:
    """Say what a device's firmware will make of a .tflite file; exit code 0 only when no rule is broken."""
    from edgecask.cli import check as command

    command.check(model, target=target, as_json=json, measure_arena=arena, granularity=granularity)


@task(
    help={
        "target": "the device on the other end of the cable",
        "model": "the file to flash (default: the one of dist/TARGET/)",
        "port": "the serial port (default: the board is looked for)",
        "dry-run": "say what would be sent, and touch nothing",
        "force": "also flash a model that breaks the firmware's rules",
    }
)
@reported
def flash(
    context: Context, target: str, model: str = "", port: str = "", dry_run: bool = False, force: bool = False
) -> None:
    """Put dist/TARGET/'s model on the board."""
    from edgecask.cli import check as command

    command.flash(target=target, model=model, port=port, dry_run=dry_run, force=force)


@task(
    help={
        "output": "the folder to make (an earlier data set of this kind in it is replaced)",
        "count": "pictures for training",
        "val": "pictures for validation",
        "seed": "another number gives other pictures, the same number the same bytes",
        "imgsz": "side of a picture in pixels",
        "facing": "percent of the people who look roughly at the camera",
        "runner": "auto (containers where an engine answers), docker, or venv",
    }
)
@reported
def make_demo_data(
    context: Context,
    output: str = "demo-data",
    count: str = "3000",
    val: str = "300",
    seed: str = "0",
    imgsz: str = "256",
    facing: str = "95",
    runner: str = "auto",
) -> None:
    """Draw a data set of people with exact keypoints, to try training and evaluation with."""
    from edgecask.cli import demo_data as command

    command.make_demo_data(
        output=output, count=count, validation=val, seed=seed, image_size=imgsz, facing=facing, runner=runner
    )


@task(
    positional=["data"],
    help={
        "data": "the data.yaml of a data set",
        "target": "also check against what this device decodes (see `invoke targets`)",
        "sheet": "where a picture of some of its pictures with their labels is written",
        "runner": "auto (containers where an engine answers), docker, or venv",
    },
)
@reported
def check_data(
    context: Context, data: str, target: str = "", sheet: str = "contact-sheet.png", runner: str = "auto"
) -> None:
    """Say what is wrong with a data set before it is trained on; exit code 0 only when nothing is."""
    from edgecask.cli import check_data as command

    command.check_data(data=data, target=target, sheet=sheet, runner=runner)


@task(
    help={
        "annotations": "a keypoint file of COCO's form",
        "images": "the folder that its file names are relative to",
        "output": "the folder to make (an earlier data set of this kind in it is replaced)",
        "val-annotations": "another keypoint file, for validation",
        "val-images": "the folder of its pictures (default: the same)",
        "val-share": "without --val-annotations: the share of the pictures that is kept for validation",
        "copy": "copy pictures also where links would do",
        "skip-missing": "leave out pictures that are not there",
    }
)
@reported
def convert_data(
    context: Context,
    annotations: str,
    images: str,
    output: str,
    val_annotations: str = "",
    val_images: str = "",
    val_share: str = "0.1",
    copy: bool = False,
    skip_missing: bool = False,
) -> None:
    """Make an Ultralytics data set of COCO's keypoint JSON."""
    from edgecask.cli import convert_data as command

    command.convert_data(
        annotations=annotations,
        images=images,
        output=output,
        val_annotations=val_annotations,
        val_images=val_images,
        val_share=val_share,
        copy=copy,
        skip_missing=skip_missing,
    )


@task(help={"target": "the device whose package in dist/ is packed", "zip": "one archive, always the same bytes"})
@reported
def package(context: Context, target: str, zip: bool = True) -> None:  # noqa: A002 - the option's name
    """Pack dist/TARGET/ into dist/TARGET.zip."""
    from edgecask.cli import session as cli

    cli.pack(target)


@task(help={"markdown": "the table of the README, from the packages in dist/"})
@reported
def targets(context: Context, markdown: bool = False) -> None:
    """List the devices that can be built for."""
    from edgecask.cli import session as cli

    if markdown:
        cli.table_of_targets()
    else:
        cli.list_targets()


@task
@reported
def images(context: Context) -> None:
    """Make all images now, so that later builds need no network, and list them with their sizes."""
    from edgecask.cli import session as cli

    cli.make_images()


@task(help={"upgrade": "move every package to its newest version"})
@reported
def lock(context: Context, upgrade: bool = False) -> None:
    """Make the hash locks of all environments again from their requirements.in."""
    from edgecask.cli import session as cli

    cli.make_locks(upgrade=upgrade)


@task
@reported
def doctor(context: Context) -> None:
    """Say what this machine lacks, and how to get it."""
    from edgecask.cli import session as cli

    cli.doctor()


@task(help={"everything": "also environments, images, wheels and fetched weights"})
@reported
def clean(context: Context, everything: bool = False) -> None:
    """Remove the stored results (and dist/); with --everything all that edgecask ever made."""
    from edgecask.cli import session as cli

    cli.clean(everything=everything)


@task(
    help={
        "tier": "newcomer (minutes), extended (what .ci/run adds) or campaign (hours)",
        "unit": "only the fast tests that need no environment",
    }
)
@reported
def test(context: Context, tier: str = "newcomer", unit: bool = False) -> None:
    """Run the tests of one tier, in parallel."""
    from edgecask.cli import development

    sys.exit(development.test(tier=tier, unit=unit))


@task
@reported
def lint(context: Context) -> None:
    """Run ruff and mypy, on the host's part and on the stages."""
    from edgecask.cli import development

    sys.exit(development.lint())
