"""A Dask cluster over SSH for `edgecask matrix`, by Dask's own SSHCluster: one worker a host, until Ctrl-C.

    python ssh.py SCHEDULER_HOST WORKER_HOST… --port=8786 --tls=FOLDER [--threads=2] [--runner=venv]

Every host has the same edgecask in the same place as here, lets this user in by key, and has its own
EDGECASK_REMOTE_STORE set, such as in ~/.ssh/environment. FOLDER holds ca.pem, certificate.pem and key.pem on each host.
"""

import argparse
import signal
import sys
from pathlib import Path

import dask
from distributed import Security, SSHCluster

ROLES = ("scheduler", "worker", "client")

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("scheduler")
parser.add_argument("workers", nargs="+")
parser.add_argument("--port", type=int, default=8786)
parser.add_argument("--tls", type=Path, required=True)
parser.add_argument("--threads", type=int, default=2, help="of a worker: as many stages run on it at once")
parser.add_argument("--runner", default="auto", choices=("auto", "venv", "docker"))
parser.add_argument("--ssh-port", type=int, default=22)
given = parser.parse_args()

certificate = {"cert": str(given.tls / "certificate.pem"), "key": str(given.tls / "key.pem")}
dask.config.set(  # which SSHCluster hands on to every host
    {
        "distributed.comm.require-encryption": True,
        "distributed.comm.tls.ca-file": str(given.tls / "ca.pem"),
        **{f"distributed.comm.tls.{role}.{name}": path for role in ROLES for name, path in certificate.items()},
    }
)
cluster = SSHCluster(
    [given.scheduler, *given.workers],
    connect_options={"port": given.ssh_port},
    scheduler_options={"port": given.port, "protocol": "tls://", "dashboard": False},
    worker_class="distributed.Worker",
    worker_options={
        "nthreads": given.threads,
        "memory_limit": 0,
        "dashboard": False,
        "protocol": "tls://",
        "preload": ["edgecask.cli.dask_preload"],
        "preload_argv": [[f"--runner={given.runner}"]],
    },
    remote_python=sys.executable,
    security=Security(),  # what is set above
)
print(cluster.scheduler_address, flush=True)
signal.sigwait([signal.SIGINT, signal.SIGTERM])
cluster.close()
