"""`invoke convert-data`: COCO's keypoint JSON → an Ultralytics data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.errors import UsageError

if TYPE_CHECKING:
    from edgecask.data.coco import Conversion


def convert_data(
    *,
    annotations: str,
    images: str,
    output: str,
    val_annotations: str,
    val_images: str,
    val_share: str,
    copy: bool,
    skip_missing: bool,
) -> None:
    """Convert, and say what was left out."""
    from edgecask.data.coco import ConvertRequest, Source, convert

    if val_images and not val_annotations:
        raise UsageError("--val-images is for --val-annotations.", advice="Pass both, or none of them.")
    validation = Source(annotations=Path(val_annotations), images=Path(val_images or images))
    conversion = convert(
        ConvertRequest(
            train=Source(annotations=Path(annotations), images=Path(images)),
            output=Path(output),
            validation=validation if val_annotations else None,
            validation_share=_share(val_share),
            copy=copy,
            skip_missing=skip_missing,
        )
    )
    for line in describe(conversion):
        print(line)
    print(f"{'data set':<12}{Path(output) / 'data.yaml'}")


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise UsageError(f"--val-share={text:.40} makes no sense.", advice="Use a share such as 0.1.")
    return share


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
    )
    lines += [f"{'left out':<12}{count:,} {what}" for count, what in left_out if count]
    if not conversion.flip_index:
        lines.append(
            f"{'warning':<12}the keypoints have no names in which left and right pair: add flip_idx to the data.yaml, "
            "or training cannot mirror pictures"
        )
    return lines
