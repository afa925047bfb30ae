"""The images of a build without labels: those that judge it, or that the report shows where none do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgecask.data.image_folder import READABLE_SUFFIXES, FoundImages, find_images
from edgecask.errors import DatasetError
from edgecask.files import printable_name, sha256_json
from edgecask.plan import evaluation_stages as plan
from edgecask.plan.graph import Content, Node, Output, Results, Settled
from edgecask.store.image_archives import digests_in, pack, portable_names, repack
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.target import Target

LARGEST_PART = 250
"""Images in one run of the detect stage at most: what is lost when a long evaluation is interrupted."""
SMALLEST_PART = 20
"""Images in one run of the detect stage at least: below that its start takes longer than they do."""


@dataclass(frozen=True, kw_only=True)
class UnlabelledImages:
    """Images in archives, `parts`, or in one that `settle` gives when the nodes of `needs` are done.

    `source` says where they come from. They are in no calibration, unless `reason` says why nothing can be measured.
    """

    source: str = ""
    reason: str = ""
    parts: tuple[Blob, ...] = ()
    needs: tuple[str, ...] = ()
    settle: Callable[[Results], Blob] | None = None

    def detect_nodes(
        self,
        target: Target,
        models: Mapping[str, Content],
        *,
        line: str = "detect",
        interpreter: str = plan.TENSORFLOW_LITE,
    ) -> list[Node]:
        """What models find in them, one node for each part; their outputs are called NAME.json."""
        stage = plan.detect_stage(target, models=models, interpreter=interpreter)
        if self.settle is None:
            return [
                replace(stage, inputs={**stage.inputs, "images.tar": part}).called(
                    line if len(self.parts) == 1 else f"{line} {number}", line=line
                )
                for number, part in enumerate(self.parts)
            ]
        archive = self.settle
        return [
            replace(
                stage, needs=self.needs, settle=lambda results: Settled(inputs={"images.tar": archive(results)})
            ).called(line)
        ]


def pack_in_parts(
    store: Store, images: Sequence[tuple[str, Path]], *, source: Path, cores: int
) -> tuple[tuple[Blob, ...], dict[str, str]]:
    """Images (name, file) in so many archives that every core has one, and their sha256; each file is read once.

    Raises DatasetError where one cannot be read; `source` is where they are from.
    """
    size = max(1, min(LARGEST_PART, -(-len(images) // cores)))
    digests: dict[str, str] = {}
    parts = []
    try:
        for start in range(0, len(images), size):
            packed = pack(store, images[start : start + size])
            parts.append(packed.archive)
            digests |= packed.digests
    except OSError as error:
        if Path(error.filename or "") not in (image for _, image in images):
            raise  # the store's own
        raise DatasetError(
            f"{error.filename}, a picture of {source}, cannot be read ({error.strerror}).",
            advice="Replace it, or take it out of the data set.",
        ) from error
    return tuple(parts), digests


def images_of(store: Store, folder: Path, *, cores: int, most: int | None = None) -> UnlabelledImages:
    """The images of a folder, at most `most`, evenly from all; raises DatasetError where there are none."""
    found = FoundImages(images=(), left_out={})
    if folder.is_dir():
        try:
            found = find_images(folder, READABLE_SUFFIXES)
        except OSError as error:
            raise DatasetError(
                f"The folder {folder} cannot be read ({error.strerror}: {error.filename}).",
                advice="Check its permissions.",
            ) from error
    if not found.images:
        what = "holds no image" if folder.is_dir() else "is no folder"
        raise DatasetError(f"{folder} {what}.", advice="Pass --images=FOLDER with JPEG or PNG files.")
    names = portable_names(image.relative_to(folder) for image in found.images)
    images = list(zip(names, found.images, strict=True))
    if most is not None and most < len(images):
        images = [images[number * len(images) // most] for number in range(most)]
    parts, _ = pack_in_parts(store, images, source=folder, cores=cores)
    return UnlabelledImages(source=f"in {printable_name(Path(folder.name))}", parts=parts)


def in_parts(store: Store, archive: Blob, names: Sequence[str], *, cores: int) -> tuple[Blob, ...]:
    """Some of an archive's images in so many archives that every core has one, where they are enough for that."""
    size = max(SMALLEST_PART, -(-len(names) // cores))
    return tuple(repack(store, [archive], set(names[start : start + size])) for start in range(0, len(names), size))


def archives_of(nodes: Iterable[Node], results: Results) -> list[Blob]:
    """The images that nodes of `detect_nodes` looked at."""
    return [results.stage(node.name).inputs["images.tar"] for node in nodes]


def digest_of(archives: Iterable[Blob]) -> str:
    """One sha256 for all images and their names, into however many archives they are divided."""
    return sha256_json({name: digest for archive in archives for name, digest in digests_in(archive).items()})


def found_by(nodes: Iterable[Node], model: str) -> list[Output]:
    """What `model` will have found, in the order of the parts."""
    return [Output(node=node.name, file=f"{model}.json") for node in nodes]
