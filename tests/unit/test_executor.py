"""Stages through the real harness, the real store and a runner that needs no environment."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from local_runner import LocalRunner
from toy_programs import make_pipeline, use_pipeline, write_program

from edgecask.errors import CalibrationError, StageError, StorageError
from edgecask.plan.graph import Node
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.store import Store

GOOD = """
from pipeline.harness import INPUTS, OUTPUTS
def run(parameters):
    print("working")
    (OUTPUTS / "out").write_bytes(b"made " + parameters["what"].encode())
    return {"length": len(parameters["what"])}
"""


@pytest.fixture
def programs(tmp_path, monkeypatch):
    return use_pipeline(tmp_path / "programs", monkeypatch)


@pytest.fixture
def execution(directories):
    display = PlainDisplay(io.StringIO())
    return Execution(
        directories=directories, store=Store(directories.store), runner=LocalRunner(directories), display=display
    )


def toy(programs, source, name="toy", **parameters):
    program = write_program(programs, name, source)
    return Node(name=name, program=program, outputs=("out",), parameters=parameters)


def test_a_stage_runs_once(execution, programs):
    stage = toy(programs, GOOD, what="x")
    first, second = execution.run(stage), execution.run(stage)
    assert not first.cached and second.cached
    assert execution.runner.ran == ["toy"]
    assert second.report == {"length": 1}
    assert second.outputs["out"].path.read_bytes() == b"made x"


def test_a_changed_parameter_or_program_runs_again(execution, programs):
    execution.run(toy(programs, GOOD, what="x"))
    execution.run(toy(programs, GOOD, what="y"))
    execution.run(toy(programs, GOOD + "# other\n", what="y"))
    assert len(execution.runner.ran) == 3


def test_a_damaged_result_is_made_again(execution, programs):
    stage = toy(programs, GOOD, what="x")
    path = execution.run(stage).outputs["out"].path
    path.chmod(0o644)
    path.write_bytes(b"damage")
    assert execution.run(stage).outputs["out"].path.read_bytes() == b"made x"
    assert len(execution.runner.ran) == 2


def test_two_builds_at_once_make_a_result_once(execution, programs):
    stage = toy(programs, "import time\n" + GOOD.replace('print("working")', "time.sleep(0.5)"), what="x")
    threads = [threading.Thread(target=execution.run, args=(stage,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert execution.runner.ran == ["toy"]


def test_an_error_ends_what_runs_beside_it(execution, programs):
    slow = toy(programs, "import time\ndef run(p): time.sleep(600)", name="slow")
    bad = toy(programs, "import time\ndef run(p):\n    time.sleep(0.5)\n    raise KeyError('bad')", name="bad")
    started = time.monotonic()
    with pytest.raises(StageError, match="bad died"):
        execution.run_all("both", [slow, bad])
    assert time.monotonic() - started < 60


def test_a_refusal_keeps_its_kind_and_advice(execution, programs):
    stage = toy(
        programs,
        "from pipeline.harness import Refused\n"
        'def run(p): raise Refused("calibration", "bad.jpg is broken.", "Remove it.")',
    )
    with pytest.raises(CalibrationError, match=r"bad.jpg is broken. Remove it."):
        execution.run(stage)


def test_a_stage_that_dies_shows_its_last_lines(execution, programs):
    stage = toy(programs, 'def run(p):\n    print("about to fall")\n    raise KeyError("gone")')
    with pytest.raises(StageError, match="died with exit code 1") as caught:
        execution.run(stage)
    assert "about to fall" in caught.value.details and "KeyError: 'gone'" in caught.value.details


@pytest.mark.parametrize(
    "program",
    [
        "import errno\ndef run(p): raise OSError(errno.ENOSPC, 'No space left on device')",
        "import errno\n"
        "def run(p):\n"
        "    try: raise OSError(errno.EDQUOT, 'Quota exceeded')\n"
        "    except OSError as error: raise RuntimeError('a library failed') from error",
    ],
    ids=["the system says so", "a library says something else"],
)
def test_a_full_disk_is_told_by_its_folder(execution, programs, program):
    with pytest.raises(StorageError, match="No space left in .* for the files of the stage toy") as caught:
        execution.run(toy(programs, program))
    assert tempfile.gettempdir() in caught.value.message and "TMPDIR" in caught.value.advice


def test_a_disk_that_is_really_full(execution, programs, tmp_path, monkeypatch):
    """A library that dies for want of room without saying so."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount")
    try:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        program = (
            "from pipeline.harness import OUTPUTS\n"
            "def run(p):\n"
            "    try: (OUTPUTS / 'out').write_bytes(bytes(8 << 20))\n"
            "    except OSError: pass\n"
            "    import os; os._exit(1)"
        )
        with pytest.raises(StorageError, match=f"No space left in {disk}"):
            execution.run(toy(programs, program))
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_killed_stage_is_named(execution, programs):
    stage = toy(programs, "import os, signal\ndef run(p): os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(StageError, match="killed"):
        execution.run(stage)


def test_a_stage_that_forgets_an_output_is_an_error(execution, programs):
    with pytest.raises(StageError, match="without writing out"):
        execution.run(toy(programs, "def run(p): return {}"))


def test_a_failure_leaves_nothing(execution, programs):
    with pytest.raises(StageError):
        execution.run(toy(programs, "def run(p): raise ValueError"))
    assert [path for path in execution.store.root.rglob("*") if path.is_file()] == []


def test_only_expected_files_are_taken(execution, programs, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s")
    source = (
        "import os\nfrom pipeline.harness import OUTPUTS\ndef run(p):\n"
        f"    os.symlink({str(secret)!r}, OUTPUTS / 'out')\n    return {{}}"
    )
    with pytest.raises(StageError, match="without writing out"):
        execution.run(toy(programs, source))


def test_stages_do_not_see_the_users_environment(execution, programs, monkeypatch):
    monkeypatch.setenv("AWS_SECRET", "s3cret")
    source = (
        "import os\nfrom pipeline.harness import OUTPUTS\ndef run(p):\n"
        "    (OUTPUTS / 'out').write_text(' '.join(sorted(os.environ)))\n    return {}"
    )
    names = execution.run(toy(programs, source)).outputs["out"].path.read_text().split()
    assert "AWS_SECRET" not in names and "PYTHONHASHSEED" in names


@pytest.mark.parametrize("waiting", [True, False], ids=["waiting for its inputs", "at work"])
def test_the_harness_stops_when_its_client_is_gone(tmp_path, waiting):
    work = tmp_path / "work"
    for folder in ("program", "inputs", "outputs"):
        (work / folder).mkdir(parents=True)
    write_program(
        make_pipeline(work / "program" / "pipeline"),
        "sleeper",
        "import os, time\nfrom pipeline.harness import OUTPUTS\n"
        "(OUTPUTS / 'pid').write_text(str(os.getpid()))\ndef run(p): time.sleep(600)\n",
    )
    if not waiting:
        (work / "request.json").write_text('{"parameters": {}}')
        (work / "ready").touch()
    # A client that holds the harness' input and is killed without a chance to clean up.
    client = subprocess.Popen(
        [
            sys.executable, "-c",
            "import subprocess, sys, time\n"
            "subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)\ntime.sleep(600)",
            sys.executable, "-m", "pipeline", "sleeper",
        ],
        env={**os.environ, "PYTHONPATH": str(work / "program")},
    )  # fmt: skip
    pid_file = work / "outputs" / "pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text())
    stage_pid = int(pid_file.read_text())
    assert alive(stage_pid)
    client.send_signal(signal.SIGKILL)
    client.wait()
    wait_for(lambda: not alive(stage_pid))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the second where it ends between opening and reading
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
