"""Archives that say nothing but names and contents, so that the same files give the same bytes.

Needs nothing but Python's standard library: the harness, which runs in every environment, publishes with it.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path


def write_archive(destination: Path, files: Iterable[tuple[str, bytes | Path]]) -> None:
    """Write files, from memory or from disk, into a tar under these names (at most 100 ASCII characters each)."""
    with tarfile.open(destination, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                member.size = content.stat().st_size
                with content.open("rb") as stream:
                    archive.addfile(member, stream)
