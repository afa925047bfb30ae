"""Every bad data set that `invoke check-data` finds, with real pictures and the real decoder."""

import io
import os
import shutil
from pathlib import Path

import msgspec
import pytest
import yaml
from local_runner import LibraryRunner
from PIL import Image

from edgecask.build_request import TrainedBuildRequest
from edgecask.cli.check_data import describe
from edgecask.data.check import check_dataset
from edgecask.data.findings import Place
from edgecask.data.images import draw_contact_sheet
from edgecask.errors import DatasetError
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.store import Store
from edgecask.target.target import load_target

LINE = "0 0.5 0.5 0.4 0.8 0.3 0.3 2 0.7 0.3 1 0 0 0\n"
WHOLE = LINE.replace("0 0 0", "0.5 0.9 2")  # the first picture of each split; the others lack the last keypoint
TRAIN, VAL = 100, 10


@pytest.fixture(scope="module")
def good_folder(tmp_path_factory):
    """A data set in which nothing is wrong."""
    folder = tmp_path_factory.mktemp("good")
    for split, count in (("train", TRAIN), ("val", VAL)):
        for part in ("images", "labels"):
            (folder / part / split).mkdir(parents=True)
        for index in range(count):
            colour = (index, 50, 100 if split == "train" else 200)
            Image.new("RGB", (24, 16), colour).save(folder / "images" / split / f"{index:03d}.png")
            (folder / "labels" / split / f"{index:03d}.txt").write_text(LINE if index else WHOLE)
    table = {"train": "images/train", "val": "images/val", "names": {0: "person"}, "kpt_shape": [3, 3]}
    (folder / "data.yaml").write_text(yaml.safe_dump(table | {"flip_idx": [1, 0, 2]}))
    return folder


@pytest.fixture
def folder(good_folder, tmp_path):
    return Path(shutil.copytree(good_folder, tmp_path / "data"))


@pytest.fixture(scope="module")
def execution(tmp_path_factory):
    """With a store that all tests here share: pictures are decoded once."""
    from edgecask.directories import Directories

    home = tmp_path_factory.mktemp("home")
    directories = Directories(home=home, store=home / "store")
    display = PlainDisplay(io.StringIO())
    return Execution(
        directories=directories, store=Store(directories.store), runner=LibraryRunner(directories), display=display
    )


@pytest.fixture
def check(execution, folder):
    def run(target=None):
        # Ultralytics' reader is in no environment of these tests; tests/integration/test_data.py has it.
        return check_dataset(execution, folder / "data.yaml", load_target(target) if target else None, reader=False)

    return run


def change(folder, **changes):
    path = folder / "data.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes))


def findings(report, severity="error"):
    return [finding for finding in report.findings if finding.severity == severity]


def only(report, severity="error"):
    (finding,) = findings(report, severity)
    return finding


def test_a_good_data_set(check):
    report = check("grove")
    assert report.findings == ()
    train = report.splits["train"]
    assert (train.images, train.people, train.background, train.without_label_file) == (TRAIN, TRAIN, 0, 0)
    assert train.keypoints == [[0, 0, TRAIN], [0, TRAIN, 0], [TRAIN - 1, 0, 1]]


def test_counts_by_keypoint_and_visibility(check, folder):
    (folder / "labels" / "val" / "000.txt").write_text(LINE + WHOLE)
    report = check()
    assert report.splits["val"].keypoints == [[0, 0, VAL + 1], [0, VAL + 1, 0], [VAL, 0, 1]]
    lines = "\n".join(describe(report))
    assert f"val                 {VAL}        {VAL + 1}" in lines


def test_a_missing_image(check, folder):
    (folder / "list.txt").write_text("".join(f"./images/train/{index:03d}.png\n" for index in range(TRAIN)))
    change(folder, train="list.txt")
    (folder / "images" / "train" / "007.png").unlink()
    finding = only(check())
    assert finding.what == "1 images are missing" and finding.places == ("images/train/007.png",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"<html>not found</html>", "no picture of a known kind"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        ("float", "32 bits"),
        ("truncated", "cannot be decoded"),
        ("tiny", "4 × 4 pixels"),
        ("gif", "GIF"),
    ],
)
def test_an_image_that_cannot_be_used(check, folder, content, words):
    path = folder / "images" / "train" / "003.png"
    if content == "truncated":
        content = path.read_bytes()[:60]
    elif content == "float":
        buffer = io.BytesIO()
        Image.new("F", (20, 20)).save(buffer, "TIFF")
        content = buffer.getvalue()
    elif isinstance(content, str):
        buffer = io.BytesIO()
        Image.new("RGB", (4, 4) if content == "tiny" else (20, 20)).save(buffer, "PNG" if content == "tiny" else "GIF")
        content = buffer.getvalue()
    path.write_bytes(content)
    report = check()
    finding = only(report)
    assert finding.what == "1 images cannot be used"
    assert "images/train/003.png" in finding.places[0] and words in finding.places[0]
    assert path not in report.labels  # nor is it drawn


def test_a_label_without_image(check, folder):
    (folder / "images" / "train" / "005.png").unlink()
    (folder / "labels" / "train" / "classes.txt").write_text("person\n")  # of a labelling tool
    report = check()
    assert only(report).places == ("labels/train/005.txt",)
    assert "train has only 99 images" in only(report, "warning").what


def test_an_image_without_label_is_background(check, folder):
    (folder / "labels" / "val" / "001.txt").unlink()
    (folder / "labels" / "val" / "002.txt").write_text("\n")
    report = check()
    assert report.errors == []
    assert "1 images have no label file" in only(report, "note").what
    assert (report.splits["val"].background, report.splits["val"].without_label_file) == (2, 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LINE.strip() + " 0\n", "columns"),
        ("0 0.5 0.5 0.4 0.8\n", "columns"),
        (LINE.replace("0.7", "1.7"), "outside 0–1"),
        (LINE.replace("0.7", "-0.7"), "outside 0–1"),
        (LINE.replace("0.5 0.5", "320 240"), "outside 0–1"),
        ("1" + LINE[1:], "class that does not exist"),
        (LINE.replace("0.3 2", "0.3 7"), "wrong values"),
        (LINE.replace("0.4", "nan"), "wrong values"),
    ],
)
def test_a_wrong_label_line(check, folder, line, words):
    (folder / "labels" / "val" / "004.txt").write_text(LINE + line)
    report = check()
    finding = only(report)
    assert words in finding.what and finding.places[0].startswith("labels/val/004.txt, line 2: ")
    assert report.splits["val"].people == VAL


def test_a_label_file_that_is_no_text(check, folder):
    (folder / "labels" / "val" / "004.txt").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in only(check()).what


def test_kpt_shape_of_another_data_set(check, folder):
    change(folder, kpt_shape=[17, 3], flip_idx=None)
    report = check()
    assert (
        f"{TRAIN + VAL} label lines" in report.errors[0].what or f"{TRAIN + VAL} label lines" in report.errors[1].what
    )
    assert {finding.what for finding in report.errors} >= {"nobody is labelled in train", "nobody is labelled in val"}


@pytest.mark.parametrize("flip", [[1, 0], [1, 2, 0], [0, 0, 1], [0, 1, 9]])
def test_a_wrong_flip_idx(check, folder, flip):
    change(folder, flip_idx=flip)
    report = check()
    assert "flip_idx" in only(report).what


def test_an_image_in_train_and_val(check, folder):
    shutil.copy(folder / "images" / "train" / "009.png", folder / "images" / "val" / "002.png")
    finding = only(check())
    assert "more than one of train, val and test" in finding.what
    assert finding.places == ("images/train/009.png (train) = images/val/002.png (val)",)


def test_an_image_twice_in_train(check, folder):
    shutil.copy(folder / "images" / "train" / "009.png", folder / "images" / "train" / "010.png")
    report = check()
    assert report.errors == []
    assert only(report, "warning").places == ("images/train/009.png = images/train/010.png",)


def test_two_classes(check, folder):
    change(folder, names=["person", "dog"])
    assert "2 classes" in only(check(), "warning").what
    finding = only(check("grove"))
    assert "grove decodes 1" in finding.what


def test_classes_of_one_name(check, folder):
    change(folder, names=["a", "b", "a", "b", "c", "a"])
    found = next(finding for finding in check().findings if "for several classes" in finding.what)
    assert (found.severity, found.what) == ("warning", "2 names stand for several classes")
    assert found.places == ("a: 0, 2, 5", "b: 1, 3")


def test_what_a_target_does_not_decode(check, folder):
    assert "3 keypoints, grove-himax decodes 17" in only(check("grove-himax")).what
    change(folder, kpt_shape=[3, 2])
    for path in folder.glob("labels/*/*.txt"):
        path.write_text("0 0.5 0.5 0.4 0.8 0.3 0.3 0.7 0.3 0.1 0.1\n")
    assert check().errors == []
    assert "2 values, grove decodes 3" in only(check("grove")).what


def test_too_few_images(check, folder):
    for index in range(9, TRAIN):
        (folder / "images" / "train" / f"{index:03d}.png").unlink()
        (folder / "labels" / "train" / f"{index:03d}.txt").unlink()
    assert "train has 9 images" in only(check()).what
    change(folder, train=None)
    assert "train is missing" in only(check()).what


def test_nobody_in_val(check, folder):
    shutil.rmtree(folder / "labels" / "val")
    assert "nobody is labelled in val" in only(check()).what


def test_nothing_in_val_of_boxes(check, folder):
    for split in ("train", "val"):
        for path in (folder / "labels" / split).glob("*.txt"):
            boxes = [" ".join(line.split()[:5]) for line in path.read_text().splitlines()]
            path.write_text("".join(f"{box}\n" for box in boxes if split == "train"))
    change(folder, kpt_shape=None, flip_idx=None)
    found = only(check())
    assert (found.what, found.advice) == ("nothing is labelled in val", "Label boxes.")


def test_doubtful_labels(check, folder):
    for path in folder.glob("labels/*/*.txt"):
        path.write_text("0 0.5 0.5 0.4 0.8 0.3 0.3 2 0 0 2 0 0 0\n")
    (folder / "labels" / "train" / "001.txt").write_text(2 * LINE)
    (folder / "labels" / "train" / "002.txt").write_text("0 0.5 0.5 0.4 0.8 0 0 0 0 0 0 0 0 0\n")
    report = check()
    assert report.errors == []
    warnings = {finding.what for finding in findings(report, "warning")}
    assert f"{TRAIN + VAL - 2} label files have labelled keypoints at (0, 0)" in warnings
    assert "1 label files hold the same line twice" in warnings
    assert "keypoints 2 are never labelled in train" in warnings
    assert "1 people have a box" in only(report, "note").what


def test_a_description_that_cannot_be_read(check, folder):
    (folder / "data.yaml").write_text("names: [")
    with pytest.raises(DatasetError, match="not YAML"):
        check()


def test_many_places_are_counted_not_listed(check, folder):
    for path in folder.glob("labels/train/*.txt"):
        path.write_text("0 0.5\n")
    lines = describe(check())
    assert any("95 more" in line for line in lines)
    assert len(lines) < 30


def test_the_contact_sheet(execution, check, folder):
    # A file name is a caption, whatever it holds.
    odd = folder / "images" / "train" / "000 [b]ü\n.png"
    (folder / "images" / "train" / "000.png").rename(odd)
    (folder / "labels" / "train" / "000.txt").rename(folder / "labels" / "train" / "000 [b]ü\n.txt")
    report = check()
    place = Place(folder)
    captions = {image: place(image) for image in report.labels}
    assert "images/train/000 [b]ü\N{REPLACEMENT CHARACTER}.png" in captions.values()
    sheet = draw_contact_sheet(execution, report.dataset, labels=report.labels, images=report.images, captions=captions)
    with Image.open(sheet.path) as image:
        assert image.size == (6 * 326 + 6, 4 * 342 + 6)
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}
    assert {(255, 70, 60), (70, 140, 255), (80, 230, 100)} <= colours  # left, right, box
    empty = dict.fromkeys(report.labels, ())
    nothing = {"labels": empty, "images": report.images, "captions": captions}
    assert draw_contact_sheet(execution, report.dataset, **nothing) is None


def test_an_image_that_changes_after_it_was_inspected_is_not_drawn(execution, check, folder):
    report = check()
    for path in folder.glob("images/*/*.png"):
        path.write_bytes(path.read_bytes() + b"more")
    shown = {"labels": report.labels, "images": report.images, "captions": dict.fromkeys(report.labels, "")}
    with pytest.raises(DatasetError, match="has changed while it was checked"):
        draw_contact_sheet(execution, report.dataset, **shown)


def test_what_is_judged_is_what_was_hashed(execution, folder, monkeypatch):
    """A picture that is bad when its turn comes, and good ever after: the verdict is for the bad one alone."""
    path = folder / "images" / "train" / "003.png"
    good, run = path.read_bytes(), execution.runner.run
    path.write_bytes(b"no picture")

    def mended_just_before_it_is_decoded(*arguments, **named):
        path.write_bytes(good)
        return run(*arguments, **named)

    monkeypatch.setattr(execution.runner, "run", mended_just_before_it_is_decoded)
    first = check_dataset(execution, folder / "data.yaml", reader=False)
    assert "003.png" in only(first).places[0]
    assert check_dataset(execution, folder / "data.yaml", reader=False).errors == []


def test_labels_that_lie_beside_their_images(check, folder):
    for index in (4, 5):
        label = folder / "labels" / "train" / f"{index:03d}.txt"
        label.rename(folder / "images" / "train" / label.name)
    finding = only(check())
    assert finding.what.startswith("2 label files lie beside their pictures")
    assert finding.places == ("images/train/004.txt", "images/train/005.txt")


def test_images_that_ultralytics_does_not_look_at(check, folder):
    (folder / "images" / "train" / "more.gif").write_bytes(b"x")
    (folder / "images" / "train" / "._000.png").write_bytes(b"x")
    report = check()
    assert report.errors == [] and "left out: 1 .gif" in only(report, "warning").what


def test_names_that_are_no_text(execution, check, folder):
    odd = os.fsdecode(b"\xff\x1b[31m.png")
    (folder / "images" / "train" / odd).write_bytes(b"no picture")
    (finding,) = check().errors
    assert finding.places[0].startswith("images/train/\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[31m.png: it")


def test_images_are_not_decoded_again(execution, check):
    check()
    before = len(execution.runner.ran)
    check()
    assert len(execution.runner.ran) == before


def test_the_photographs(execution, shared):
    path = shared / "data" / "coco-person-80" / "data.yaml"
    report = check_dataset(execution, path, load_target("grove"), reader=False)
    assert [finding.what for finding in report.errors] == ["80 images are in more than one of train, val and test"]
    assert report.splits["val"].without_label_file == 44


@pytest.mark.parametrize(
    ("classes", "keypoints", "target", "says"),
    [
        (1, True, "grove", None),
        (4, False, "grove", None),
        (1, True, "grove-himax-yolo11", "is labelled for pose; grove-himax-yolo11 takes detection models alone"),
        (4, False, "grove-himax", "is labelled for detection; grove-himax takes pose models alone"),
        (2, True, "grove", "there are 2 classes, grove decodes 1"),
        (1, True, "grove-himax", "there are 3 keypoints, grove-himax decodes 17"),
        (64, False, "grove", "there are 64 classes, of all numbers the one that grove cannot decode"),
        (100, False, "xiao", "there are 100 classes, xiao decodes at most 80"),
    ],
)
def test_what_a_target_would_not_take_is_not_trained(folder, classes, keypoints, target, says):
    change(folder, names=[f"thing {number}" for number in range(classes)])
    if not keypoints:
        change(folder, kpt_shape=None)
    request = TrainedBuildRequest(target=target, data=folder / "data.yaml", epochs=3)
    if says is None:
        assert request.training(load_target(target)).epochs == 3
        return
    with pytest.raises(DatasetError, match=rf"data\.yaml:? {says}"):
        request.training(load_target(target))


def test_a_training_before_a_build_has_the_size_of_the_task(folder, tmp_path):
    change(folder, kpt_shape=None)
    asked = TrainedBuildRequest(target="x", data=folder / "data.yaml", epochs=3)
    other = {"model": {"head": "raw", "default_image_size": 224}}
    target = msgspec.structs.replace(load_target("grove"), task={"detect": other})
    assert asked.training(target).image_size == 224
    assert asked.training(load_target("grove")).image_size == 192
