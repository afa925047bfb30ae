"""What may leave the shared store: old results, and files that no result needs any more; never what is of today.

A result's age there is the time since it was put there: reading leaves no trace. Others may be at work meanwhile. So
what is younger than a day always stays, a writer puts a file again that has lain there for half as long (remote.py),
and records go before the files that they name. A record that lost a file all the same counts as absent, and is made
again.
"""

from __future__ import annotations

from edgecask.store.garbage import Collected, Entry, within
from edgecask.store.record import parse_record
from edgecask.store.remote import Remote
from edgecask.store.remote_entry import RemoteEntry

SAFE_SECONDS = 24 * 3600
"""What was written more lately stays: somebody may be about to name it in a record, or to read it."""
SIGNATURE = ".sig"


def collect_remote_garbage(
    remote: Remote, *, now: float, max_age: float | None = None, max_size: int | None = None
) -> Collected:
    """Remove results older than `max_age` seconds, then the oldest ones until the rest has at most `max_size` bytes.

    `now` is in seconds since 1970. Records that cannot be read go, too, and files that no record names, all of them
    only when they are a day old. Raises StorageError where the store cannot be reached, or where this machine may only
    read it.
    """
    results = {each.name: each for each in remote.entries("results")}
    sizes = {each.name: each.size for each in remote.entries("blobs")}
    keys = sorted(name for name in results if not name.endswith(SIGNATURE))
    entries = []
    for key, content in remote.records(keys):
        record = parse_record(content or b"", key=key)
        if record is not None:
            files = frozenset([*record.outputs.values(), *record.made_from.inputs.values()])
            entries.append(Entry(name=key, used=_written(results[key], now), files=files))
    entries.sort(key=lambda entry: (entry.used, entry.name))
    kept = [entry for entry in entries if max_age is None or now - entry.used <= max(max_age, SAFE_SECONDS)]
    if max_size is not None:
        young = {entry.name for entry in kept if now - entry.used <= SAFE_SECONDS}
        fitting = {entry.name for entry in within(kept, sizes, max_size)}
        kept = [entry for entry in kept if entry.name in young | fitting]
    stay = {entry.name for entry in kept}
    gone = [
        name for name, each in results.items() if name.removesuffix(SIGNATURE) not in stay and not _is_young(each, now)
    ]
    remote.remove("results", sorted(gone))
    needed = {digest for entry in kept for digest in entry.files}
    # Looked at again: what was put there meanwhile is young.
    unused = [each for each in remote.entries("blobs") if each.name not in needed and not _is_young(each, now)]
    remote.remove("blobs", sorted(each.name for each in unused))
    return Collected(
        results=sum(not name.endswith(SIGNATURE) for name in gone),
        files=len(unused),
        size=sum(each.size for each in unused),
    )


def _written(entry: RemoteEntry, now: float) -> float:
    return now if entry.modified is None else entry.modified


def _is_young(entry: RemoteEntry, now: float) -> bool:
    return now - _written(entry, now) <= SAFE_SECONDS
