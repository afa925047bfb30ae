"""What a runner has running right now, so that another thread can stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Running:
    """The stages of one runner, each with the call that ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []

    @contextmanager
    def entry(self, end: Callable[[], None]) -> Iterator[None]:
        """While this is open, `stop` calls `end`."""
        with self._lock:
            self._ends.append(end)
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)

    def stop(self) -> None:
        """End everything; the threads that wait for it go on and tidy up."""
        with self._lock:
            ends = list(self._ends)
        for end in ends:
            end()
