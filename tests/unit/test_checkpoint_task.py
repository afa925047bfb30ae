"""A checkpoint's task by the names in it, and nothing of what may be in a file there raises."""

import pickle
import zipfile

import pytest

from edgecask.data import checkpoint_task
from edgecask.data.checkpoint_task import task_of_checkpoint


def checkpoint(path, *names, member="best/data.pkl", padding=0):
    """A zip as torch.save writes it, whose pickle names classes."""
    content = b"\x80\x02}" + b"".join(b"c%s\n%s\n" % (module, name) for module, name in names) + b"." + bytes(padding)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(member, content)
    return path


@pytest.mark.parametrize(
    ("names", "task"),
    [
        ([(b"ultralytics.nn.tasks", b"PoseModel")], "pose"),
        ([(b"ultralytics.nn.tasks", b"DetectionModel"), (b"ultralytics.nn.modules.head", b"Detect")], "detect"),
        ([(b"ultralytics.yolo.nn.tasks", b"DetectionModel")], "detect"),
        ([(b"ultralytics.nn.tasks", b"SegmentationModel")], None),
        ([(b"ultralytics.nn.tasks", b"PoseModel"), (b"ultralytics.nn.tasks", b"DetectionModel")], None),
        ([(b"models.yolo", b"DetectionModel")], None),
        ([], None),
    ],
)
def test_the_network_says_what_it_is_for(tmp_path, names, task):
    assert task_of_checkpoint(checkpoint(tmp_path / "best.pt", *names)) == task


def test_other_files_have_no_task(tmp_path, monkeypatch):
    path = tmp_path / "best.pt"
    path.write_bytes(pickle.dumps({"ultralytics.nn.tasks": 1}))
    assert task_of_checkpoint(path) is None
    assert task_of_checkpoint(tmp_path / "missing.pt") is None
    name = (b"ultralytics.nn.tasks", b"PoseModel")
    assert task_of_checkpoint(checkpoint(path, name, member="best/other.pkl")) is None
    whole = checkpoint(path, name).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert task_of_checkpoint(path) is None
    monkeypatch.setattr(checkpoint_task, "LARGEST_NAMES", 100)
    assert task_of_checkpoint(checkpoint(path, name, padding=100)) is None
