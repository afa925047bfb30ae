"""`edgecask convert-data`: COCO's keypoint JSON → an Ultralytics data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.common_options import RunnerOption
from edgecask.errors import UsageError
from edgecask.options import option

if TYPE_CHECKING:
    from edgecask.data.coco import Conversion
    from edgecask.data.images import ImageFile


@dataclass(frozen=True, kw_only=True)
class ConvertData(RunnerOption):
    """A keypoint file of COCO's form, and the data set to make of it."""

    annotations: Path = option(help="a keypoint file of COCO's form", placeholder="FILE")
    images: Path = option(help="the folder that its file names are relative to", placeholder="FOLDER")
    output: Path = option(
        help="the folder to make (an earlier data set of this kind in it is replaced)", placeholder="FOLDER"
    )
    val_annotations: Path | None = option(None, help="another keypoint file, for validation", placeholder="FILE")
    val_images: Path | None = option(None, help="the folder of its images (default: the same)", placeholder="FOLDER")
    val_share: float = option(
        0.1,
        help="without --val-annotations: share of the images that is kept for validation",
        minimum=0,
        maximum=0.999,
        example="0.1",
    )
    copy: bool = option(False, help="copy images also where links would do")
    skip_missing: bool = option(False, help="leave out images that are not there, or cannot be decoded")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.val_images is not None and self.val_annotations is None:
            raise UsageError("--val-images is for --val-annotations.", advice="Pass both, or none of them.")


REQUEST = ConvertData


def run(request: ConvertData) -> None:
    """Convert, and say what was left out."""
    from edgecask.cli.session import make_execution
    from edgecask.data.coco import ConvertRequest, Source, convert
    from edgecask.data.images import inspect
    from edgecask.progress import make_display

    display = make_display()

    def inspected(images: Sequence[Path]) -> Mapping[Path, ImageFile]:
        return inspect(
            make_execution(request.runner, display, require_isolation=request.require_isolation),
            images,
            training=True,
            reader=False,
        )

    validation = None
    if request.val_annotations is not None:
        validation = Source(annotations=request.val_annotations, images=request.val_images or request.images)
    conversion = convert(
        ConvertRequest(
            train=Source(annotations=request.annotations, images=request.images),
            output=request.output,
            validation=validation,
            validation_share=request.val_share,
            copy=request.copy,
            skip_missing=request.skip_missing,
        ),
        inspected,
    )
    for line in describe(conversion):
        display.note(line)
    display.note(f"{'data set':<12}{request.output / 'data.yaml'}")


def describe(conversion: Conversion) -> list[str]:
    """What was converted and what was not, as lines."""
    split = ", ".join(f"{count:,} {name}" for name, count in conversion.images.items())
    lines = [f"{'pictures':<12}{split}", f"{'people':<12}{conversion.people:,}"]
    left_out = (
        (conversion.crowds, "crowds"),
        (conversion.without_keypoints, "people without a labelled keypoint"),
        (conversion.without_size, "boxes without size"),
        (conversion.outside, "keypoints outside their picture"),
        (conversion.missing, "pictures that are missing"),
        (conversion.unusable, "pictures that cannot be decoded"),
    )
    lines += [f"{'left out':<12}{count:,} {what}" for count, what in left_out if count]
    if conversion.without_box:
        lines.append(f"{'note':<12}{conversion.without_box:,} people without a box got one from their keypoints")
    if conversion.sideways:
        lines.append(
            f"{'warning':<12}{len(conversion.sideways):,} pictures are turned when they are shown (EXIF), and the file "
            f"has their size from before, for example {conversion.sideways[0]}: their labels are taken as those of the "
            "upright picture; look at the contact sheet of `edgecask check-data`"
        )
    if not conversion.flip_index:
        lines.append(
            f"{'warning':<12}the keypoints have no names in which left and right pair: add flip_idx to the data.yaml, "
            "or training cannot mirror pictures"
        )
    return lines
