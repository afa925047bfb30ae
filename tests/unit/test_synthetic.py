import hashlib
import io

import pytest
from local_runner import LibraryRunner

from edgecask.data import synthetic as demo_data
from edgecask.data.dataset import label_path, load_dataset
from edgecask.data.demo_request import DemoDataRequest
from edgecask.data.label_files import read_labels
from edgecask.data.synthetic import make_demo_data
from edgecask.errors import UsageError
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.store import Store


@pytest.fixture
def execution(directories, monkeypatch):
    monkeypatch.setattr(demo_data, "IMAGES_A_STAGE", 4)
    display = PlainDisplay(io.StringIO())
    return Execution(
        directories=directories, store=Store(directories.store), runner=LibraryRunner(directories), display=display
    )


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_data_set(execution, tmp_path):
    request = DemoDataRequest(output=tmp_path / "demo", count=6, validation=3, image_size=96)
    made = make_demo_data(execution, request)
    dataset = load_dataset(tmp_path / "demo" / "data.yaml")
    assert {name: len(images) for name, images in dataset.splits.items()} == {"train": 6, "val": 3}
    assert dataset.classes == ("person",) and (dataset.keypoints, dataset.keypoint_dimensions) == (17, 3)
    labels = [read_labels(label_path(image), 17, 3, 1) for images in dataset.splits.values() for image in images]
    assert made.images == 9
    assert made.noun == "people" and made.shown == sum(map(len, labels)) > 5
    assert made.without == sum(not people for people in labels)
    # Pictures of all splits differ.
    files = digests(tmp_path / "demo")
    assert len({digest for name, digest in files.items() if name.startswith("images")}) == 9
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_same_seed_gives_the_same_bytes(execution, directories, tmp_path):
    made = {}
    for name, count, seed in (("a", 5, 3), ("b", 8, 3), ("c", 5, 4)):
        request = DemoDataRequest(output=tmp_path / name, count=count, validation=1, seed=seed, image_size=64)
        made[name] = make_demo_data(execution, request).sha256
    first, longer, other = (digests(tmp_path / name) for name in "abc")
    assert {name: longer[name] for name in first if name != "data.yaml"} == {
        name: digest for name, digest in first.items() if name != "data.yaml"
    }
    assert not {first[name] for name in first if "images" in name} & {other[name] for name in other if "images" in name}
    assert len(set(made.values())) == 3
    fresh = Execution(
        directories=directories, store=Store(tmp_path / "empty"), runner=LibraryRunner(directories),
        display=PlainDisplay(io.StringIO()),
    )  # fmt: skip
    request = DemoDataRequest(output=tmp_path / "again", count=5, validation=1, seed=3, image_size=64)
    assert make_demo_data(fresh, request).sha256 == made["a"]
    assert digests(tmp_path / "again") == first


def test_only_what_it_made_is_replaced(execution, tmp_path):
    output = tmp_path / "pictures"
    output.mkdir()
    (output / "mine.jpg").write_bytes(b"x")
    request = DemoDataRequest(output=output, count=1, validation=1, image_size=64)
    with pytest.raises(UsageError, match="something else"):
        make_demo_data(execution, request)
    assert (output / "mine.jpg").read_bytes() == b"x"
    (output / "mine.jpg").unlink()
    make_demo_data(execution, request)
    (output / "images" / "train" / "stale.jpg").write_bytes(b"x")
    make_demo_data(execution, request)
    assert not (output / "images" / "train" / "stale.jpg").exists()
