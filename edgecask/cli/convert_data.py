"""`edgecask convert-data`: COCO's JSON, or the zip of a labelling tool → an Ultralytics data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edgecask.common_options import RunnerOption
from edgecask.errors import DatasetError, UsageError
from edgecask.options import option

if TYPE_CHECKING:
    from edgecask.data.conversion import Conversion, ConvertRequest, Inspect
    from edgecask.data.images import ImageFile


@dataclass(frozen=True, kw_only=True)
class ConvertData(RunnerOption):
    """A file of COCO's form or an export, and the data set to make of it."""

    annotations: Path = option(
        help="a JSON of COCO's form, of keypoints or boxes, or the zip that Roboflow exports (COCO or YOLO)",
        placeholder="FILE",
    )
    images: Path | None = option(
        None, help="the folder that the file names of a JSON are relative to", placeholder="FOLDER"
    )
    output: Path = option(
        help="the folder to make (an earlier data set of this kind in it is replaced)", placeholder="FOLDER"
    )
    task: Literal["pose", "detect"] | None = option(
        None, help="what the labels are for (default: pose where anybody has keypoints)"
    )
    val_annotations: Path | None = option(None, help="another JSON, for validation", placeholder="FILE")
    val_images: Path | None = option(None, help="the folder of its images (default: the same)", placeholder="FOLDER")
    val_share: float = option(
        0.1,
        help="where nothing else is for validation: share of the images that is kept for it",
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
NAMED = 8
"""So many names of classes are shown."""


def run(request: ConvertData) -> None:
    """Convert, and say what was left out."""
    from edgecask.cli.session import make_execution
    from edgecask.data.conversion import ConvertRequest
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

    asked = ConvertRequest(
        sources=(),
        output=request.output,
        validation_share=request.val_share,
        copy=request.copy,
        skip_missing=request.skip_missing,
        task=request.task,
    )
    conversion = (_unpacked if _is_archive(request.annotations) else _described)(request, asked, inspected)
    for line in describe(conversion):
        display.note(line)
    display.note(f"{'data set':<12}{request.output / 'data.yaml'}")


def _is_archive(path: Path) -> bool:
    from edgecask.data.zip_archive import is_zip

    try:
        return is_zip(path)
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read ({error.strerror}).", advice="Pass a JSON of COCO's form, or an exported zip."
        ) from error


def _described(request: ConvertData, asked: ConvertRequest, inspected: Inspect) -> Conversion:
    """From one or two JSONs."""
    from edgecask.data.coco import convert
    from edgecask.data.conversion import Source

    if request.images is None:
        raise UsageError("--images is missing.", advice="Pass the folder that the JSON's file names are relative to.")
    sources = [Source(annotations=request.annotations, images=request.images)]
    if request.val_annotations is not None:
        images = request.val_images or request.images
        sources.append(Source(annotations=request.val_annotations, images=images, split="val"))
    return convert(replace(asked, sources=tuple(sources)), inspected)


def _unpacked(request: ConvertData, asked: ConvertRequest, inspected: Inspect) -> Conversion:
    """From a zip, which is unpacked beside the data set, so that its pictures need no second copy."""
    from edgecask.data.conversion import MARKS
    from edgecask.data.exported import SUFFIXES, convert_exported
    from edgecask.data.output import refuse_occupied
    from edgecask.data.zip_archive import unpack
    from edgecask.store.temporary import temporary_folder

    for given, name in ((request.images, "--images"), (request.val_annotations, "--val-annotations")):
        if given is not None:
            raise UsageError(f"{name} is for a JSON; {request.annotations} is a zip.", advice="Leave it out.")
    refuse_occupied(request.output, *MARKS)
    with temporary_folder(request.output.parent, hidden=True) as folder:
        unpack(request.annotations, folder, SUFFIXES)
        return convert_exported(folder, asked, inspected)


def describe(conversion: Conversion) -> list[str]:
    """What was converted and what was not, as lines."""
    split = ", ".join(f"{count:,} {name}" for name, count in conversion.images.items())
    lines = [f"{'pictures':<12}{split}", f"{conversion.noun:<12}{conversion.labelled:,}"]
    left_out = (
        (conversion.crowds, "crowds"),
        (conversion.without_keypoints, "people without a labelled keypoint"),
        (conversion.without_size, "boxes without size"),
        (conversion.boxless, "annotations without a box"),
        (conversion.outside_boxes, "boxes outside their picture"),
        (conversion.outside, "keypoints outside their picture"),
        (conversion.missing, "pictures that are missing"),
        (conversion.unusable, "pictures that cannot be decoded"),
    )
    lines += [f"{'left out':<12}{count:,} {what}" for count, what in left_out if count]
    if conversion.groups:
        names = shortened(conversion.groups)
        lines.append(f"{'left out':<12}categories that only say what others are kinds of: {names}")
    if conversion.merged:
        lines.append(f"{'note':<12}categories of one name are one class: {shortened(conversion.merged)}")
    if conversion.without_box:
        lines.append(f"{'note':<12}{conversion.without_box:,} people without a box got one from their keypoints")
    if conversion.cut:
        lines.append(f"{'note':<12}{conversion.cut:,} boxes reached over the edge of their picture: cut there")
    if conversion.empty_classes:
        lines.append(f"{'note':<12}nothing is labelled as {shortened(conversion.empty_classes)}")
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


def shortened(names: Sequence[str]) -> str:
    """Names of classes, the first ones of many."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(f"{name:.40}" for name in names[:NAMED]) + more
