"""The example of the documentation on a real Slurm of one node: jobs are workers, and the packages are those of here.

Needs root, Debian's slurm-wlm and munge, and dask-jobqueue, which the package index has.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from locations import REPOSITORY, differing_files
from processes import SMALL_MATRIX, free_port, output_of, starting
from tls import certificates, client_options

EXAMPLE = REPOSITORY / "docs" / "examples" / "slurm.py"
JOBQUEUE = "dask-jobqueue==0.9.0"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
PATHS = f"{os.environ['PATH']}:/usr/sbin:/usr/bin"


@pytest.fixture
def started():
    with starting() as start:
        yield start


@pytest.fixture
def slurm(tmp_path, started):
    """A cluster of this machine alone; the environment with which its commands find it."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=PATHS) is None]
    if os.name != "posix" or os.geteuid() != 0 or missing:
        pytest.skip(f"needs root and Debian's slurm-wlm and munge ({', '.join(missing)})")
    for name in ("munge", "state", "spool"):
        (tmp_path / name).mkdir(mode=0o700)
    tmp_path.chmod(0o755)
    key, munge = tmp_path / "munge" / "key", tmp_path / "munge" / "socket"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    (tmp_path / "munge").chmod(0o755)
    name = socket.gethostname().partition(".")[0]
    ports = [free_port(""), free_port("")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    configuration = tmp_path / "slurm.conf"
    configuration.write_text(
        f"""ClusterName=test
SlurmctldHost={name}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={munge}
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
MpiDefault=none
StateSaveLocation={tmp_path / "state"}
SlurmdSpoolDir={tmp_path / "spool"}
SlurmctldPidFile={tmp_path / "slurmctld.pid"}
SlurmdPidFile={tmp_path / "slurmd.pid"}
NodeName={name} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} RealMemory={memory - 256}
PartitionName=main Nodes={name} Default=YES State=UP
"""
    )
    environment = {**os.environ, "PATH": PATHS, "SLURM_CONF": str(configuration)}
    munged = ("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}")
    munged += (f"--pid-file={tmp_path / 'munge' / 'pid'}", f"--log-file={tmp_path / 'munge' / 'log'}")
    munged += (f"--seed-file={tmp_path / 'munge' / 'seed'}",)
    started(*munged, log=tmp_path / "munged.log", env=environment)
    while not munge.exists():
        time.sleep(0.1)
    started("slurmctld", "-D", "-f", configuration, log=tmp_path / "slurmctld.log", env=environment)
    started("slurmd", "-D", "-f", configuration, "-N", name, log=tmp_path / "slurmd.log", env=environment)
    for _ in range(120):
        found = subprocess.run(("sinfo", "-h", "-o", "%t"), env=environment, capture_output=True, text=True).stdout
        if found.strip() == "idle":
            return environment
        time.sleep(0.5)
    raise AssertionError((tmp_path / "slurmctld.log").read_text() + (tmp_path / "slurmd.log").read_text())


@pytest.mark.campaign
def test_slurm_jobs_as_workers(slurm, started, tmp_path):
    packages = tmp_path / "packages"
    uv = (sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", f"--target={packages}", JOBQUEUE)
    output_of(*uv)
    tls = certificates(tmp_path / "tls")
    port = free_port()
    shared = f"file://{tmp_path / 'shared'}"
    worker = {**slurm, "PYTHONPATH": f"{packages}:{REPOSITORY}", "EDGECASK_STORE": str(tmp_path / "worker store")}
    cluster = started(
        sys.executable, EXAMPLE, "--jobs=2", "--cores=1", "--memory=3GB", "--partition=main", "--host=127.0.0.1",
        f"--port={port}", f"--tls={tls}", f"--store={shared}", log=tmp_path / "cluster.log", env=worker, cwd=tmp_path,
    )  # fmt: skip
    for _ in range(240):
        jobs = output_of("squeue", "-h", "-o", "%T", environment=slurm).split()
        if jobs == ["RUNNING"] * 2:
            break
        assert cluster.poll() is None, (tmp_path / "cluster.log").read_text()
        time.sleep(0.5)
    client = {
        **os.environ, "PYTHONPATH": str(REPOSITORY), "EDGECASK_STORE": str(tmp_path / "client store"),
        "EDGECASK_REMOTE_STORE": shared,
    }  # fmt: skip
    said = output_of(
        sys.executable, "-m", "edgecask", *SMALL_MATRIX, *client_options(tls, port), "--dist=dist",
        environment=client, cwd=tmp_path,
    )  # fmt: skip
    print(said)
    logs = "".join(path.read_text() for path in tmp_path.glob("slurm-*.out"))
    print(logs)
    ran = re.findall(r"^ran (.+) [0-9a-f]{12} in", logs, re.MULTILINE)
    assert "builds      2 of 2" in said and len(ran) > 10, logs
    cluster.send_signal(signal.SIGTERM)
    cluster.wait(60)
    for _ in range(120):
        if not output_of("squeue", "-h", environment=slurm):
            break
        time.sleep(0.5)
    assert output_of("squeue", "-h", environment=slurm) == "", "the jobs end with the cluster"
    alone = {**os.environ, "PYTHONPATH": str(REPOSITORY), "EDGECASK_STORE": str(tmp_path / "alone store")}
    output_of(
        sys.executable,
        "-m",
        "edgecask",
        *SMALL_MATRIX,
        "--cluster=local:2",
        "--dist=alone",
        environment=alone,
        cwd=tmp_path,
    )
    assert differing_files(tmp_path / "dist", tmp_path / "alone") == []
