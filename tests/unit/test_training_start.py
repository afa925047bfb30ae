import pytest

from edgecask.data.dataset import load_dataset
from edgecask.errors import ModelError, WeightsError
from edgecask.store.store import Store
from edgecask.training.run import Run
from edgecask.training.start import find_start, find_start_again


@pytest.fixture
def dataset(tmp_path):
    """Makes a data set of one picture, with keypoints or with boxes."""

    def make(rest="kpt_shape: [1, 3]"):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / "a.png").touch()
        (tmp_path / "data.yaml").write_text(f"train: images\nnames: [person]\n{rest}\n")
        return load_dataset(tmp_path / "data.yaml")

    return make


@pytest.fixture
def find(directories, dataset):
    store = Store(directories.store)
    return lambda requested, *rest: find_start(directories, store, requested, dataset(*rest))


def test_a_description_is_a_start_from_nothing(find, tmp_path):
    (tmp_path / "small.yml").write_text("scale: [1, 1, 64]")
    start, label = find(str(tmp_path / "small.yml"))
    assert label == "small.yml" and start["model.yaml"].path.read_text() == "scale: [1, 1, 64]"


@pytest.mark.parametrize(
    ("content", "said"), [(b"a: [", "is not valid YAML"), (b"\xff\xfe", "is not valid YAML"), (b" " * (2 << 20), "MB")]
)
def test_a_description_that_cannot_be_one(find, tmp_path, content, said):
    (tmp_path / "small.yaml").write_bytes(content)
    with pytest.raises(WeightsError, match=said):
        find(str(tmp_path / "small.yaml"))


@pytest.mark.parametrize("weights", ["absent.yaml", "absent.pt"])
def test_weights_that_are_not_there(find, weights):
    with pytest.raises(WeightsError, match="There |cannot be read"):
        find(weights)


def test_a_checkpoint_of_the_labels_task_is_a_start(find):
    start, label = find("demo")
    assert set(start) == {"weights.pt"} and label == "demo"
    with pytest.raises(ModelError, match=r"demo is a pose model, not a detection model: .*\(without kpt_shape\)"):
        find("demo", "")


def test_weights_that_are_gone_are_not_missed_once_an_epoch_has_ended(directories, dataset, tmp_path):
    run, store = Run(tmp_path / "run"), Store(directories.store)
    record = {"request": {"weights": "gone.pt"}, "weights": {"sha256": "1" * 64}}
    with pytest.raises(WeightsError):
        find_start_again(directories, store, run, record, dataset())
    run.folder.mkdir()
    run.last.touch()
    assert find_start_again(directories, store, run, record, dataset())["weights.pt"].sha256 == "1" * 64
    record["request"]["weights"] = "gone.yaml"
    assert set(find_start_again(directories, store, run, record, dataset())) == {"model.yaml"}
