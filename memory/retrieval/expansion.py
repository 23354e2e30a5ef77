"""The expansion room: a hit and its neighbours, when the caller asked for more context.

Enters: permitted hits. Leaves: for each the span of canonical text it shall stand for. Neighbours are chunks of the
same version that the same compartment governs: text that a later version dropped keeps the rules it had, so it can be
closed while what stood beside it is open. A neighbour that is another hit stays that hit's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from memory.domain.documents import Occurrence, Span
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import PermittedHit

Place = tuple[str, int, int]
"""A document, one of its versions, and an ordinal in it."""


def expand(hits: Sequence[PermittedHit], reach: int, moment: datetime | None, session: Reading) -> list[Span]:
    """Return one span per hit, up to `reach` chunks wider on either side, of what held at `moment` (None: now)."""
    if not reach:
        return [hit.occurrence.span for hit in hits]
    taken = {_place(hit.occurrence, 0) for hit in hits}
    around = _around([hit.occurrence for hit in hits], reach, moment, session)
    return [_widened(hit.occurrence, reach, taken, around) for hit in hits]


def _around(
    hits: Sequence[Occurrence], reach: int, moment: datetime | None, session: Reading
) -> dict[Place, tuple[Span, int]]:
    """Return where everything within reach of a hit stands, and its compartment: one question for all hits."""
    wanted = [
        (hit.document_id, hit.version, range(max(0, hit.ordinal - reach), hit.ordinal + reach + 1)) for hit in hits
    ]
    found = session.documents.neighbours(wanted, moment=moment)
    return {_place(other, 0): (other.span, compartment) for other, compartment in found}


def _widened(hit: Occurrence, reach: int, taken: set[Place], around: Mapping[Place, tuple[Span, int]]) -> Span:
    start, end = hit.span.start, hit.span.end
    _, governing = around.get(_place(hit, 0), (hit.span, None))
    for step in (-1, 1):
        for distance in range(1, reach + 1):
            place = _place(hit, step * distance)
            span, compartment = around.get(place, (hit.span, None))
            if place in taken or compartment is None or compartment != governing:
                break
            taken.add(place)
            start, end = min(start, span.start), max(end, span.end)
    return Span(start, end)


def _place(hit: Occurrence, away: int) -> Place:
    return hit.document_id, hit.version, hit.ordinal + away
