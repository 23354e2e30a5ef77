"""The audit log with a stop watch."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from memory.adapters.audit.keys import load_audit_keys
from memory.adapters.audit.log import SqliteAuditLog
from memory.settings import Settings


class TimedLog(SqliteAuditLog):
    """Remembers how long each append took, the wait for its turn included."""

    seconds: list[float]

    def append(self, leaf: bytes, *, key: str | None, private: bytes | None) -> int:
        """Store an entry durably and return its sequence."""
        begin = time.perf_counter()
        sequence = super().append(leaf, key=key, private=private)
        self.seconds.append(time.perf_counter() - begin)
        return sequence


@contextmanager
def timed_log(settings: Settings) -> Iterator[TimedLog]:
    """Open the log of a home; whoever gets it closes it too, which does no harm."""
    log = TimedLog(settings.audit_log, load_audit_keys(settings.keys))
    log.seconds = []
    yield log
