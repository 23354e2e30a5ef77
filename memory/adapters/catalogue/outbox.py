"""What the index has yet to follow, and the present state of its points."""

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, case, delete, func, or_, select

from memory.adapters.catalogue.prepared import Prepared
from memory.adapters.catalogue.tables import documents, intervals, labels, occurrences, outbox, versions
from memory.adapters.catalogue.transaction import Reader, Record, Writer, batches
from memory.domain.ports.catalogue import OutboxEntry, PointRecord
from memory.domain.ports.index import PointFacts, PointState

# The facts of a point are those of the last version that began during its interval and in which its chunk stood; of an
# interval that ended as it began, which no moment lies in, those of the first, so that no later version changes them.
_BEGAN_DURING = and_(
    versions.c.effective_from >= intervals.c.valid_from,
    or_(
        intervals.c.valid_to.is_(None),
        versions.c.effective_from < intervals.c.valid_to,
        versions.c.effective_from == intervals.c.valid_from,
    ),
)
_LAST_VERSION = (
    select(
        case(
            (intervals.c.valid_to == intervals.c.valid_from, func.min(occurrences.c.version)),
            else_=func.max(occurrences.c.version),
        )
    )
    .select_from(occurrences)
    .join(
        versions, (versions.c.document_id == occurrences.c.document_id) & (versions.c.number == occurrences.c.version)
    )
    .where(
        occurrences.c.document_id == intervals.c.document_id,
        occurrences.c.chunk_id == intervals.c.chunk_id,
        _BEGAN_DURING,
    )
    .correlate(intervals)
    .scalar_subquery()
)
_POINTS = (
    select(
        intervals.c.point_id,
        intervals.c.compartment,
        intervals.c.valid_from,
        intervals.c.valid_to,
        intervals.c.embedded_hash,
        intervals.c.language,
        documents.c.source,
        documents.c.media_type,
        versions.c.modified_at,
        versions.c.provenance,
        labels.c.sensitivity,
        labels.c.categories,
    )
    .join(documents, documents.c.id == intervals.c.document_id)
    .join(versions, (versions.c.document_id == intervals.c.document_id) & (versions.c.number == _LAST_VERSION))
    .outerjoin(
        labels,
        (labels.c.document_id == versions.c.document_id)
        & (labels.c.version == versions.c.number)
        & labels.c.epoch_to.is_(None),
    )
    .where(intervals.c.point_id.in_(bindparam("point_ids", expanding=True)))
)
_WITHDRAWN = Prepared(select(outbox.c.point_id, outbox.c.withdrawn_from).where(outbox.c.withdrawn_from.is_not(None)))


class SqlOutboxReader(Reader):
    """Reads of the outbox."""

    def pending(self, limit: int) -> list[OutboxEntry]:
        """Return the oldest entries, in order."""
        statement = select(outbox).order_by(outbox.c.sequence).limit(limit)
        return [OutboxEntry(*row) for row in self._connection.execute(statement)]

    def newest(self) -> int:
        """Return the sequence of the newest entry, 0 when there is none."""
        return self._connection.scalar(select(func.max(outbox.c.sequence))) or 0

    def withdrawn(self) -> list[tuple[str, int]]:
        """Return (point id, compartment that lost it) of all pending withdrawals."""
        return [(point, compartment) for point, compartment in _WITHDRAWN.rows(self._connection)]

    def points(self, point_ids: Sequence[str]) -> dict[str, PointRecord]:
        """Return the present state of points; ids that no longer exist are left out."""
        found: dict[str, PointRecord] = {}
        for batch in batches(point_ids):
            rows = self._connection.execute(_POINTS, {"point_ids": batch})
            found.update((row.point_id, _record(row)) for row in rows)
        return found

    def all_points(self, *, after: str, limit: int) -> list[str]:
        """Return point ids above `after`, ordered: what a rebuild or a reconciliation walks."""
        above = select(intervals.c.point_id).where(intervals.c.point_id > after)
        return list(self._connection.scalars(above.order_by(intervals.c.point_id).limit(limit)))


class SqlOutboxWriter(SqlOutboxReader, Writer):
    """Entries come in with the change that causes them and go when the index has followed."""

    def enqueue(self, entries: Sequence[OutboxEntry]) -> None:
        """Add entries in order."""
        rows = [{"point_id": e.point_id, "kind": e.kind, "withdrawn_from": e.withdrawn_from} for e in entries]
        self._add(outbox, rows)

    def drained(self, up_to: int) -> None:
        """Drop all entries with a sequence up to and including `up_to`."""
        self._connection.execute(delete(outbox).where(outbox.c.sequence <= up_to))


def _record(row: Record) -> PointRecord:
    facts = PointFacts(
        source=row.source,
        media_type=row.media_type,
        labels=() if row.sensitivity is None else (str(row.sensitivity), *sorted(row.categories)),
        language=row.language,
        modified_at=row.modified_at,
        attributes=tuple(sorted(f"{name}={value}" for name, value in row.provenance.attributes.items())),
    )
    return PointRecord(
        PointState(row.point_id, row.compartment, row.valid_from, row.valid_to, facts), row.embedded_hash
    )
