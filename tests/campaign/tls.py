"""Certificates by the documentation's own commands, and a scheduler that wants them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from locations import REPOSITORY

FILES = {"ca": "ca", "cert": "certificate", "key": "key"}
"""Without `.pem`, by the options of edgecask."""


def certificates(folder: Path) -> Path:
    """Make them in a folder, which may be there already."""
    text = (REPOSITORY / "docs" / "guide" / "many-builds.md").read_text()
    (block,) = re.findall(r"```sh title=\"Certificates\"\n(.*?)```", text, re.DOTALL)
    folder.mkdir(exist_ok=True)
    subprocess.run(["bash", "-euc", block], cwd=folder, check=True, capture_output=True)
    return folder


def client_options(folder: Path, port: int) -> list[str]:
    """Of `edgecask matrix` and `edgecask worker`."""
    return [
        f"--cluster=tls://127.0.0.1:{port}",
        *(f"--tls-{option}={folder / name}.pem" for option, name in FILES.items()),
    ]


def scheduler_command(folder: Path, port: int) -> list[str]:
    """A scheduler of this machine alone."""
    options = {"ca-file": "ca", "cert": "certificate", "key": "key"}
    return [
        sys.executable, "-m", "distributed.cli.dask_scheduler", "--host=127.0.0.1", f"--port={port}", "--protocol=tls",
        "--no-dashboard", *(f"--tls-{option}={folder / name}.pem" for option, name in options.items()),
    ]  # fmt: skip
