import pytest
from four_pictures import four_pictures

from edgecask.data.dataset import label_path, read_dataset
from edgecask.data.findings import Place
from edgecask.data.label_check import check_labels, check_orphans

LINE = "0 0.5 0.5 0.4 0.8 0.3 0.3 2 0.7 0.3 1 0.5 0.9 2\n"


@pytest.fixture
def dataset(tmp_path):
    """The data set of four pictures, all of which are labelled."""
    found = read_dataset(four_pictures(tmp_path)())
    for image in found.splits["train"] + found.splits["val"]:
        label_path(image).parent.mkdir(parents=True, exist_ok=True)
        label_path(image).write_text(LINE)
    return found


def checked(dataset, folder):
    return check_labels(dataset, dataset.splits["train"], Place(folder))


def test_good_labels(dataset, tmp_path):
    labels, findings = checked(dataset, tmp_path)
    assert findings == [] and [len(people) for people in labels.values()] == [1, 1, 1]


@pytest.mark.parametrize(
    ("content", "severity", "what", "place"),
    [
        (LINE.strip() + " 0\n", "error", "1 label lines have a wrong number of columns", ", line 1: "),
        (LINE.replace("0.7", "1.7"), "error", "1 label lines have coordinates outside 0–1", ", line 1: "),
        (LINE + "1" + LINE[1:], "error", "1 label lines have a class that does not exist", ", line 2: "),
        (LINE.replace("0.4", "nan"), "error", "1 label lines have wrong values", ", line 1: "),
        (b"\xff\xfe\x00", "error", "1 label files cannot be read", "a.txt"),
        (2 * LINE, "warning", "1 label files hold the same line twice", "labels/train/a.txt"),
        (LINE.replace("0.3 0.3 2", "0 0 2"), "warning", "1 label files have labelled keypoints at (0, 0)", "a.txt"),
        ("0 0.5 0.5 0.4 0.8" + 9 * " 0", "note", "1 people have a box, but no labelled keypoint", None),
    ],
)
def test_what_is_wrong_in_a_label_file(dataset, tmp_path, content, severity, what, place):
    path = tmp_path / "labels" / "train" / "a.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    _, (finding,) = checked(dataset, tmp_path)
    assert (finding.severity, finding.what) == (severity, what)
    assert finding.places == () if place is None else place in finding.places[0]


def test_pictures_and_label_files_that_lack_each_other(dataset, tmp_path):
    images = dataset.splits["train"]
    assert check_orphans(images, Place(tmp_path)) == []
    (tmp_path / "labels" / "train" / "classes.txt").write_text("person\n")  # of a labelling tool
    (tmp_path / "labels" / "train" / "z.txt").write_text(LINE)
    (tmp_path / "labels" / "train" / "b.txt").unlink()
    orphan, background = check_orphans(images, Place(tmp_path))
    assert orphan.what == "1 label files have no image" and orphan.places == ("labels/train/z.txt",)
    assert background.severity == "note" and background.what.startswith("1 images have no label file")
