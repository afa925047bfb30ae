"""The nodes that make a build's calibration images, and which images judge it instead."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgecask.analysis.overlays import some_calibration_images
from edgecask.analysis.unlabelled_images import UnlabelledImages, in_parts
from edgecask.common_options import CALIBRATION_COUNT
from edgecask.data.calibration import CalibrationImages, few_images, images_in, pack_images
from edgecask.data.held_out import held_out, too_few
from edgecask.data.synthetic import drawn_images_stage
from edgecask.data.weights import Weights
from edgecask.plan import model_stages as stages
from edgecask.plan.graph import Node, Output, Results, Settled
from edgecask.store.image_archives import PackedImages, digests_in, pack, repack
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.target import Target
from edgecask.task.task import TASKS

DRAWN_COUNT = 60
"""Pictures for the calibration of a network that knows drawn people or objects."""
HELD_OUT = "held out from calibration"
LABELLED_JUDGE = "the labelled images judge"
NOTHING_TO_HOLD_OUT = "it was calibrated with crops of two photographs, of which none can be held out"
NO_CALIBRATION = (
    "calibrating with crops of the two photographs that ship with ultralytics; "
    "pass --calibration=FOLDER with pictures from your camera for better accuracy"
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all stages of a build share: the target as asked for, the image size in pixels, and the checkpoint."""

    store: Store
    target: Target
    image_size: int
    weights: Weights
    weights_blob: Blob


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The nodes that make the calibration pictures as the network will see them, and where they are from.

    `judging` are images of the same source that do not calibrate, or the reason why there are none.
    """

    nodes: Sequence[Node]
    source: str
    judging: UnlabelledImages
    notice: str = ""


def plan_calibration(
    job: Job,
    *,
    folder: Path | None,
    count: int = CALIBRATION_COUNT,
    others: Sequence[tuple[str, Path]] = (),
    hold_out: bool = True,
) -> Calibration:
    """The calibration pictures, at most `count`: a folder of the user's, `others`, or what suits the weights.

    With `hold_out` some of them judge and do not calibrate (edgecask/data/held_out.py).
    """
    store = job.store
    if folder is not None:
        packed = pack_images(store, folder)
        return _calibration(job, packed, source="folder", count=count, hold_out=hold_out, warning=packed.warning())
    if others:
        return _calibration(
            job, pack(store, others), source="training pictures of the data set", count=count, hold_out=hold_out
        )
    prepare = functools.partial(stages.prepare_stage, job.target, image_size=job.image_size)
    if job.weights.drawn:
        task = job.target.model.task
        drawn = drawn_images_stage(DRAWN_COUNT, task)

        def chosen(archive: Blob) -> tuple[str, ...]:
            names = set(images_in(archive))
            return held_out({name: digest for name, digest in digests_in(archive).items() if name in names})

        def calibrating(results: Results) -> Settled:
            archive = results[drawn.name].outputs["data.tar"]
            return Settled(
                inputs={"images.tar": repack(store, [archive], images_in(archive))},
                parameters={"held_out": list(chosen(archive)) if hold_out else []},
            )

        def judging(results: Results) -> Blob:
            archive = results[drawn.name].outputs["data.tar"]
            return repack(store, [archive], chosen(archive))

        return Calibration(
            nodes=[drawn, replace(prepare(), needs=(drawn.name,), settle=calibrating)],
            source=f"drawn {TASKS[task].drawn}",
            judging=UnlabelledImages(source=HELD_OUT, needs=(drawn.name,), settle=judging)
            if hold_out
            else some_calibration_images(store, reason=LABELLED_JUDGE),
        )
    samples = Output(node=stages.SAMPLES.name, file="samples.tar")
    return Calibration(
        nodes=[stages.SAMPLES, prepare(images=samples)],
        source="ultralytics samples",
        judging=some_calibration_images(store, reason=NOTHING_TO_HOLD_OUT),
        notice=NO_CALIBRATION,
    )


def _calibration(
    job: Job, packed: PackedImages | CalibrationImages, *, source: str, count: int, hold_out: bool, warning: str = ""
) -> Calibration:
    """What is known of pictures before anything runs."""
    judging = held_out(packed.digests) if hold_out else ()
    calibrating = len(packed.digests) - len(judging)
    return Calibration(
        nodes=[
            stages.prepare_stage(
                job.target,
                image_size=job.image_size,
                images=packed.archive,
                most=count if calibrating > count else None,
                held_out=judging,
            )
        ],
        source=source,
        judging=UnlabelledImages(
            source=HELD_OUT, parts=in_parts(job.store, packed.archive, judging, cores=os.cpu_count() or 1)
        )
        if judging
        else some_calibration_images(job.store, reason=too_few(calibrating) if hold_out else LABELLED_JUDGE),
        notice="; ".join(filter(None, (warning, few_images(min(count, calibrating))))),
    )
