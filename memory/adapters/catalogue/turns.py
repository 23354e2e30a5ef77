"""One relay at a time among all processes that share an index, by a lock of the PostgreSQL that they share.

The lock belongs to a connection of its own, outside any transaction, and is gone with it: a process that dies leaves
nothing behind, and one that was cut off asks (`Kept`) before it drops what it published.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, make_url, text

from memory.adapters.catalogue import postgresql
from memory.adapters.catalogue.faults import translating
from memory.domain.errors import CatalogueUnavailable

_KEY = {"key": 7_310_575_175}
_WAIT = text("SELECT TRUE, pg_advisory_lock(:key)")  # the function itself tells nothing
_TRY = text("SELECT pg_try_advisory_lock(:key)")
_GIVE_BACK = text("SELECT pg_advisory_unlock(:key)")


class DatabaseTurns:
    """Implements the relay's `Turns`; threads of one process wait for one another as well."""

    def __init__(self, url: str) -> None:
        self._engine = translating(postgresql.engine(make_url(url))).execution_options(isolation_level="AUTOCOMMIT")
        self._lock = Lock()

    @contextmanager
    def take(self, *, wait: bool) -> Iterator[Callable[[], bool] | None]:
        """Take the turn for a block; None when another has it and `wait` is false. Raises `CatalogueUnavailable`."""
        with self._lock, self._engine.connect() as connection:
            if wait:
                connection.execute(text("SET lock_timeout = 0"))  # a rebuild takes its time
            if not connection.execute(_WAIT if wait else _TRY, _KEY).scalar_one():
                yield None
                return
            try:
                yield lambda: _alive(connection)
            finally:
                _give_back(connection)

    def close(self) -> None:
        """Release the connection."""
        self._engine.dispose()


def _alive(connection: Connection) -> bool:
    try:
        return not connection.invalidated and bool(connection.execute(text("SELECT 1")).scalar_one())
    except CatalogueUnavailable:
        return False


def _give_back(connection: Connection) -> None:
    """Give the turn back for certain: with the connection, should it not be possible otherwise."""
    if connection.invalidated:
        return
    try:
        connection.execute(_GIVE_BACK, _KEY)
        connection.execute(text("RESET lock_timeout"))
    except CatalogueUnavailable:
        connection.invalidate()
