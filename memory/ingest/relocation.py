"""Moving a document's points to where another permission governs them: another scope, or out of sight.

Enters: a document and a scope. All its points move, those of closed intervals too, and keep their profile: old text
never comes under weaker rules than it had. What is deleted or cannot be read moves to a scope whose ACL is unknown,
which permits nobody, so that it influences no statistic of anybody's search; when it returns, it moves back.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from memory.domain.documents import Document, DocumentState, Interval, SourceDeletion
from memory.domain.governance import Source
from memory.domain.permissions import UNKNOWN_ACL
from memory.domain.ports.catalogue import OutboxEntry, OutboxKind, Writing
from memory.ingest.rooms import Outcome

NOWHERE = ("", "withheld")
"""Source and key of the scope that nobody may see; a real source always has a name."""


def relocate(document_id: str, scope: int, session: Writing) -> int:
    """Move every point of a document under `scope`; return how many the index has to follow."""
    return _govern(document_id, lambda _, profile: (scope, profile), session)


def reprofile(document_id: str, profile_of: Callable[[int], int], session: Writing) -> int:
    """Move every point of a document to the profile made of its own; return how many the index has to follow."""
    return _govern(document_id, lambda scope, profile: (scope, profile_of(profile)), session)


def _govern(document_id: str, target: Callable[[int, int], tuple[int, int]], session: Writing) -> int:
    by_compartment: dict[int, list[str]] = defaultdict(list)
    for interval in session.documents.intervals(document_id, open_only=False):
        by_compartment[interval.compartment].append(interval.point_id)
    places = session.access.compartments(list(by_compartment))
    moved = 0
    for compartment, point_ids in by_compartment.items():
        governed = target(*places[compartment])
        if governed != places[compartment]:
            move(point_ids, compartment, session.access.compartment(*governed), session)
            moved += len(point_ids)
    return moved


def move(point_ids: list[str], origin: int, target: int, session: Writing) -> None:
    """Move points from one compartment to another; until the index follows, they are withheld from the first."""
    session.documents.move_intervals(point_ids, target)
    session.outbox.enqueue([OutboxEntry(point_id, OutboxKind.GOVERN, withdrawn_from=origin) for point_id in point_ids])


def close_intervals(intervals: Sequence[Interval], at: datetime, session: Writing) -> None:
    """End open intervals; until the index follows, their points are withheld."""
    session.documents.close_intervals([interval.point_id for interval in intervals], at)
    session.outbox.enqueue(
        [
            OutboxEntry(interval.point_id, OutboxKind.GOVERN, withdrawn_from=interval.compartment)
            for interval in intervals
        ]
    )


def withdraw(document: Document, state: DocumentState, reason: str | None, at: datetime, session: Writing) -> int:
    """Take a document out of everybody's sight; return the number of points the index has to follow."""
    in_force = session.documents.intervals(document.id, open_only=True)
    close_intervals(in_force, at, session)
    moved = relocate(document.id, nowhere(at, session), session)
    session.documents.set_state(document.id, state, reason)
    return len(in_force) + moved


def nowhere(at: datetime, session: Writing) -> int:
    """Return the scope that permits nobody."""
    source, key = NOWHERE
    scope = session.access.scope(source, key)
    return (scope or session.access.set_acl(source, key, UNKNOWN_ACL, at)).id


def tombstone(deletion: SourceDeletion, source: Source, now: datetime, session: Writing) -> Outcome:
    """Follow a deletion in the source, at its time but not ahead of `now`: the history stays, every passage goes."""
    document = session.documents.find(source.name, deletion.external_id)
    if document is None or document.state is DocumentState.DELETED:
        return Outcome(deletion.external_id, None if document is None else document.id, None, "absent")
    current = session.documents.version(document.id, document.current_version)
    at = min(deletion.at, now) if current is None else max(min(deletion.at, now), current.effective_from)
    session.documents.supersede(document.id, document.current_version, at)
    published = withdraw(document, DocumentState.DELETED, None, at, session)
    return Outcome(document.external_id, document.id, document.current_version, "deleted", published=published)
