"""The expansion room: a hit and its neighbours, when the caller asked for more context.

Enters: permitted hits. Leaves: for each the span of canonical text it shall stand for. Neighbours are chunks of the
same version, which the same compartment governs; a neighbour that is another hit stays that hit's.
"""

from collections.abc import Sequence

from memory.domain.documents import Occurrence, Span
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import PermittedHit


def expand(hits: Sequence[PermittedHit], reach: int, session: Reading) -> list[Span]:
    """Return one span per hit, up to `reach` chunks wider on either side."""
    if not reach:
        return [hit.occurrence.span for hit in hits]
    taken = {_place(hit.occurrence) for hit in hits}
    return [_widened(hit.occurrence, reach, taken, session) for hit in hits]


def _widened(hit: Occurrence, reach: int, taken: set[tuple[str, int, int]], session: Reading) -> Span:
    by_ordinal = {other.ordinal: other for other in session.documents.occurrences(hit.document_id, hit.version)}
    start, end = hit.span.start, hit.span.end
    for step in (-1, 1):
        for distance in range(1, reach + 1):
            other = by_ordinal.get(hit.ordinal + step * distance)
            if other is None or _place(other) in taken:
                break
            taken.add(_place(other))
            start, end = min(start, other.span.start), max(end, other.span.end)
    return Span(start, end)


def _place(occurrence: Occurrence) -> tuple[str, int, int]:
    return occurrence.document_id, occurrence.version, occurrence.ordinal
