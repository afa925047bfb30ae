"""Container engines of a test's own: each a dockerd with its own socket, data and processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from edgecask.runner.container import engine

KEEP = "EDGECASK_TEST_ENGINES"
"""Names a folder where the engines' data stay, so that the next run has its images already."""


class Engine:
    """A dockerd of its own, without a network: stages have none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix://{folder / 'docker.sock'}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pid").unlink(missing_ok=True)
        command = [
            shutil.which("dockerd") or "/usr/sbin/dockerd",
            f"--host={self.address}", f"--data-root={folder / 'data'}", f"--exec-root={folder / 'exec'}",
            f"--pidfile={folder / 'pid'}", "--bridge=none", "--iptables=false", "--ip6tables=false",
        ]  # fmt: skip
        with (folder / "log").open("wb") as log:
            self._running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        for _ in range(120):
            if self._answers():
                return
            time.sleep(0.5)
        raise RuntimeError((folder / "log").read_text()[-2000:])

    def _answers(self) -> bool:
        try:
            self.client().close()
        except Exception:
            return False
        return True

    def client(self):
        """A client of this engine."""
        import docker

        client = docker.DockerClient(base_url=self.address, timeout=600)
        client.ping()
        return client

    def take_images(self, names: list[str]) -> None:
        """Copy images out of the user's own engine, through both engines' interfaces."""
        source, own = engine.connect(), self.client()
        there = {tag for image in own.images.list() for tag in image.tags}
        for name in names:
            if name not in there:
                own.api.load_image(source.images.get(name).save(named=True))
        source.close()
        own.close()

    def containers(self) -> list:
        """What edgecask has running, or has left."""
        return self.client().containers.list(all=True, filters={"label": "edgecask.client"}, ignore_removed=True)

    def volumes(self) -> list[str]:
        """The names of all volumes."""
        return [volume.name for volume in self.client().volumes.list()]

    def stop(self, *, keep: bool) -> None:
        """End it; without `keep` its data go, too."""
        self._running.send_signal(signal.SIGTERM)
        self._running.wait(60)
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def engines_folder(default: Path) -> tuple[Path, bool]:
    """Where engines lie, and whether they are kept."""
    kept = os.environ.get(KEEP)
    return (Path(kept), True) if kept else (default, False)
