"""A Dask cluster of Slurm jobs for `edgecask matrix`, by dask-jobqueue: one worker a job, until Ctrl-C.

    python slurm.py --jobs=4 --partition=main --port=8786 --tls=FOLDER --store=s3://BUCKET/edgecask [--runner=venv]

on the login node, whose name the jobs have to reach. FOLDER holds ca.pem, certificate.pem and key.pem, and is where the
jobs find it, too.
"""

import argparse
import signal
import sys
from pathlib import Path

from dask_jobqueue import SLURMCluster
from distributed import Security

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--jobs", type=int, default=2)
parser.add_argument("--partition", required=True)
parser.add_argument("--cores", type=int, default=2, help="of a job: as many stages run in it at once")
parser.add_argument("--memory", default="4GB")
parser.add_argument("--walltime", default="02:00:00")
parser.add_argument("--host", help="this machine's name for the jobs")
parser.add_argument("--port", type=int, default=8786)
parser.add_argument("--tls", type=Path, required=True)
parser.add_argument("--store", required=True)
parser.add_argument("--runner", default="venv", choices=("venv", "docker"))
given = parser.parse_args()

certificate, key = str(given.tls / "certificate.pem"), str(given.tls / "key.pem")
security = Security(
    require_encryption=True,
    tls_ca_file=str(given.tls / "ca.pem"),
    tls_scheduler_cert=certificate,
    tls_scheduler_key=key,
    tls_client_cert=certificate,
    tls_client_key=key,
    tls_worker_cert=certificate,
    tls_worker_key=key,
)
cluster = SLURMCluster(
    queue=given.partition,
    cores=given.cores,
    processes=1,
    memory=given.memory,
    walltime=given.walltime,
    nanny=False,
    python=sys.executable,
    protocol="tls://",
    security=security,
    scheduler_options={"host": given.host, "port": given.port, "dashboard_address": "127.0.0.1:0"},
    worker_extra_args=["--preload", "edgecask.cli.dask_preload", f"--runner={given.runner}", "--no-dashboard"],
    job_script_prologue=[f"export EDGECASK_REMOTE_STORE='{given.store}'"],
)
cluster.scale(jobs=given.jobs)
print(cluster.scheduler_address, flush=True)
signal.sigwait([signal.SIGINT, signal.SIGTERM])
cluster.close()
