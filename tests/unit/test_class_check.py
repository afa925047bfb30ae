import pytest
from four_pictures import four_pictures

from edgecask.data.class_check import check_classes, require_taken
from edgecask.data.dataset import read_dataset
from edgecask.errors import DatasetError
from edgecask.target.target import load_target


@pytest.fixture
def dataset(tmp_path):
    write = four_pictures(tmp_path)
    return lambda classes, shape, **more: read_dataset(
        write(names=[f"thing {number}" for number in range(classes)], kpt_shape=shape, flip_idx=None, **more)
    )


@pytest.mark.parametrize(
    ("classes", "shape", "target", "says"),
    [
        (1, [3, 3], None, None),
        (2, [3, 3], None, "there are 2 classes"),
        (5, None, None, None),
        (1, [3, 3], "grove", None),
        (2, [3, 3], "grove", "there are 2 classes, grove decodes 1"),
        (1, [3, 2], "grove", r"keypoints have 2 values, grove decodes 3 (x, y, visibility)"),
        (1, [3, 3], "grove-himax", "there are 3 keypoints, grove-himax decodes 17"),
        (5, None, "grove-himax", "labels are boxes without keypoints, and grove-himax takes no detection models"),
        (5, None, "grove", None),
        (64, None, "grove", "there are 64 classes, of all numbers the one that grove cannot decode"),
        (81, None, "xiao", "there are 81 classes, xiao decodes at most 80"),
    ],
)
def test_what_a_device_decodes(dataset, classes, shape, target, says):
    found = check_classes(dataset(classes, shape), load_target(target) if target else None)
    assert [finding.what for finding in found] == ([says] if says else [])
    assert {finding.severity for finding in found} <= {"error" if target else "warning"}


def test_labels_that_a_target_does_not_take_are_refused(dataset):
    require_taken(dataset(5, None), load_target("grove"))
    with pytest.raises(DatasetError, match="is labelled for detection; grove-himax takes pose models alone"):
        require_taken(dataset(5, None), load_target("grove-himax"))
    with pytest.raises(DatasetError, match=r"data\.yaml: there are 3 keypoints, grove-himax decodes 17"):
        require_taken(dataset(1, [3, 3]), load_target("grove-himax"))
