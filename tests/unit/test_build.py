"""A build reads each of the user's files once: what is hashed is what the stages are given and the manifest names."""

import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest
from locations import REPOSITORY
from PIL import Image

from edgecask.build import BuildRequest, plan_build
from edgecask.target.target import TARGETS

OPENED: list[str] = []
COUNTING = [False]


def _hear(event, arguments):
    if COUNTING[0] and event == "open" and isinstance(arguments[0], str | bytes):
        flags = arguments[2] or 0
        if not flags & (os.O_WRONLY | os.O_RDWR | os.O_DIRECTORY):
            path, by_opener = os.fsdecode(arguments[0]), arguments[1] is None
            if not (by_opener and OPENED[-1:] == [path]):  # open(path, opener=…) is told twice, then by os.open
                OPENED.append(path)


@pytest.fixture
def opened():
    """Which files are opened for reading, as Python itself tells; for this test alone, as hooks cannot be removed."""
    if not getattr(sys, "_edgecask_hook", False):
        sys.addaudithook(_hear)
        sys._edgecask_hook = True
    OPENED.clear()
    COUNTING[0] = True
    yield OPENED
    COUNTING[0] = False


@pytest.fixture
def users(tmp_path):
    """Everything that a user may hand to a build, in one folder."""
    folder = tmp_path / "user"
    shutil.copytree(TARGETS / "grove", folder / "mine")
    shutil.copyfile(REPOSITORY / "models" / "demo" / "demo.pt", folder / "best.pt")
    for name in ("a.png", "b.jpg", "below/c.png"):
        (folder / "pictures" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (len(name), 0, 0)).save(folder / "pictures" / name)
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (folder / "data" / split / kind).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (16, 16), (number, 0, 0)).save(folder / "data" / split / "images" / f"{number}.png")
            (folder / "data" / split / "labels" / f"{number}.txt").write_text("0 .5 .5 .4 .4" + " .5 .5 2" * 17 + "\n")
    (folder / "data" / "data.yaml").write_text("train: train\nval: val\nkpt_shape: [17, 3]\nnames: [person]\n")
    return folder


@pytest.mark.parametrize("with_calibration", [True, False])
def test_each_file_of_the_users_is_read_once(directories, users, opened, with_calibration):
    request = BuildRequest(
        target=str(users / "mine"),
        weights=str(users / "best.pt"),
        calibration=users / "pictures" if with_calibration else None,
        data=users / "data" / "data.yaml",
    )
    plan_build(request, directories=directories, warn=lambda text: None)
    read = Counter(path for path in opened if Path(path).is_relative_to(users) and Path(path).is_file())
    expected = {users / "best.pt", users / "mine" / "target.toml", users / "mine" / "vela_config.ini"}
    expected |= {path for path in (users / "data" / "val").rglob("*") if path.is_file()}
    expected |= {users / "data" / "data.yaml"}
    folder = users / "pictures" if with_calibration else users / "data" / "train" / "images"
    expected |= {path for path in folder.rglob("*") if path.is_file()}
    assert expected <= set(map(Path, read))
    assert {path: times for path, times in read.items() if times > 1} == {}
