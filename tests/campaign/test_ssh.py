"""The example of the documentation over a real sshd on this machine: a worker registers, and ends with its cluster.

Needs Debian's openssh-server, and asyncssh, which the package index has.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from locations import REPOSITORY

from edgecask.matrix.cluster import open_cluster, require_same_version

EXAMPLE = REPOSITORY / "docs" / "examples" / "ssh.py"
PACKAGES = ("asyncssh==2.21.0", "cryptography", "cffi", "pycparser", "typing-extensions")


@pytest.fixture
def packages(tmp_path):
    folder = tmp_path / "packages"
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", f"--target={folder}", *PACKAGES], check=True
    )
    return folder


@pytest.fixture
def host(tmp_path, packages):
    """An sshd of this user's own, which lets him in by a key, in folders of the test; its port, and the user's home."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or os.geteuid() != 0:
        pytest.skip("needs root and Debian's openssh-server")
    Path("/run/sshd").mkdir(exist_ok=True)
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    for name in (tmp_path / "host_key", home / ".ssh" / "id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], check=True)
    allowed = tmp_path / "allowed"
    shutil.copy(home / ".ssh" / "id_ed25519.pub", allowed)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    host_key = (tmp_path / "host_key.pub").read_text()
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    variables = f"PYTHONPATH={REPOSITORY}:{packages} EDGECASK_HOME={tmp_path / 'worker'}"
    configuration = tmp_path / "sshd_config"
    configuration.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path / 'host_key'}\nAuthorizedKeysFile {allowed}\n"
        f"StrictModes no\nUsePAM no\nPermitRootLogin yes\nPidFile none\nSetEnv {variables}\n"
    )
    with (tmp_path / "sshd.log").open("wb") as log:
        running = subprocess.Popen([program, "-D", "-e", "-f", configuration], stdout=log, stderr=subprocess.STDOUT)
    yield port, home
    running.terminate()
    running.wait()


@pytest.mark.campaign
def test_workers_over_ssh(host, packages, tmp_path):
    port, home = host
    text = (REPOSITORY / "docs" / "guide" / "many-builds.md").read_text()
    (block,) = re.findall(r"```sh title=\"Certificates\"\n(.*?)```", text, re.DOTALL)
    tls = tmp_path / "tls"
    tls.mkdir()
    subprocess.run(["bash", "-euc", block], cwd=tls, check=True, capture_output=True)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        scheduler = listener.getsockname()[1]
    with (tmp_path / "cluster.log").open("wb") as log:
        cluster = subprocess.Popen(
            [
                sys.executable, EXAMPLE, "127.0.0.1", "127.0.0.1", f"--port={scheduler}", f"--ssh-port={port}",
                f"--tls={tls}", "--runner=venv",
            ],
            env={**os.environ, "HOME": str(home), "PYTHONPATH": f"{packages}:{REPOSITORY}"},
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        for _ in range(240):
            if "tls://" in (tmp_path / "cluster.log").read_text().splitlines()[-1:].__str__():
                break
            assert cluster.poll() is None, (tmp_path / "cluster.log").read_text()
            time.sleep(0.5)
        security = {name: str(tls / f"{name}.pem") for name in ("ca", "certificate", "key")}
        address = f"tls://127.0.0.1:{scheduler}"
        with open_cluster(address, slots=0, memory_mib=0, security=security, insecure=False) as client:
            client.wait_for_workers(1, timeout=60)
            (entry,) = client.scheduler_info(n_workers=-1)["workers"].values()
            assert entry["resources"]["stage"] == 2 and entry["resources"]["memory"] >= 1024
            require_same_version(client)
    finally:
        cluster.send_signal(signal.SIGTERM)
        cluster.wait(60)
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(scheduler) not in "".join(line for line in listed.splitlines() if "dask_spec" in line)
