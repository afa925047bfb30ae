"""Clusters of Dask's own: in this process, and a scheduler with TLS that a worker of another process serves."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import CancelledError
from types import SimpleNamespace
from urllib.parse import urlsplit

import dask
import psutil
import pytest
from distributed.comm import CommClosedError
from locations import REPOSITORY

from edgecask.errors import EngineError, UsageError
from edgecask.matrix.cluster import DaskCluster, local_slots, open_cluster, require_same_version
from edgecask.matrix.cluster_address import LOOPBACK


def opened(address, **options):
    return open_cluster(address, **{"slots": 1, "memory_mib": 1024, "security": {}, "insecure": False, **options})


def test_the_commands_say_it(monkeypatch, tmp_path):
    """`edgecask worker` where nobody answers: the warning, and then one line."""
    command = [
        sys.executable,
        "-m",
        "edgecask",
        "worker",
        "--cluster=tcp://localhost.:1",
        "--insecure",
        "--runner=venv",
    ]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "EDGECASK_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    said = done.stdout + done.stderr
    assert said.count("is not encrypted: whoever reaches that scheduler can run anything") == 1, said
    assert "No Dask scheduler answers" in said and "Traceback" not in said and done.returncode not in (0, 1)


@pytest.mark.parametrize("address", ["local:0", "local:x", "local:", "local:257", "local:²"])
def test_what_is_no_number_of_stages(address):
    with pytest.raises(UsageError, match="local:1 to local:256"):
        local_slots(address)


def test_slots():
    assert local_slots("local:3") == 3 and local_slots("local") >= 1 and local_slots("tls://h:1") == 0


@pytest.mark.parametrize("failure", [CancelledError(), CommClosedError("in <TLS (closed) ConnectionPool.gather>")])
def test_a_scheduler_that_goes_ends_the_matrix_and_no_build(failure):
    """The second came of a scheduler that was killed while a stage's outcome was fetched from it."""

    def result():
        raise failure

    with opened("local:1") as client, pytest.raises(EngineError, match="is gone"):
        DaskCluster(client)._outcome(SimpleNamespace(result=result))


def test_a_stage_that_has_waited_as_long_as_the_scheduler_allows():
    with dask.config.set({"distributed.scheduler.no-workers-timeout": "1s"}), opened("local:1") as client:
        future = client.submit(abs, -1, resources={"gpu": 1})
        assert DaskCluster(client)._outcome(future).error.message.startswith("A stage has waited for a worker")


def listening(process):
    """The addresses that a process listens to."""
    return {each.laddr.ip for each in process.net_connections() if each.status == psutil.CONN_LISTEN}


def test_a_cluster_of_this_process_listens_to_no_network():
    with opened("local:1"):
        assert listening(psutil.Process()) <= set(LOOPBACK)


def test_nobody_answers(monkeypatch):
    monkeypatch.setattr("edgecask.matrix.cluster.CONNECT_SECONDS", 1)
    with (
        pytest.raises(EngineError, match="No Dask scheduler answers at tcp://127.0.0.1:1"),
        opened("tcp://127.0.0.1:1"),
    ):
        pass


@pytest.mark.parametrize(
    ("scheduler", "worker", "said"),
    [
        ({}, {"edgecask": "9.9"}, r"Worker tcp://one has edgecask 9\.9"),
        ({"distributed": "1"}, {}, "The scheduler has distributed 1"),
        (ModuleNotFoundError("No module named 'edgecask'"), {}, r"cannot run edgecask \(No module named 'edgecask'\)"),
    ],
)
def test_who_has_another_version_is_named(scheduler, worker, said):
    class Client:
        def run_on_scheduler(self, function):
            if isinstance(scheduler, Exception):
                raise scheduler
            return function() | scheduler

        def run(self, function):
            return {"tcp://one": function() | worker}

    with pytest.raises(EngineError, match=said):
        require_same_version(Client())


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A certificate authority, and a certificate and key of its for everybody; by the commands of the documentation."""
    folder = tmp_path_factory.mktemp("tls")
    text = (REPOSITORY / "docs" / "guide" / "many-builds.md").read_text()
    (block,) = re.findall(r"```sh title=\"Certificates\"\n(.*?)```", text, re.DOTALL)
    subprocess.run(["bash", "-euc", block], cwd=folder, check=True, capture_output=True)
    return {name: str(folder / f"{name}.pem") for name in ("ca", "certificate", "key")}


def options_of(certificates):
    return [
        f"--tls-{short}={certificates[name]}" for short, name in (("ca", "ca"), ("cert", "certificate"), ("key", "key"))
    ]


@pytest.fixture
def scheduler(certificates, tmp_path):
    """Dask's scheduler with TLS in a process of its own; its address."""
    files = {"ca": "ca-file", "certificate": "cert", "key": "key"}
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host=127.0.0.1", "--protocol=tls", "--port=0"]
    command += [f"--tls-{option}={certificates[name]}" for name, option in files.items()]
    command += ["--no-dashboard", f"--scheduler-file={tmp_path / 'scheduler.json'}"]
    log = (tmp_path / "scheduler.log").open("wb")
    running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield address_in(tmp_path / "scheduler.log", running)
    finally:
        running.terminate()
        running.wait(20)


def address_in(log, running):
    for _ in range(600):
        found = re.search(r"Scheduler at:\s+(tls://\S+)", log.read_text())
        if found:
            return found[1]
        assert running.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_a_worker_of_another_process_serves_a_scheduler_with_tls(certificates, scheduler, tmp_path):
    command = [sys.executable, "-m", "edgecask", "worker", f"--cluster={scheduler}", "--runner=venv", "--name=lab"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "EDGECASK_HOME": str(tmp_path / "home")}
    worker = subprocess.Popen(
        [*command, "--stages=2", *options_of(certificates)],
        env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        with opened(scheduler, security=certificates) as client:
            client.wait_for_workers(1, timeout=60)
            ((address, entry),) = client.scheduler_info(n_workers=-1)["workers"].items()
            assert entry["name"] == "lab" and entry["nthreads"] == 2 and entry["resources"]["stage"] == 2
            require_same_version(client)
            open_ports = {
                each.laddr.port
                for each in psutil.Process(worker.pid).net_connections()
                if each.status == psutil.CONN_LISTEN and each.laddr.ip not in LOOPBACK
            }
            assert open_ports <= {urlsplit(address).port}, "nothing but what TLS guards"
        with pytest.raises(EngineError), opened(scheduler.replace("tls", "tcp")):
            pass  # without a certificate nobody is let in
    finally:
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0 and "2 stages at once" in said
