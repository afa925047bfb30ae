"""What may leave the store: results that were long of no use, and files that no result needs any more.

A result's age is the time since it was last made or found. Whoever calls this sees to it that no build is running:
files that a running build has put into the store are not in any record yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgecask.files import discard
from edgecask.store.at_once import at_once
from edgecask.store.record import read_record
from edgecask.store.store import Store

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What was removed: results, and files with their bytes."""

    results: int = 0
    files: int = 0
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A result: its key, when it was last of use in seconds since 1970, and the sha256 of all files it needs."""

    name: str
    used: float
    files: frozenset[str]


def collect_garbage(
    store: Store,
    *,
    now: float,
    max_age: float | None = None,
    max_size: int | None = None,
    tell: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Collected:
    """Remove what is older than `max_age` seconds, then the oldest results until the rest has at most `max_size` bytes.

    `now` is in seconds as a file's mtime; `tell` hears how many files of all have been dealt with. Records that cannot
    be read go, too, and files that no record names.
    """
    places, blobs = _files(store, "results"), _files(store, "blobs")
    entries = sorted(_entries(places, tell), key=lambda entry: (entry.used, entry.name))
    sizes = dict(at_once(_named_size, blobs))
    kept = [entry for entry in entries if max_age is None or now - entry.used <= max_age]
    if max_size is not None:
        kept = within(kept, sizes, max_size)
    stay = {entry.name for entry in kept}
    needed = {digest for entry in kept for digest in entry.files}
    # A record goes before the files that it names: whenever this is killed, no record lacks one because of it.
    old = [path for path in places if path.name not in stay]
    gone = [path for path in blobs if path.name not in needed]
    for what, paths in (("removing results", old), ("removing files", gone)):
        for number, _ in enumerate(at_once(discard, paths), 1):
            tell(what, number, len(paths))
    for _ in at_once(lambda note: _forget(note, stay), _files(store, "last")):
        pass
    return Collected(results=len(old), files=len(gone), size=sum(sizes[path.name] for path in gone))


def _entries(places: Sequence[Path], tell: Callable[[str, int, int], None]) -> Iterator[Entry]:
    for number, entry in enumerate(at_once(_entry, places)):
        tell("reading results", number, len(places))
        if entry is not None:
            yield entry


def _entry(place: Path) -> Entry | None:
    record = read_record(place, key=place.name)
    if record is None:
        return None
    files = frozenset([*record.outputs.values(), *record.made_from.inputs.values()])
    return Entry(name=place.name, used=place.stat().st_mtime, files=files)


def _named_size(path: Path) -> tuple[str, int]:
    return path.name, path.lstat().st_size


def _forget(note: Path, stay: Collection[str]) -> None:
    """Remove a note of what was last wanted where that has gone."""
    if not note.is_file() or note.read_text(errors="replace", encoding="utf-8") not in stay:
        discard(note)


def _files(store: Store, kind: str) -> list[Path]:
    """What the store has put there: a user who named the folder may have files of their own in it."""
    found = (path for path in store.root.glob(f"{kind}/*/*") if _DIGEST.fullmatch(path.name))
    return sorted((path for path in found if path.parent.name == path.name[:2]), key=lambda path: path.name)


def within(entries: list[Entry], sizes: dict[str, int], limit: int) -> list[Entry]:
    """The newest entries whose files have at most `limit` bytes together; a file that several need counts once."""
    kept: list[Entry] = []
    seen: set[str] = set()
    total = 0
    for entry in reversed(entries):
        more = entry.files - seen
        total += sum(sizes.get(digest, 0) for digest in more)
        if total > limit:
            break
        seen |= more
        kept.append(entry)
    return kept
