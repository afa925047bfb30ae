"""`invoke convert-data`: COCO's JSON → an Ultralytics data set, with keypoints or with boxes of several classes.

What labels become is in coco_labels.py. Unlike in Ultralytics' own converter the size of a picture is its own, upright,
and who has no box gets one from the keypoints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from edgecask.data.coco_format import Annotation, Classes, Document, check_size
from edgecask.data.coco_labels import LABELLINGS, Labelling, label_lines, things_of, told_task
from edgecask.data.conversion import (
    MARKS,
    Conversion,
    ConvertRequest,
    Inspect,
    Source,
    parts_of,
    usable,
    write_description,
    write_picture,
)
from edgecask.data.image_folder import IMAGE_SUFFIXES
from edgecask.data.output import refuse_occupied, replacing
from edgecask.errors import DatasetError
from edgecask.files import is_named_file


def convert(request: ConvertRequest, inspect: Inspect) -> Conversion:
    """Make the data set, with pictures of the size that `inspect` finds.

    Raises DatasetError that names what is wrong, UsageError where the folder is occupied.
    """
    refuse_occupied(request.output, *MARKS)
    documents = [(source.annotations, source.read()) for source in request.sources]
    task = request.task or told_task(documents)
    labelling = LABELLINGS[task]
    description = labelling.description(documents, classes := labelling.classes(documents))
    conversion = Conversion(noun=things_of(task), groups=classes.groups, merged=classes.merged)
    conversion.flip_index = "kpt_shape" not in description or "flip_idx" in description
    present = [
        _present(source, document, request, conversion)
        for source, (_, document) in zip(request.sources, documents, strict=True)
    ]
    inspected = inspect(sorted({file for found in present for file in found.values()}))
    splits = [source.split for source in request.sources]
    used: set[int | str] = set()
    with replacing(request.output, *MARKS) as folder:
        for source, (_, document), files in zip(request.sources, documents, present, strict=True):
            found = usable(files, inspected, request, conversion)
            parts = parts_of(splits, sorted(found), source.split, request.validation_share)
            sizes = {name: (inspected[file].width, inspected[file].height) for name, file in found.items()}
            _write(folder, source, document, parts, (labelling, classes), sizes, request, conversion)
            used |= {annotation.category_id for annotation in document.annotations}
        labelled = {entry.name for entry in classes.categories if entry.id in used}
        conversion.empty_classes = tuple(name for name in classes.names if name not in labelled)
        write_description(folder, conversion, classes.names, description)
    return conversion


def _present(source: Source, document: Document, request: ConvertRequest, conversion: Conversion) -> dict[str, Path]:
    """The pictures by the name they get, with their files; raises DatasetError where some are missing."""
    found: dict[str, Path] = {}
    stems: set[str] = set()
    missing: list[str] = []
    for image in document.images:
        name = image.relative
        if name.suffix.lower() not in IMAGE_SUFFIXES:
            raise DatasetError(
                f"{source.annotations} names {image.file_name!r:.80}, which is no image file.",
                advice="Correct the file.",
            )
        stem = str(name.with_suffix(""))
        if stem in stems:
            raise DatasetError(
                f"{source.annotations} names two pictures {stem!r:.80}, which would share their labels.",
                advice="Rename one of them.",
            )
        stems.add(stem)
        if is_named_file(source.images / name):
            found[str(name)] = source.images / name
        else:
            missing.append(str(name))
    if missing and not (request.skip_missing and found):
        raise DatasetError(
            f"{len(missing):,} of {len(document.images):,} pictures are not in {source.images}, "
            f"for example {missing[0]!r:.80}.",
            advice="Correct --images, or leave them out with --skip-missing.",
        )
    conversion.missing += len(missing)
    return found


def _write(
    folder: Path,
    source: Source,
    document: Document,
    parts: Mapping[str, set[str]],
    labels: tuple[Labelling, Classes],
    sizes: Mapping[str, tuple[int, int]],
    request: ConvertRequest,
    conversion: Conversion,
) -> None:
    labelling, classes = labels
    numbers = classes.numbers
    annotations: defaultdict[int | str, list[Annotation]] = defaultdict(list)
    for annotation in document.annotations:
        if annotation.category_id in numbers:
            annotations[annotation.image_id].append(annotation)
    for split, names in parts.items():
        conversion.images[split] = conversion.images.get(split, 0) + len(names)
    for entry in document.images:
        name = str(entry.relative)
        if name not in sizes:
            continue  # it is missing
        labelled = annotations[entry.id]
        if check_size(source.annotations, entry, labelled, sizes[name]):
            conversion.sideways.append(name)
        for split, names in parts.items():
            if name in names:
                lines = label_lines(labelling, sizes[name], labelled, numbers, conversion)
                write_picture(folder, split, name, source.images / name, lines, copy=request.copy)
