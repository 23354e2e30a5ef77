"""The re-check room: what the engine proposes, the catalogue decides.

Enters: candidates. Leaves: `PermittedHit`s, the only thing whose text may be read. The engine may lag behind the
catalogue; a candidate that is gone, superseded, withdrawn or outside the visible compartments is dropped here, and
the next one takes its place. So is a passage of a past version that is not in sight as a whole: it would be cited with
the title, the author and the times of something that may not be looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from memory.access.directory import AccessState
from memory.domain.governance import Profile
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import Candidate, PermittedHit, StoredHit, VisibleSet
from memory.retrieval.governing import VersionKey, governing, sees

Governing = tuple[Profile, ...]
"""The profiles that govern the version of a hit."""


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
    for candidate, stored, past in _stored(candidates, visible, wanted, state, session):
        profiles = () if stored is None else _governing(stored, past, visible, state)
        if stored is None or not profiles or candidate.point_id in visible.withheld:
            dropped += 1
        elif stored.interval.chunk_id not in chunks:
            chunks.add(stored.interval.chunk_id)
            hits.append(_permit(candidate, stored, profiles, state))
        if len(hits) == wanted:
            break
    return Rechecked(hits, dropped)


def _stored(
    candidates: Sequence[Candidate], visible: VisibleSet, wanted: int, state: AccessState, session: Reading
) -> Iterator[tuple[Candidate, StoredHit | None, Mapping[VersionKey, Governing]]]:
    """Yield what the catalogue knows, page by page: the first page is nearly always enough.

    With each comes what governs the past versions of its page; of a question about now there are none.
    """
    for start in range(0, len(candidates), wanted):
        page = candidates[start : start + wanted]
        known = session.documents.hits([candidate.point_id for candidate in page], moment=visible.moment)
        past = sorted({_version(stored) for stored in known.values() if stored.version.superseded_at is not None})
        governed = governing(past, visible, state, session)
        yield from ((candidate, known.get(candidate.point_id), governed) for candidate in page)


def _governing(
    stored: StoredHit, past: Mapping[VersionKey, Governing], visible: VisibleSet, state: AccessState
) -> Governing:
    """Return what governs the version of a hit: nothing if it is out of sight. One in force has one profile."""
    if not sees(visible, stored.interval.compartment):
        return ()
    if stored.version.superseded_at is not None:
        return past.get(_version(stored), ())
    profile = state.profile_of(stored.interval.compartment)
    return (replace(profile, clear_types=frozenset()) if profile.clear_types else profile,)


def _version(stored: StoredHit) -> VersionKey:
    return stored.document.id, stored.version.number


def _permit(candidate: Candidate, stored: StoredHit, profiles: Governing, state: AccessState) -> PermittedHit:
    return PermittedHit(
        candidate=candidate,
        interval=stored.interval,
        document=stored.document,
        version=stored.version,
        occurrence=stored.occurrence,
        profile=state.profile_of(stored.interval.compartment),
        profiles=profiles,
    )
