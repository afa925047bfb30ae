import io
import json
import os
import tarfile

import pytest

from edgecask.errors import UsageError
from edgecask.training.run import Run, find_runs

RECORD = {
    "key": "k", "request": {}, "weights": {"name": "a.pt"}, "data": {"sha256": "0"}, "epochs_done": 0,
    "finished": False,
}  # fmt: skip


def published(path, **files):
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return path


def test_only_what_a_training_makes_is_taken(tmp_path):
    run = Run(tmp_path / "runs" / "x")
    files = {
        "last.pt": b"1", "results.csv": b"2", "val_batch0_pred.jpg": b"3", "results.png": b"4", "run.json": b"{}",
        "../outside.png": b"5", "/etc/edgecask.png": b"6", "run.sh": b"7", ".hidden.png": b"8", "best.pt": None,
    }  # fmt: skip
    run.receive(published(tmp_path / "a.tar", **files))
    assert {path.name for path in run.folder.iterdir()} == {
        "last.pt", "results.csv", "val_batch0_pred.jpg", "results.png",
    }  # fmt: skip
    assert not (tmp_path / "runs" / "outside.png").exists()


def test_the_state_comes_last(tmp_path, monkeypatch):
    run, order = Run(tmp_path), []
    monkeypatch.setattr(Run, "_write", lambda self, name, content: order.append(name))
    run.receive(published(tmp_path / "a.tar", **{"last.pt": b"1", "best.pt": b"2", "results.csv": b"3"}))
    assert order == ["best.pt", "results.csv", "last.pt"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    run = Run(tmp_path)
    run.write_record(RECORD)
    monkeypatch.setattr(os, "replace", lambda *arguments: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError):
        run.write_record({**RECORD, "epochs_done": 1})
    assert run.record() == RECORD


def test_a_second_process_is_kept_out_and_leftovers_are_swept(tmp_path, directories):
    run = Run(tmp_path / "run")
    run.write_record(RECORD)
    (run.folder / ".last.pt.temporary").write_bytes(b"half")
    with run.held(directories):
        assert not list(run.folder.glob(".*"))
        with pytest.raises(UsageError, match="another process"), Run(tmp_path / "run").held(directories):
            pass
    with run.held(directories):
        pass


def test_lock_files_of_trainings_do_not_pile_up(tmp_path, directories):
    for number in range(3):
        run = Run(tmp_path / f"train-{number}")
        with run.held(directories):
            assert len(list(directories.locks.glob("run-*.lock"))) == 1
        with pytest.raises(ZeroDivisionError), run.held(directories):
            raise ZeroDivisionError
    assert not list(directories.locks.glob("run-*"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"request": {}}', "\x00", json.dumps({**RECORD, "data": "x"})])
def test_other_folders_are_no_runs(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    assert Run(tmp_path).record() is None


def test_runs_are_found_newest_first(tmp_path):
    for age, name in ((3, "c"), (1, "a"), (2, "b")):
        run = Run(tmp_path / name)
        run.write_record(RECORD)
        os.utime(run.folder / "run.json", (1000 - age, 1000 - age))
    (tmp_path / "other").mkdir()
    assert [run.folder.name for run in find_runs(tmp_path)] == ["a", "b", "c"]
    assert find_runs(tmp_path / "absent") == []


def test_a_training_that_made_nothing_leaves_nothing(tmp_path):
    run = Run(tmp_path / "run")
    run.write_record(RECORD)
    run.discard_if_empty()
    assert not run.folder.exists()
    run.write_record(RECORD)
    run.last.write_bytes(b"x")
    run.discard_if_empty()
    assert run.record() == RECORD
