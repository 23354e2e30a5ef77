"""The expansion room: a hit and its neighbours, when the caller asked for more context.

Enters: permitted hits. Leaves: for each the span of canonical text it shall stand for. Neighbours are chunks of the
same version that the same compartment governs: text that a later version dropped keeps the rules it had, so it can be
closed while what stood beside it is open. A neighbour that is another hit stays that hit's.
"""

from collections.abc import Sequence
from datetime import datetime

from memory.domain.documents import Interval, Occurrence, Span
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import PermittedHit


def expand(hits: Sequence[PermittedHit], reach: int, moment: datetime | None, session: Reading) -> list[Span]:
    """Return one span per hit, up to `reach` chunks wider on either side, of what held at `moment` (None: now)."""
    if not reach:
        return [hit.occurrence.span for hit in hits]
    taken = {_place(hit.occurrence) for hit in hits}
    return [_widened(hit.occurrence, reach, moment, taken, session) for hit in hits]


def _widened(
    hit: Occurrence, reach: int, moment: datetime | None, taken: set[tuple[str, int, int]], session: Reading
) -> Span:
    by_ordinal = {other.ordinal: other for other in session.documents.occurrences(hit.document_id, hit.version)}
    governed = _governed(hit.document_id, moment, session)
    start, end = hit.span.start, hit.span.end
    for step in (-1, 1):
        for distance in range(1, reach + 1):
            other = by_ordinal.get(hit.ordinal + step * distance)
            if other is None or _place(other) in taken or governed.get(other.chunk_id) != governed.get(hit.chunk_id):
                break
            taken.add(_place(other))
            start, end = min(start, other.span.start), max(end, other.span.end)
    return Span(start, end)


def _governed(document_id: str, moment: datetime | None, session: Reading) -> dict[str, int]:
    """Return the compartment of each chunk of a document at a moment: that of its masked point."""
    intervals = session.documents.intervals(document_id, open_only=moment is None)
    return {
        interval.chunk_id: interval.compartment
        for interval in intervals
        if not interval.clear_types and (moment is None or _held(interval, moment))
    }


def _held(interval: Interval, moment: datetime) -> bool:
    return interval.valid_from <= moment and (interval.valid_to is None or moment < interval.valid_to)


def _place(occurrence: Occurrence) -> tuple[str, int, int]:
    return occurrence.document_id, occurrence.version, occurrence.ordinal
