"""Which shard answers now, how many calls are inside it, and how it is replaced under them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Condition

from memory.adapters.index.shard import Shard
from memory.domain.errors import IndexUnavailable

CALLS = 2
"""Calls to the engine at a time. It holds the interpreter lock, so more would only starve the other threads."""


class Serving:
    """The shard in use. A shard that is replaced answers its last callers and is closed after them."""

    def __init__(self) -> None:
        self._slots = BoundedSemaphore(CALLS)
        self._changed = Condition()
        self._inside: Counter[Shard] = Counter()
        self._shard: Shard | None = None
        self._reason = ""

    @contextmanager
    def shard(self) -> Iterator[Shard]:
        """Lend the shard for one call. Raises `IndexUnavailable` with the reason when there is none."""
        with self._slots:
            shard = self._enter()
            try:
                yield shard
            finally:
                self._leave(shard)

    def serve(self, shard: Shard) -> None:
        """Answer from `shard` from now on; returns when the one before is closed."""
        self._replace(shard, "")

    def refuse(self, reason: str) -> None:
        """Answer nobody from now on; returns when the shard is closed."""
        self._replace(None, reason)

    def _replace(self, shard: Shard | None, reason: str) -> None:
        with self._changed:
            before, self._shard, self._reason = self._shard, shard, reason
            self._changed.wait_for(lambda: before is None or not self._inside[before])
        if before is not None:
            del self._inside[before]
            before.close()

    def _enter(self) -> Shard:
        with self._changed:
            if self._shard is None:
                raise IndexUnavailable(self._reason)
            self._inside[self._shard] += 1
            return self._shard

    def _leave(self, shard: Shard) -> None:
        with self._changed:
            self._inside[shard] -= 1
            self._changed.notify_all()
