"""Nuvoton's samples for the M55M1.

The model is a file in the root of the SD card, whose name is compiled in. Model::Init prints an error and gives up at
any version of the schema but TensorFlow Lite's own (M55M1BSP @fae37ab, ThirdParty/ml-embedded-evaluation-kit/source/
application/api/common/source/Model.cc).
"""

from __future__ import annotations

from collections.abc import Iterator

from edgecask.firmware.plain import Plain
from edgecask.target.model_file import ModelFile
from edgecask.target.rules import Row, judge
from edgecask.target.tables import Strict
from edgecask.target.target import Target
from edgecask.task.head import STRIDES
from edgecask.task.task import task_of


class NuvotonVendor(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[vendor]: for how many classes the sample is compiled as it comes; None where it has one."""

    stock_classes: int | None = None


class Nuvoton(Plain):
    """See edgecask.firmware.family.Family."""

    vendor_table: type[Strict] = NuvotonVendor

    def rows(self, model: ModelFile, target: Target) -> Iterator[Row]:
        """The version of the schema, and whether the sample is compiled for as many classes as the model has."""
        yield from super().rows(model, target)
        stock = target.vendor_as(NuvotonVendor).stock_classes
        size = model.image_size
        if stock is None or size is None or size < max(STRIDES):
            return
        head = task_of(target.model.task).heads[target.model.head]
        classes = set(head.counts([output.shape for output in model.outputs], size))
        if len(classes) != 1:
            return  # which the outputs' shapes are told about
        (found,) = classes
        needed = f"{stock} in the sample as it comes"
        if found == stock:
            yield judge("number of classes", True, found, needed)
            return
        advice = (
            f"The sample prints that sizes do not match and shows nothing: set YOLOV8N_OD_CLASS to {found} in "
            "Model/include/YOLOv8nODModel.hpp, put your names into Model/Labels.cpp, and compile it."
        )
        yield Row(rule="number of classes", verdict="warn", found=str(found), needed=needed, advice=advice)
