"""From a failure to one line and an exit code, whatever becomes of the output."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from locations import REPOSITORY

from edgecask.cli.exit_codes import reported, storage_error
from edgecask.errors import TargetError

MODEL = REPOSITORY / "tests" / "data" / "raw_vela.tflite"


def edgecask(*words, stdout=subprocess.PIPE, **variables):
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere", **variables}
    command = [sys.executable, "-m", "edgecask", *words]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=stdout, stderr=subprocess.PIPE, check=False)


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (TargetError("There is no target.", advice="Use one."), 10, "error: There is no target. Use one."),
        (KeyboardInterrupt(), 130, "error: Interrupted"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 20, "error: Permission denied (/x)."),
        (OSError(errno.ENOSPC, "No space left on device", b"/x\xff"), 20, "error: No space left"),
    ],
)
def test_a_failure_is_one_line(raised, code, words, capsys):
    @reported
    def fail():
        raise raised

    with pytest.raises(SystemExit) as ended:
        fail()
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == code and line.startswith(words)


@pytest.mark.parametrize(
    ("place", "variable"), [("store", "EDGECASK_STORE"), ("home", "EDGECASK_HOME"), ("temporary", "TMPDIR")]
)
def test_a_full_disk_is_named_by_the_setting_that_moves_it(place, variable, tmp_path, monkeypatch):
    monkeypatch.setenv("EDGECASK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EDGECASK_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    path = tmp_path / place / "x" / "file"
    error = storage_error(OSError(errno.ENOSPC, "No space left on device", str(path)))
    assert str(path) in error.message and variable in error.advice
    elsewhere = storage_error(OSError(errno.ENOSPC, "No space left on device", "/elsewhere/file"))
    assert not any(name in elsewhere.advice for name in ("EDGECASK", "TMPDIR"))


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
@pytest.mark.parametrize(
    "words", [["check", str(MODEL), "--target=grove"], ["build", "--target=grove", "--weights=\u2192.pt"]]
)
def test_a_terminal_that_lacks_characters_gets_replacements(encoding, words):
    expected = edgecask(*words, PYTHONIOENCODING="utf-8")
    done = edgecask(*words, PYTHONIOENCODING=encoding)
    assert done.returncode == expected.returncode != 1 and b"Traceback" not in done.stderr
    assert len(done.stdout) > 0 or b"error: " in done.stderr


def test_a_locale_that_is_not_utf8_reads_our_files_all_the_same():
    done = edgecask(
        "flash", "--target=grove", f"--model={MODEL}", "--dry-run", "--force",
        LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"would send" in done.stdout


def test_a_name_that_is_not_utf8_is_one_line():
    done = edgecask("check", os.fsdecode(b"caf\xe9.tflite"), "--target=grove")
    assert done.returncode == 21 and len(done.stderr.splitlines()) == 1 and b"caf" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["targets"], ["check", str(MODEL), "--target=grove"], ["--list"], ["--help"]])
def test_output_that_cannot_be_written(words):
    with Path("/dev/full").open("wb") as full:
        done = edgecask(*words, stdout=full)
    assert done.returncode == 20
    assert done.stderr.decode() == "error: No space left for standard output. Write it to another disk.\n"


@pytest.mark.parametrize("words", [["targets"], ["check", str(MODEL), "--target=grove"], ["--list"]])
def test_output_that_nobody_reads_ends_quietly(words):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = edgecask(*words, stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode == 141 and done.stderr == b""


def test_a_copy_names_what_was_written():
    """`shutil.copyfile` names the source first, which lies on another disk."""
    error = storage_error(OSError(errno.ENOSPC, "No space left on device", "/source", None, "/elsewhere/copy"))
    assert "/elsewhere/copy" in error.message and "/source" not in error.message


def test_a_write_that_names_no_file_is_told_by_the_full_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGECASK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EDGECASK_STORE", str(tmp_path / "store" / "deep"))
    nothing = OSError(errno.ENOSPC, "No space left on device")
    error = storage_error(nothing)
    assert error.message.startswith("No space left on a device; of the folders in use /")
    assert error.message.endswith(" MB.") and "EDGECASK_STORE" in error.advice
    monkeypatch.setattr("edgecask.cli.exit_codes._room", lambda folder: 10**9 - 10**8 * (folder.name == "home"))
    assert f"{tmp_path / 'home'} has least, 900 MB." in storage_error(nothing).message
    monkeypatch.setattr("edgecask.cli.exit_codes._room", lambda folder: 10**9 * (folder.name != "deep"))
    error = storage_error(nothing)
    assert str(tmp_path / "store" / "deep") in error.message and "EDGECASK_STORE" in error.advice


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EMFILE, "ulimit -n"), (errno.EFBIG, "ulimit -f"), (errno.ENOMEM, "ulimit -v"),
        (errno.EAGAIN, "ulimit -u"), (errno.EISDIR, "Check the path"),
    ],
)  # fmt: skip
def test_limits_are_told_by_what_raises_them(number, words):
    assert words in str(storage_error(OSError(number, os.strerror(number), "/tmp/x")))


def test_a_store_that_cannot_be_written_is_told_by_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("EDGECASK_STORE", str(tmp_path / "store"))
    error = OSError(errno.EROFS, os.strerror(errno.EROFS), str(tmp_path / "store" / "blobs"))
    assert "set EDGECASK_STORE to a folder that is" in str(storage_error(error))
    # Of a copy the second name is what is written.
    error = OSError(errno.EFBIG, os.strerror(errno.EFBIG), "/a/source", None, str(tmp_path / "copy"))
    assert f"({tmp_path / 'copy'})" in str(storage_error(error))
