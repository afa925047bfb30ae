"""What several unit tests share."""

import random

import pytest

from edgecask.firmware.flash import FlashRequest
from edgecask.runner.environments import wheelhouse
from edgecask.runner.environments.environment import Environment
from edgecask.target.target import TARGETS, load_target

MODEL_SIZE = 128 * 300 + 57  # more than 256 blocks, whose numbers begin again, and no multiple of a block


@pytest.fixture
def request_for(tmp_path):
    """Makes a request to flash a model of random bytes, with the lines that are said and the steps that are told."""

    def make(target="grove", *, port=None, dry_run=False, size=MODEL_SIZE, space_kib=None):
        model = tmp_path / "model.tflite"
        content = random.Random(size).randbytes(size)
        model.write_bytes(content)
        lines, steps = [], []
        made = FlashRequest(
            flash=load_target(target).flash,
            model=model,
            content=content,
            port=port,
            dry_run=dry_run,
            say=lines.append,
            progress=lambda done, total: steps.append((done, total)),
            space_kib=space_kib,
        )
        return made, lines, steps

    return make


@pytest.fixture
def own_target(tmp_path):
    """Makes the folder of a device of somebody's own: grove's file, with some of its text changed."""

    def make(*changes, name="mine"):
        folder = tmp_path / name
        folder.mkdir()
        text = (TARGETS / "grove" / "target.toml").read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / "target.toml").write_text(text)
        (folder / "vela_config.ini").write_text("")
        return folder

    return make


@pytest.fixture
def small_environment(tmp_path, monkeypatch):
    """An environment without packages, on a machine whose user has a cache of uv's own."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("# nothing\n")
    monkeypatch.setattr(wheelhouse, "INSTALLER_LOCK", lock)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "UV_CACHE_DIR", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.delenv(name, raising=False)
    return Environment(name="small", lock=lock)
