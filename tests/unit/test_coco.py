import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecask.data.coco import convert
from edgecask.data.conversion import ConvertRequest, Source, split_images
from edgecask.data.dataset import label_path, load_dataset
from edgecask.data.images import ImageFile
from edgecask.data.label_files import read_labels
from edgecask.errors import DatasetError, UsageError

NAMES = ["nose", "left_hand", "right_hand"]
PERSON = {"bbox": [10, 20, 40, 60], "keypoints": [20, 30, 2, 10, 40, 1, 0, 0, 0], "category_id": 1, "iscrowd": 0}


@pytest.fixture
def write(tmp_path):
    """A keypoint file of eight pictures of 100 × 200 pixels, with these annotations of the first ones."""

    def make(*annotations, name="people.json", count=8, **changes):
        table = {
            "info": {"year": 2017},
            "images": [
                {"id": index, "file_name": f"{index:03d}.jpg", "width": 100, "height": 200, "license": 1}
                for index in range(count)
            ],
            "annotations": [{"id": at, "image_id": at} | annotation for at, annotation in enumerate(annotations)],
            "categories": [{"id": 1, "name": "person", "keypoints": NAMES, "skeleton": []}],
        } | changes
        (tmp_path / "pictures").mkdir(exist_ok=True)
        for index in range(count):
            (tmp_path / "pictures" / f"{index:03d}.jpg").write_bytes(name.encode() + bytes([index]))
        path = tmp_path / name
        path.write_text(json.dumps(table))
        return path

    return make


def inspector(sizes=None, problems=None):
    """In the place of the stage that decodes pictures: their sizes (100 × 200) and problems (none) by file name."""

    def inspect(paths):
        return {
            path: ImageFile(sha256="", width=width, height=height, problem=(problems or {}).get(path.name, ""))
            for path in paths
            for width, height in [(sizes or {}).get(path.name, (100, 200))]
        }

    return inspect


@pytest.fixture
def run(tmp_path):
    def call(path, *, inspect=None, **options):
        source = Source(annotations=path, images=tmp_path / "pictures")
        sources = (source, *([options.pop("validation")] if "validation" in options else []))
        request = ConvertRequest(sources=sources, output=tmp_path / "out", **{"validation_share": 0.25} | options)
        return convert(request, inspect or inspector())

    return call


def people(folder, name):
    (image,) = folder.glob(f"images/*/{name}.jpg")
    return read_labels(label_path(image), 3, 3, 1)


def test_a_data_set(write, run, tmp_path):
    conversion = run(write(PERSON, PERSON | {"image_id": 0, "bbox": [0, 0, 50, 100]}))
    out = tmp_path / "out"
    dataset = load_dataset(out / "data.yaml")
    assert dataset.classes == ("person",) and dataset.flip_index == (0, 2, 1)
    assert {name: len(images) for name, images in dataset.splits.items()} == {"train": 6, "val": 2}
    first, second = people(out, "000")
    assert first.box == (0.3, 0.25, 0.4, 0.3) and second.box == (0.25, 0.25, 0.5, 0.5)
    assert first.keypoints == ((0.2, 0.15, 2), (0.1, 0.2, 1), (0, 0, 0))
    assert people(out, "007") == []
    assert conversion.labelled == 2 and conversion.images == {"train": 6, "val": 2}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_ultralytics_leaves_out_is_left_out(write, run, tmp_path):
    conversion = run(
        write(
            PERSON,
            PERSON | {"iscrowd": 1, "segmentation": {"counts": [1], "size": [1, 1]}},
            PERSON | {"keypoints": [0] * 9},
            {"bbox": [0, 0, 5, 5], "category_id": 1},
            PERSON | {"bbox": [10, 10, 0, 5]},
            PERSON | {"image_id": 0},  # the same line again
        )
    )
    assert (conversion.crowds, conversion.without_keypoints, conversion.without_size) == (1, 2, 1)
    assert conversion.labelled == len(people(tmp_path / "out", "000")) == 1


def test_what_training_would_refuse_is_repaired(write, run, tmp_path):
    keypoints = [20, 30, 2, 130, 40, 2, 20, 200, 2]
    conversion = run(write(PERSON | {"bbox": [-10, 20, 200, 60], "keypoints": keypoints}))
    (label,) = people(tmp_path / "out", "000")
    assert label.box == (0.5, 0.25, 1.0, 0.3)
    assert label.keypoints == ((0.2, 0.15, 2), (0, 0, 0), (0.2, 1.0, 2))
    assert conversion.outside == 1


def test_the_same_input_gives_the_same_bytes(write, run, tmp_path):
    def content():
        out = tmp_path / "out"
        return {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    path = write(PERSON, PERSON)
    run(path)
    first = content()
    run(path)  # takes the place of the earlier one
    assert content() == first
    run(path, validation_share=0.5)
    assert len(list((tmp_path / "out" / "images" / "val").iterdir())) == 4


def test_another_file_for_validation(write, run, tmp_path):
    other = write(PERSON, name="val.json", count=3)
    for path in (tmp_path / "pictures").iterdir():
        (tmp_path / "val").mkdir(exist_ok=True)
        path.rename(tmp_path / "val" / path.name)
    conversion = run(write(PERSON), validation=Source(annotations=other, images=tmp_path / "val", split="val"))
    assert conversion.images == {"train": 8, "val": 3}
    assert (tmp_path / "out" / "images" / "val" / "000.jpg").read_bytes().startswith(b"val.json")


def test_links_and_copies(write, run, tmp_path):
    path = write(PERSON)
    source = tmp_path / "pictures" / "000.jpg"
    for copy in (False, True):
        run(path, copy=copy)
        (made,) = (tmp_path / "out").glob("images/*/000.jpg")
        assert made.samefile(source) == (not copy) and made.read_bytes() == source.read_bytes()


def test_missing_images(write, run, tmp_path):
    path = write(PERSON)
    (tmp_path / "pictures" / "003.jpg").unlink()
    with pytest.raises(DatasetError, match=r"1 of 8 pictures .*003\.jpg.*--skip-missing"):
        run(path)
    assert not (tmp_path / "out").exists()
    assert run(path, skip_missing=True).missing == 1
    assert not list((tmp_path / "out").glob("*/*/003.*"))


def test_subfolders(write, run, tmp_path):
    images = [{"id": 0, "file_name": "train2017/a.jpg", "width": 10, "height": 10}]
    path = write(PERSON | {"bbox": [0, 0, 5, 5], "keypoints": [1, 1, 2, 0, 0, 0, 0, 0, 0]}, images=images, count=0)
    (tmp_path / "pictures" / "train2017").mkdir()
    (tmp_path / "pictures" / "train2017" / "a.jpg").write_bytes(b"x")
    run(path, inspect=inspector({"a.jpg": (10, 10)}))
    assert (tmp_path / "out" / "labels" / "train" / "train2017" / "a.txt").read_text().startswith("0 0.25")


def image(name, **changes):
    return {"id": 0, "file_name": name, "width": 10, "height": 10} | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": [image("../../etc/passwd.jpg")]}, "leads elsewhere"),
        ({"images": [image("/etc/a.jpg")]}, "leads elsewhere"),
        ({"images": [image("..\\a.jpg")]}, "leads elsewhere"),
        ({"images": [image("data.yaml")]}, "no image file"),
        ({"images": [image("a.jpg"), image("b.jpg")]}, "two images have the id 0"),
        ({"images": [image("a.jpg"), image("a.png", id=1)]}, "share their labels"),
        ({"images": [image("a.jpg", width="10")]}, r"images\[0\].width"),
        ({"images": {}}, "images"),
        ({"annotations": []}, "nothing in it is labelled"),
        ({"annotations": [PERSON | {"image_id": 99}]}, "image 99"),
        ({"annotations": [PERSON | {"image_id": 0, "bbox": [1]}]}, "bbox"),
        ({"annotations": [PERSON | {"image_id": 0, "keypoints": "x"}]}, "keypoints"),
    ],
)
def test_what_is_wrong_is_named(write, run, tmp_path, changes, words):
    with pytest.raises(DatasetError, match=rf"people\.json.*{words}"):
        run(write(PERSON, **changes))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"images": []}'])
def test_another_file(run, tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"x\.json"):
        run(path)
    with pytest.raises(DatasetError, match="cannot be read"):
        run(tmp_path / "gone.json")


def test_an_occupied_folder_is_left_alone(write, run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(UsageError, match="something else"):
        run(write(PERSON))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_an_image_that_cannot_be_decoded(write, run, tmp_path):
    path, inspect = write(PERSON), inspector(problems={"003.jpg": "it is empty"})
    with pytest.raises(DatasetError, match=r"1 of 8 pictures cannot be used.*003\.jpg: it is empty.*--skip-missing"):
        run(path, inspect=inspect)
    assert not (tmp_path / "out").exists()
    assert run(path, inspect=inspect, skip_missing=True).unusable == 1
    assert not list((tmp_path / "out").glob("*/*/003.*"))


def test_a_photograph_that_is_turned_when_it_is_shown(write, run, tmp_path):
    """The size in the file is from before turning (200 × 100), what is labelled is for the upright picture."""
    path = write(PERSON, images=[image("000.jpg", width=200, height=100)])
    conversion = run(path)
    (label,) = people(tmp_path / "out", "000")
    assert label.box == (0.3, 0.25, 0.4, 0.3) and label.keypoints[0] == (0.2, 0.15, 2)
    assert conversion.sideways == ["000.jpg"]
    outside = PERSON | {"bbox": [110, 20, 40, 60]}
    with pytest.raises(DatasetError, match=r"200 × 100 pixels, upright it has 100 × 200, and labels lie outside"):
        run(write(outside, images=[image("000.jpg", width=200, height=100)]))


def test_a_size_that_is_not_the_images(write, run, tmp_path):
    with pytest.raises(DatasetError, match=r"'000\.jpg' has 640 × 480 pixels, upright it has 100 × 200"):
        run(write(PERSON, images=[image("000.jpg", width=640, height=480)]))
    for unknown in ({"width": 0, "height": 0}, {"width": None, "height": None}, {"width": 100.4, "height": 199.6}):
        run(write(PERSON, images=[image("000.jpg") | unknown]))
        assert people(tmp_path / "out", "000")[0].box == (0.3, 0.25, 0.4, 0.3)


def test_people_without_a_box_get_one_from_their_keypoints(write, run, tmp_path):
    bare = {"keypoints": PERSON["keypoints"], "category_id": 1}
    for box in ({}, {"bbox": None}, {"bbox": []}):
        conversion = run(write(bare | box))
        (label,) = people(tmp_path / "out", "000")
        assert label.box == (0.15, 0.175, 0.1, 0.05) and conversion.without_box == 1
    alone = {"keypoints": [20, 30, 2, 0, 0, 0, 0, 0, 0], "category_id": 1}
    assert run(write(alone)).without_size == 1  # one point encloses nothing


def test_names_without_sides_give_a_warning(write, run, tmp_path):
    conversion = run(write(PERSON, categories=[{"id": 1, "name": "dog: a\n# b", "keypoints": ["a", "a", "b"]}]))
    assert not conversion.flip_index
    dataset = load_dataset(tmp_path / "out" / "data.yaml")
    assert dataset.flip_index is None and dataset.classes == ("dog: a\n# b",)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=30, unique=True), st.floats(0, 0.99))
def test_every_image_is_in_one_split(names, share):
    train, held = split_images(names, share)
    assert train | held == set(names) and not train & held and train


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.sampled_from(["images", "annotations", "categories"]), json_values)
def test_wrong_types_give_one_clear_line(tmp_path_factory, key, value):
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "people.json"
    path.write_text(json.dumps({"images": [], "annotations": [], "categories": []} | {key: value}))
    source = Source(annotations=path, images=folder)
    with pytest.raises(DatasetError) as caught:
        convert(ConvertRequest(sources=(source,), output=folder / "out"), inspector())
    assert "\n" not in str(caught.value)
