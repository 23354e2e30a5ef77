"""The re-check room: what the engine proposes, the catalogue decides.

Enters: candidates. Leaves: `PermittedHit`s, the only thing whose text may be read. The engine may lag behind the
catalogue; a candidate that is gone, superseded, withdrawn or outside the visible compartments is dropped here, and
the next one takes its place.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memory.access.directory import AccessState
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import Candidate, PermittedHit, StoredHit, VisibleSet


@dataclass(frozen=True, slots=True)
class Rechecked:
    """The confirmed hits, best first, and how many candidates the catalogue did not confirm."""

    hits: list[PermittedHit]
    dropped: int


def recheck(
    candidates: Sequence[Candidate], visible: VisibleSet, wanted: int, state: AccessState, session: Reading
) -> Rechecked:
    """Return the `wanted` best candidates that the catalogue confirms, each chunk once."""
    hits: list[PermittedHit] = []
    chunks: set[str] = set()
    dropped = 0
    for candidate, stored in _stored(candidates, visible, wanted, session):
        if stored is None or not _sees(visible, stored.interval.compartment) or candidate.point_id in visible.withheld:
            dropped += 1
        elif stored.interval.chunk_id not in chunks:
            chunks.add(stored.interval.chunk_id)
            hits.append(_permit(candidate, stored, state))
        if len(hits) == wanted:
            break
    return Rechecked(hits, dropped)


def _sees(visible: VisibleSet, compartment: int) -> bool:
    """Look the compartment up in the sorted list; a set of ten thousand would cost more to make than to use."""
    place = bisect_left(visible.compartments, compartment)
    return place < len(visible.compartments) and visible.compartments[place] == compartment


def _stored(
    candidates: Sequence[Candidate], visible: VisibleSet, wanted: int, session: Reading
) -> Iterator[tuple[Candidate, StoredHit | None]]:
    """Yield what the catalogue knows, page by page: the first page is nearly always enough."""
    for start in range(0, len(candidates), wanted):
        page = candidates[start : start + wanted]
        known = session.documents.hits([candidate.point_id for candidate in page], moment=visible.moment)
        yield from ((candidate, known.get(candidate.point_id)) for candidate in page)


def _permit(candidate: Candidate, stored: StoredHit, state: AccessState) -> PermittedHit:
    return PermittedHit(
        candidate=candidate,
        interval=stored.interval,
        document=stored.document,
        version=stored.version,
        occurrence=stored.occurrence,
        profile=state.profile_of(stored.interval.compartment),
    )
