"""A training that is gone on with is the one that was begun, or it is refused with what changed."""

import json
import re

import pytest
from test_training_train import go, record_of, request_  # noqa: F401 - fixtures

from edgecask.errors import InterruptedBuildError, UsageError, WeightsError
from edgecask.files import sha256_json


@pytest.fixture
def stopped(request_, go):  # noqa: F811
    """A training that was stopped after its first epoch of three; its folder."""
    with pytest.raises(InterruptedBuildError):
        go(request_, stop_at=1)
    folder = request_.output / "train"
    for name in ("last.pt", "best.pt"):
        # The few lines that stand for a training may have gone on before what they published was fetched.
        (folder / name).write_text("1")
    return folder


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def data_yaml(request, folder):
    change(request.data, "names: [person]", "names: [robot]")


def sigmas(request, folder):
    request.data.write_text(request.data.read_text() + "kpt_sigmas: [0.5]\n")


def task(request, folder):
    change(request.data, "kpt_shape: [1, 3]\n", "")
    for split in ("train", "val"):
        (request.data.parent / split / "labels" / "a.txt").write_text("0 .5 .5 .2 .2\n")


def flip(request, folder):
    request.data.write_text(request.data.read_text() + "flip_idx: [0]\n")


def weights(request, folder):
    change(request.data.parent / "model.yaml", "64", "32")


def image(request, folder):
    (request.data.parent / "train" / "images" / "a.png").write_bytes(b"another")


def epochs(request, folder):
    record = json.loads((folder / "run.json").read_text())
    record["request"]["epochs"] = 4
    (folder / "run.json").write_text(json.dumps(record))


def everything_written_down(request, folder):
    change(folder / "run.json", '"epochs": 3', '"epochs": 4')


def program(request, folder):
    path = request.data.parent / "programs" / "train" / "train.py"
    path.write_text(path.read_text() + "# another\n")


def several(request, folder):
    weights(request, folder)
    data_yaml(request, folder)


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (data_yaml, "names in .*data.yaml changed"),
        (sigmas, "kpt_(oks_)?sigmas in .*data.yaml changed"),
        (task, r"another training: pictures or labels of .*data.yaml, kpt_shape in .*data.yaml changed"),
        (flip, "flip_idx in .*data.yaml changed"),
        (weights, "the weights .*model.yaml changed"),
        (image, "pictures or labels of .*data.yaml changed"),
        (epochs, "epochs in run.json changed"),
        (everything_written_down, "run.json changed"),
        (program, "edgecask itself changed"),
        (several, "the weights .*model.yaml, names in .*data.yaml changed"),
    ],
)
@pytest.mark.parametrize("epoch_ended", [True, False])
def test_what_changed_is_named(request_, go, stopped, edit, named, epoch_ended):  # noqa: F811
    before = json.loads((stopped / "run.json").read_text())
    if not epoch_ended:
        for name in ("last.pt", "best.pt"):
            (stopped / name).unlink()
    edit(request_, stopped)
    record = (stopped / "run.json").read_bytes()
    with pytest.raises(UsageError, match=named) as caught:
        go(name=None, output=request_.output)
    assert ("--weights=" in str(caught.value)) == epoch_ended
    assert go.runner.ran == [] and (stopped / "run.json").read_bytes() == record
    assert json.loads(record)["key"] == before["key"]


def test_another_environment_is_another_training(request_, go, stopped, monkeypatch):  # noqa: F811
    monkeypatch.setattr("local_runner.LocalRunner.environment_key", lambda self, environment: "f" * 64)
    with pytest.raises(UsageError, match="the environment .* changed"):
        go(name=None, output=request_.output)


def test_what_was_put_back_goes_on(request_, go, stopped):  # noqa: F811
    model = request_.data.parent / "model.yaml"
    kept = model.read_text()
    weights(request_, stopped)
    with pytest.raises(UsageError):
        go(name=None, output=request_.output)
    model.write_text(kept)
    assert record_of(go(name=None, output=request_.output))["result"]["from"] == 1


def test_weights_that_are_gone_are_missed_only_before_the_first_epoch_has_ended(request_, go, stopped):  # noqa: F811
    (request_.data.parent / "model.yaml").unlink()
    last, best = (stopped / name for name in ("last.pt", "best.pt"))
    contents = last.read_bytes(), best.read_bytes()
    last.unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        go(name=None, output=request_.output)
    last.write_bytes(contents[0])
    assert record_of(go(name=None, output=request_.output))["result"]["from"] == 1


def test_a_run_of_an_older_edgecask_says_what_it_can(request_, go, stopped):  # noqa: F811
    record = json.loads((stopped / "run.json").read_text())
    del record["made_from"]
    (stopped / "run.json").write_text(json.dumps(record))
    weights(request_, stopped)
    with pytest.raises(UsageError, match=re.escape("the weights ")):
        go(name=None, output=request_.output)


def test_a_parameter_that_an_older_edgecask_did_not_have_is_no_change_of_the_user(request_, go, stopped):  # noqa: F811
    record = json.loads((stopped / "run.json").read_text())
    del record["made_from"]["parameters"]["task"]
    record["key"] = sha256_json(record["made_from"])
    (stopped / "run.json").write_text(json.dumps(record))
    change(request_.data.parent / "programs" / "train" / "train.py", "import json", "import  json")
    with pytest.raises(UsageError, match="another training: edgecask itself changed"):
        go(name=None, output=request_.output)
