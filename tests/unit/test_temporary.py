import os
import tempfile
from pathlib import Path

import pytest

from edgecask.store.owner import own_identity
from edgecask.store.temporary import NAME, sweep, temporary_folder


def left_by(folder: Path, owner: str, name: str = "abcd_123") -> Path:
    path = folder / f"edgecask-{owner}-{name}"
    path.mkdir()
    (path / "file").write_text("x")
    return path


def test_a_folder_says_whose_it_is_and_goes(tmp_path):
    for hidden in (False, True):
        with temporary_folder(tmp_path / "store", hidden=hidden) as folder:
            assert NAME.fullmatch(folder.name)["owner"] == own_identity()
            assert folder.name.startswith(".") == hidden and folder.parent == tmp_path / "store"
            (folder / "file").touch()
            assert sweep([tmp_path / "store"]) == [] and folder.exists()
        assert not folder.exists()
    with temporary_folder() as folder:
        assert folder.parent == Path(tempfile.gettempdir())


def test_what_the_dead_left_is_swept_and_nothing_else(tmp_path):
    machine, process, started = own_identity().split("-")
    dead = left_by(tmp_path, f"{machine}-{process}-{int(started) - 1}")
    hidden = tmp_path / f".{left_by(tmp_path, f'{machine}-4194999-1').name}"
    (tmp_path / hidden.name[1:]).rename(hidden)
    mine = left_by(tmp_path, own_identity())
    foreign = left_by(tmp_path, f"{'0' * 16}-1-1")
    for other in ("edgecask-notes", "edgecask-abcdefgh", "thesis"):
        (tmp_path / other).mkdir()
    (tmp_path / f"edgecask-{machine}-1-1-abcdefgh").symlink_to(tmp_path / "thesis")
    assert sorted(sweep([tmp_path, tmp_path / "gone"])) == sorted([dead, hidden])
    assert mine.is_dir() and foreign.is_dir() and len(list(tmp_path.iterdir())) == 6
    assert (tmp_path / "thesis").is_dir()


def test_of_another_boot_what_is_a_day_old_is_nobodys(tmp_path):
    foreign = left_by(tmp_path, f"{'0' * 16}-1-1")
    os.utime(foreign, (1, 1))
    assert sweep([tmp_path]) == [foreign]


def test_an_error_removes_it_too(tmp_path):
    with pytest.raises(RuntimeError), temporary_folder(tmp_path):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
