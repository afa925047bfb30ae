"""The example of the documentation on real SSH servers of this machine: workers come and go with their connections."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from locations import REPOSITORY, differing_files
from processes import SMALL_MATRIX, free_port, output_of, starting
from tls import certificates, client_options, scheduler_command

EXAMPLE = REPOSITORY / "docs" / "examples" / "ssh.sh"
HOSTS = ("lab-1", "lab-2")
PATHS = f"{os.environ['PATH']}:/usr/sbin:/usr/bin:/bin"


@pytest.fixture
def started():
    with starting() as start:
        yield start


@pytest.fixture
def hosts(tmp_path, started):
    """Two SSH servers, each with a store and the command `edgecask`; the folder of an `ssh` that reaches them."""
    server, client = shutil.which("sshd", path=PATHS), shutil.which("ssh", path=PATHS)
    if server is None or client is None:
        pytest.skip("needs OpenSSH's server and client")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # Debian's server wants it
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    commands = tmp_path / "commands"
    commands.mkdir()
    configuration = ""
    for name in HOSTS:
        port = free_port()
        programs = tmp_path / name
        programs.mkdir()
        (programs / "edgecask").write_text(f"#!/bin/sh\nexec '{sys.executable}' -m edgecask \"$@\" --runner=venv\n")
        (programs / "edgecask").chmod(0o755)
        settings = tmp_path / f"{name}.sshd"
        settings.write_text(
            f"""ListenAddress 127.0.0.1
Port {port}
HostKey {tmp_path / "host"}
AuthorizedKeysFile {tmp_path / "user.pub"}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv "PATH={programs}:{PATHS}" PYTHONPATH={REPOSITORY} EDGECASK_STORE={tmp_path / name / "store"}
"""
        )
        started(server, "-D", "-e", "-f", settings, log=tmp_path / f"{name}.sshd.log")
        configuration += f"Host {name}\nHostName 127.0.0.1\nPort {port}\nIdentityFile {tmp_path / 'user'}\n"
    (tmp_path / "ssh.config").write_text(
        f"{configuration}Host *\nUserKnownHostsFile {tmp_path / 'known'}\nStrictHostKeyChecking accept-new\n"
    )
    (commands / "ssh").write_text(f"#!/bin/sh\nexec {client} -F '{tmp_path / 'ssh.config'}' \"$@\"\n")
    (commands / "ssh").chmod(0o755)
    return commands


def workers_of(port):
    """The workers of a scheduler that run."""
    listed = output_of("ps", "-wweo", "args").splitlines()
    return [line for line in listed if "-m edgecask worker" in line and f"127.0.0.1:{port}" in line]


def wait_until(what, seconds=120):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.mark.campaign
def test_workers_over_ssh(hosts, started, tmp_path):
    tls, port = certificates(tmp_path / "tls"), free_port()
    shared = f"file://{tmp_path / 'shared'}"
    scheduler = started(*scheduler_command(tls, port), log=tmp_path / "scheduler.log")
    environment = {**os.environ, "PATH": f"{hosts}:{PATHS}"}
    connected = started(
        "sh", EXAMPLE, f"tls://127.0.0.1:{port}", shared, tls, *HOSTS,
        log=tmp_path / "connections.log", env=environment, cwd=tmp_path,
    )  # fmt: skip
    logs = {name: tmp_path / f"{name}.log" for name in HOSTS}
    wait_until(lambda: all(log.is_file() and "working for" in log.read_text() for log in logs.values()))
    client = {
        **os.environ, "PYTHONPATH": str(REPOSITORY), "EDGECASK_STORE": str(tmp_path / "client store"),
        "EDGECASK_REMOTE_STORE": shared,
    }  # fmt: skip
    command = (sys.executable, "-m", "edgecask", *SMALL_MATRIX)
    said = output_of(*command, *client_options(tls, port), "--dist=dist", environment=client, cwd=tmp_path)
    print(said)
    for name, log in logs.items():
        print(f"{name}:\n{log.read_text()}")
        assert re.search(r"^ran .+ [0-9a-f]{12} in", log.read_text(), re.MULTILINE), name
    assert "builds      2 of 2" in said

    assert len(workers_of(port)) == 2
    connected.send_signal(signal.SIGTERM)  # as Ctrl-C
    connected.wait(60)
    wait_until(lambda: not workers_of(port), 30)
    assert scheduler.poll() is None, "workers ended with their connections, not with the scheduler"

    alone = {**os.environ, "PYTHONPATH": str(REPOSITORY), "EDGECASK_STORE": str(tmp_path / "alone store")}
    output_of(*command, "--cluster=local:2", "--dist=alone", environment=alone, cwd=tmp_path)
    assert differing_files(tmp_path / "dist", tmp_path / "alone") == []


@pytest.mark.campaign
def test_a_connection_that_is_killed_ends_its_worker(hosts, started, tmp_path):
    tls, port = certificates(tmp_path / "tls"), free_port()
    scheduler = started(*scheduler_command(tls, port), log=tmp_path / "scheduler.log")
    worker = " ".join(["edgecask", "worker", *client_options(tls, port)])
    connection = started(hosts / "ssh", "-tt", HOSTS[0], worker, log=tmp_path / "worker.log", stdin=subprocess.DEVNULL)
    wait_until(lambda: "working for" in (tmp_path / "worker.log").read_text())
    connection.kill()
    wait_until(lambda: not workers_of(port), 30)
    assert scheduler.poll() is None
