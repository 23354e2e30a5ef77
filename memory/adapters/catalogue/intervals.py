"""The points of the index as the record knows them: intervals, the counts of their compartments, and live hits."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Text, and_, bindparam, case, func, or_, select, update

from memory.adapters.catalogue import tables
from memory.adapters.catalogue.columns import Instant
from memory.adapters.catalogue.prepared import Prepared, padded
from memory.adapters.catalogue.tables import compartments, documents, occurrences, versions
from memory.adapters.catalogue.transaction import Reader, Writer, batches
from memory.domain.documents import Document, DocumentState, Interval, Occurrence, Span, Version
from memory.domain.retrieval import StoredHit

_INTERVAL = tables.intervals.c
_POINT_IDS: BindParameter[str] = bindparam("point_ids", expanding=True)
_MOMENT = bindparam("moment", type_=Instant)

# Points in one query; more are asked for by pages.
_POINTS = 256


def _holds(since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(since <= _MOMENT, or_(until.is_(None), until > _MOMENT))


@lru_cache
def _live(count: int, *, now: bool) -> Prepared:
    """Return the query of `count` live points; nothing of a document or version that is not ready leaves it."""
    if now:
        in_force = and_(versions.c.number == documents.c.current_version, versions.c.superseded_at.is_(None))
        holds: ColumnElement[bool] = _INTERVAL.valid_to.is_(None)
    else:
        in_force = _holds(versions.c.effective_from, versions.c.superseded_at)
        holds = _holds(_INTERVAL.valid_from, _INTERVAL.valid_to)
    standing = and_(
        occurrences.c.document_id == _INTERVAL.document_id,
        occurrences.c.chunk_id == _INTERVAL.chunk_id,
        occurrences.c.version == versions.c.number,
    )
    return Prepared(
        select(tables.intervals, documents, versions, occurrences)
        .join(documents, documents.c.id == _INTERVAL.document_id)
        .join(versions, and_(versions.c.document_id == _INTERVAL.document_id, in_force))
        .join(occurrences, standing)
        .where(_INTERVAL.point_id.in_([bindparam(_name(number), type_=Text) for number in range(count)]), holds)
        .where(documents.c.state == DocumentState.READY, versions.c.state == DocumentState.READY)
    )


def _name(number: int) -> str:
    return f"point_{number}"


_DOCUMENT_AT = len(tables.intervals.c)
_VERSION_AT = _DOCUMENT_AT + len(documents.c)
_OCCURRENCE_AT = _VERSION_AT + len(versions.c)

_OF_DOCUMENT = (
    select(tables.intervals).where(_INTERVAL.document_id == bindparam("document_id")).order_by(_INTERVAL.point_id)
)
_ALL = Prepared(_OF_DOCUMENT)
_OPEN = Prepared(_OF_DOCUMENT.where(_INTERVAL.valid_to.is_(None)))

_TALLY = (
    select(_INTERVAL.compartment, func.sum(case((_INTERVAL.valid_to.is_(None), 1), else_=0)), func.count())
    .where(_INTERVAL.point_id.in_(_POINT_IDS))
    .group_by(_INTERVAL.compartment)
)
_COUNT = (
    update(compartments)
    .where(compartments.c.id == bindparam("counted"))
    .values(
        current=compartments.c.current + bindparam("current_more"),
        total=compartments.c.total + bindparam("total_more"),
        revision=bindparam("counted_at"),
    )
)


class IntervalReader(Reader):
    """Reads of intervals."""

    def intervals(self, document_id: str, *, open_only: bool) -> list[Interval]:
        """Return the intervals of a document's chunks, ordered by point id."""
        rows = (_OPEN if open_only else _ALL).rows(self._connection, {"document_id": document_id})
        return [Interval(*row) for row in rows]

    def hits(self, point_ids: Sequence[str], *, moment: datetime | None) -> dict[str, StoredHit]:
        """Return what the catalogue knows of points that are live at `moment` (None: now), in one query.

        Left out are points that are unknown, whose interval does not hold at that moment, or whose document or version
        is not ready. The version is the one in force at that moment.
        """
        at = {} if moment is None else {"moment": moment}
        found: dict[str, StoredHit] = {}
        for batch in batches(point_ids, _POINTS):
            points = {_name(number): point for number, point in enumerate(padded(batch))}
            rows = _live(len(points), now=moment is None).rows(self._connection, {**points, **at})
            found.update((row[0], _hit(row)) for row in rows)
        return found


class IntervalWriter(IntervalReader, Writer):
    """Changes of intervals; the counts of their compartments follow in the same transaction."""

    def open_intervals(self, intervals: Sequence[Interval]) -> None:
        """Add intervals that begin; counts of their compartments follow."""
        self._add(tables.intervals, [{name: getattr(i, name) for name in Interval.__slots__} for i in intervals])
        opened = Counter(interval.compartment for interval in intervals if interval.valid_to is None)
        self._count(current=opened, total=Counter(interval.compartment for interval in intervals))

    def close_intervals(self, point_ids: Sequence[str], at: datetime) -> None:
        """End open intervals; counts of their compartments follow. Those that ended before stay as they are."""
        for batch in batches(point_ids):
            opened, _ = self._tally(batch)
            ending = _INTERVAL.point_id.in_(batch) & _INTERVAL.valid_to.is_(None)
            self._connection.execute(update(tables.intervals).where(ending).values(valid_to=at))
            self._count(current=_less(opened), total=Counter())

    def move_intervals(self, point_ids: Sequence[str], compartment: int) -> None:
        """Move intervals to another compartment, which advances the epoch; counts of both follow."""
        for batch in batches(point_ids):
            opened, all_ = self._tally(batch)
            if all_.keys() <= {compartment}:
                continue
            self._counters.epoch("move")
            moving = _INTERVAL.point_id.in_(batch)
            self._connection.execute(update(tables.intervals).where(moving).values(compartment=compartment))
            self._count(current=_moved(opened, compartment), total=_moved(all_, compartment))

    def _tally(self, point_ids: Sequence[str]) -> tuple[Counter[int], Counter[int]]:
        """Return how many of these points are open, and how many there are, by compartment."""
        rows = self._connection.execute(_TALLY, {"point_ids": point_ids}).all()
        return Counter({row[0]: row[1] for row in rows}), Counter({row[0]: row[2] for row in rows})

    def _count(self, *, current: Counter[int], total: Counter[int]) -> None:
        changed = sorted(id_ for id_ in current.keys() | total.keys() if current[id_] or total[id_])
        if changed:
            at = self._counters.revision()
            more = ({"counted": c, "current_more": current[c], "total_more": total[c]} for c in changed)
            self._connection.execute(_COUNT, [{**row, "counted_at": at} for row in more])


def _less(counts: Counter[int]) -> Counter[int]:
    return Counter({compartment: -count for compartment, count in counts.items()})


def _moved(counts: Counter[int], compartment: int) -> Counter[int]:
    """Return what moving everything that was counted to one compartment adds to each."""
    moved = _less(counts)
    moved[compartment] += counts.total()
    return moved


def _hit(row: Sequence[Any]) -> StoredHit:
    document, version, chunk, ordinal, start, end, section = row[_OCCURRENCE_AT:]
    return StoredHit(
        Interval(*row[:_DOCUMENT_AT]),
        Document(*row[_DOCUMENT_AT:_VERSION_AT]),
        Version(*row[_VERSION_AT:_OCCURRENCE_AT]),
        Occurrence(document, version, chunk, ordinal, Span(start, end), section),
    )
