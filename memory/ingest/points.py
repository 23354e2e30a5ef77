"""Which points a version wants in the index, and what has to change for that.

Enters: the chunks of a version. Leaves: rows and outbox entries. A version costs what changed: a point that is still
wanted keeps its vector and at most moves to another compartment, or has what callers narrow by brought up to date; one
that is gone has its interval closed; one that is new, or returns, opens an interval. A chunk has one point whose values
are masked, for everybody with access, and, where it holds values that can be searched for, a second one in a
compartment of those who may read these in clear.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from memory.domain.documents import Interval
from memory.domain.governance import Profile
from memory.domain.ports.catalogue import OutboxEntry, OutboxKind, Writing
from memory.ingest.relocation import close_intervals, move
from memory.ingest.rooms import ClassifiedChunk, Rooms

MASKED = "masked"

Key = tuple[str, str]
"""What identifies a point within its document: the chunk, and which text of it was embedded."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A point that a version wants."""

    chunk_id: str
    embedded_hash: str
    compartment: int
    language: str | None
    clear_types: frozenset[str]

    @property
    def key(self) -> Key:
        """The masked text follows from the chunk's name; a clear one is another point when its values change."""
        return self.chunk_id, self.embedded_hash if self.clear_types else MASKED


class Stale(Enum):
    """Whose narrowing facts (modification date, attributes, media type) a new version changes in the index.

    STAYING: of the points that the version keeps, which have the facts of the version before. ALL: of closed ones too.
    """

    NOTHING = auto()
    STAYING = auto()
    ALL = auto()


@dataclass(frozen=True, slots=True)
class Opening:
    """Which version opens intervals, from when on, and which points it makes stale."""

    document_id: str
    version: int
    at: datetime
    stale: Stale


def name_chunks(document_id: str, chunks: Iterable[ClassifiedChunk], rooms: Rooms) -> dict[str, ClassifiedChunk]:
    """Name chunks by masked text; equal paragraphs of one document are counted, so that each keeps its own history."""
    repeats: Counter[str] = Counter()
    named = {}
    for piece in chunks:
        named[rooms.naming.chunk(document_id, piece.masked_hash, repeats[piece.masked_hash])] = piece
        repeats[piece.masked_hash] += 1
    return named


def wanted_points(
    chunks: Mapping[str, ClassifiedChunk], profile: Profile, scope: int, session: Writing
) -> dict[Key, Wanted]:
    """Return the points of these chunks under one profile and scope, by key."""

    def compartment(clear_types: frozenset[str]) -> int:
        return session.access.compartment(scope, session.access.profile(replace(profile, clear_types=clear_types)))

    kinds = {frozenset[str](), *(piece.clear.types for piece in chunks.values() if piece.clear is not None)}
    compartments = {kind: compartment(kind) for kind in kinds}
    points: list[Wanted] = []
    for chunk_id, piece in chunks.items():
        texts = [(piece.masked_hash, frozenset[str]())]
        if piece.clear is not None:
            texts.append((piece.clear.hash, piece.clear.types))
        points += [Wanted(chunk_id, hash_, compartments[types], piece.language, types) for hash_, types in texts]
    return {point.key: point for point in points}


def bring_into_force(wanted: Mapping[Key, Wanted], opening: Opening, rooms: Rooms, session: Writing) -> int:
    """Close, move and open intervals until exactly `wanted` is in force, and bring narrowing facts up to date.

    Return how many points changed.
    """
    in_force = {_key(interval): interval for interval in _in_force(opening, session)}
    gone = [interval for key, interval in in_force.items() if key not in wanted]
    moving = [
        (interval, wanted[key].compartment)
        for key, interval in in_force.items()
        if key in wanted and interval.compartment != wanted[key].compartment
    ]
    new = [_interval(point, opening, rooms) for key, point in wanted.items() if key not in in_force]
    close_intervals(gone, opening.at, session)
    _move(moving, session)
    session.documents.open_intervals(new)
    session.outbox.enqueue([OutboxEntry(interval.point_id, OutboxKind.PUBLISH) for interval in new])
    followed = {interval.point_id for interval in (*gone, *new, *(interval for interval, _ in moving))}
    return len(followed) + _govern(opening, followed, session)


def _in_force(opening: Opening, session: Writing) -> Sequence[Interval]:
    """Return the open intervals; a document has none before its first version."""
    return () if opening.version == 1 else session.documents.intervals(opening.document_id, open_only=True)


def _govern(opening: Opening, followed: set[str], session: Writing) -> int:
    """Let the index read the facts of stale points again, unless it does already; return how many those are.

    Nobody loses a point by that, so none is withheld until the index has followed.
    """
    if opening.stale is Stale.NOTHING:
        return 0
    open_only = opening.stale is Stale.STAYING
    points = {interval.point_id for interval in session.documents.intervals(opening.document_id, open_only=open_only)}
    stale = sorted(points - followed)
    session.outbox.enqueue([OutboxEntry(point_id, OutboxKind.GOVERN) for point_id in stale])
    return len(stale)


def _key(interval: Interval) -> Key:
    return interval.chunk_id, interval.embedded_hash if interval.clear_types else MASKED


def _interval(point: Wanted, opening: Opening, rooms: Rooms) -> Interval:
    return Interval(
        point_id=rooms.naming.point(point.chunk_id, opening.version, point.key[1]),
        chunk_id=point.chunk_id,
        document_id=opening.document_id,
        compartment=point.compartment,
        embedded_hash=point.embedded_hash,
        language=point.language,
        valid_from=opening.at,
        valid_to=None,
        clear_types=point.clear_types,
    )


def _move(moving: list[tuple[Interval, int]], session: Writing) -> None:
    """Move points in groups that share origin and target."""
    groups: dict[tuple[int, int], list[str]] = {}
    for interval, target in moving:
        groups.setdefault((interval.compartment, target), []).append(interval.point_id)
    for (origin, target), point_ids in groups.items():
        move(point_ids, origin, target, session)
