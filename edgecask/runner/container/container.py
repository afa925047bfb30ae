"""A container in which a stage's harness runs: files go in and out by the engine's archive calls."""

from __future__ import annotations

import codecs
import contextlib
import functools
import json
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from edgecask.files import naming
from edgecask.plan.stage import Stage
from edgecask.runner.container.images import USER, WORK, tar_of
from edgecask.runner.outcome import READY_FILE, Output, Scratch, expected_files, read_outcome
from edgecask.runner.protocol import Listener, OutputLine

if TYPE_CHECKING:
    from docker.models.containers import Container

SCRATCH = Scratch(
    place="the container", advice="Free some on the container engine's disk; `docker system df` says what lies there."
)


class StartedContainer:
    """A container in which the harness runs; see Started."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def run(self, stage: Stage, destination: Path, say: OutputLine, listener: Listener | None = None) -> dict[str, Any]:
        """See Started.run."""
        from docker.errors import NotFound

        container = self._container
        output = Output(say, listener)
        inputs = {f"inputs/{name}": blob.path for name, blob in stage.inputs.items()}
        with contextlib.suppress(NotFound):  # it has been stopped, and removed by the engine
            put(container, {"request.json": json.dumps(stage.request()).encode(), **inputs})
            put(container, {READY_FILE: b""})
            lines = _lines(container.logs(stream=True, follow=True))
            output.read(lines, functools.partial(_fetch, container), destination)
            if output.status is not None:
                _collect(container, stage, destination)
        return read_outcome(stage, output, destination, SCRATCH)


def put(container: Container, files: Mapping[str, bytes | Path]) -> None:
    """Write files (contents or paths) below the stage's folder."""
    with tar_of(files, owner=USER) as archive:
        container.put_archive(WORK, archive)


def _collect(container: Container, stage: Stage, destination: Path) -> None:
    """Take the expected files, and nothing else, out of the stage's outputs folder."""
    expected = expected_files(stage)
    for name, content in _members(container, f"{WORK}/outputs"):
        name = name.removeprefix("outputs/")
        if name in expected:
            _write(content, destination / name)


def _members(container: Container, path: str) -> Iterator[tuple[str, IO[bytes]]]:
    """The regular files below a path inside a container, with their names from its last part on."""
    chunks, _ = container.get_archive(path)
    with tempfile.SpooledTemporaryFile(max_size=64 * 1024 * 1024) as spool:
        for chunk in chunks:
            with naming(Path(tempfile.gettempdir())):
                spool.write(chunk)
        spool.seek(0)
        with tarfile.open(fileobj=spool) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is not None:
                    yield member.name, content


def _write(content: IO[bytes], path: Path) -> None:
    with naming(path), path.open("wb") as target:
        while block := content.read(1024 * 1024):
            target.write(block)


def _fetch(container: Container, name: str, destination: Path) -> bool:
    from docker.errors import NotFound

    try:
        for _, content in _members(container, f"{WORK}/{name}"):
            _write(content, destination)
            return True
    except NotFound:  # superseded meanwhile, or the container has ended
        pass
    return False


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Whole lines out of the engine's chunks, which end anywhere, also inside a character."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    pending = ""
    for chunk in chunks:
        pending += decoder.decode(chunk)
        *complete, pending = pending.split("\n")
        yield from complete
    if pending:
        yield pending
