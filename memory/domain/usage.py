"""What work costs: calls, items and seconds, counted where the walks meet their ports.

`Meter` adds up for the life of a process and, inside `Meter.request`, for one request as well, so that an answer's
cost can be recorded with it. Seconds are of the wall clock; the parts of a request that run side by side add up.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Usage:
    """How much one operation of one port was used. `adapters.metered` says what an item of each operation is."""

    port: str
    operation: str
    calls: int
    items: int
    seconds: float


class Tally:
    """Adds up usage, from any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[tuple[str, str], tuple[int, int, float]] = {}

    def add(self, usage: Usage) -> None:
        """Add to what was used before."""
        key = (usage.port, usage.operation)
        with self._lock:
            calls, items, seconds = self._sums.get(key, (0, 0, 0.0))
            self._sums[key] = (calls + usage.calls, items + usage.items, seconds + usage.seconds)

    def usage(self) -> tuple[Usage, ...]:
        """Return the sums so far, by port and operation."""
        with self._lock:
            sums = sorted(self._sums.items())
        return tuple(Usage(port, operation, *totals) for (port, operation), totals in sums)


_request: ContextVar[Tally | None] = ContextVar("usage_of_this_request", default=None)


class Meter:
    """Counts everything, and each request for itself."""

    def __init__(self) -> None:
        self._total = Tally()

    def add(self, usage: Usage) -> None:
        """Count usage, for the process and for the request that this runs in."""
        self._total.add(usage)
        request = _request.get()
        if request is not None:
            request.add(usage)

    def total(self) -> tuple[Usage, ...]:
        """Return everything since the start."""
        return self._total.usage()

    @contextmanager
    def request(self) -> Iterator[Tally]:
        """Count what happens inside for itself, too; of nested requests the inner one counts alone.

        Other requests do not mix in, whatever their thread. A thread started inside counts only when it runs in a copy
        of this context (`contextvars.copy_context().run`, as FastAPI's own thread pool does).
        """
        tally = Tally()
        token = _request.set(tally)
        try:
            yield tally
        finally:
            _request.reset(token)
