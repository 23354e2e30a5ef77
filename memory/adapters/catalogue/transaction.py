"""What every repository works with: one transaction, its counters, and the statements that databases spell differently.

The counters of a transaction advance at most once each, however many of its methods change something.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table, insert, select, update

from memory.adapters.catalogue.prepared import Prepared, insertion
from memory.adapters.catalogue.tables import epochs, state
from memory.domain.ports.catalogue import Position
from memory.domain.ports.surroundings import Clock

T = TypeVar("T")
Record = Row[*tuple[Any, ...]]

# SQLite binds at most 32,766 values in one statement; no statement here binds more than five for each item.
BATCH = 5_000

_POSITION = select(state.c.epoch, state.c.revision)
_WHERE_IT_STANDS = Prepared(_POSITION)


class Reader:
    """A repository that reads in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection


class Counters:
    """Epoch and revision as one writing transaction advances them.

    Taking the counters locks their row, so that writers follow one another on databases that would let them overlap.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._start = Position(*connection.execute(_POSITION.with_for_update()).one())
        self._now = self._start
        self._reasons: set[str] = set()

    @property
    def current_epoch(self) -> int:
        """The epoch as it stands now, not advanced."""
        return self._now.epoch

    def revision(self) -> int:
        """Return the revision of this transaction, advancing it the first time."""
        self._advance(self._now.epoch)
        return self._now.revision

    def epoch(self, reason: str) -> int:
        """Return the epoch of this transaction, advancing it (and the revision) the first time; log the reason."""
        self._advance(self._start.epoch + 1)
        if reason not in self._reasons:
            self._reasons.add(reason)
            row = {"epoch": self._now.epoch, "reason": reason, "at": self._clock.now()}
            self._connection.execute(insert(epochs), row)
        return self._now.epoch

    def _advance(self, epoch: int) -> None:
        reached = Position(epoch, self._start.revision + 1)
        if reached != self._now:
            self._connection.execute(update(state).values(epoch=reached.epoch, revision=reached.revision))
            self._now = reached


class Writer(Reader):
    """A repository that also changes things in its transaction."""

    def __init__(self, connection: Connection, counters: Counters) -> None:
        super().__init__(connection)
        self._counters = counters

    def _add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows in order; one that exists is a `Conflict`."""
        self._insert_rows(table, rows, missing=False)

    def _add_missing(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows whose primary key is new and return how many; the others change nothing."""
        return self._insert_rows(table, rows, missing=True)

    def _insert_rows(self, table: Table, rows: Sequence[Mapping[str, Any]], *, missing: bool) -> int:
        if not rows:
            return 0
        columns = tuple(rows[0])
        return insertion(table, columns, self._connection.dialect, missing=missing).execute(self._connection, rows)


def position(connection: Connection) -> Position:
    """Return where the catalogue stands in this transaction."""
    ((epoch, revision),) = _WHERE_IT_STANDS.rows(connection)
    return Position(epoch, revision)


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Cut a list into pieces that one statement can take."""
    return (items[start : start + size] for start in range(0, len(items), size))
