"""The last room of the write walk: what changed becomes rows, and what the index must follow becomes outbox entries.

Enters: a prepared document. Leaves: an `Outcome`. What the version makes of the points of the index is worked out in
`points`.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from memory.domain.documents import Document, DocumentState, Occurrence, SourceDocument, Version
from memory.domain.governance import Profile, Source
from memory.domain.permissions import UNKNOWN_ACL
from memory.domain.ports.catalogue import Writing
from memory.ingest.languages import main_language
from memory.ingest.points import Opening, Stale, bring_into_force, name_chunks, wanted_points
from memory.ingest.reading import same_version, still_recorded
from memory.ingest.relocation import nowhere, relocate, withdraw
from memory.ingest.rooms import KnownDocument, Outcome, Outdated, Prepared, ReadDocument, Rooms, UnreadDocument


def stage(prepared: Prepared, source: Source, rooms: Rooms, session: Writing) -> Outcome:
    """Write one prepared document; return what became of it. Raises `Outdated`."""
    arrival = _arrive(prepared.item, source, rooms, session)
    match prepared:
        case KnownDocument():
            return _keep(prepared, arrival, session)
        case ReadDocument() | UnreadDocument() if arrival.brings_nothing:
            return _keep(KnownDocument(prepared.item, arrival.number - 1), arrival, session)
        case ReadDocument():
            return _stage_read(prepared, arrival, source, rooms, session)
        case UnreadDocument():
            return _stage_unread(prepared, arrival, rooms, session)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Where a document is expected: what is known of it, and the scope that governs it now. `at` is when it came."""

    item: SourceDocument
    at: datetime
    id: str
    source: str
    scope: int
    known: Document | None
    previous: Version | None

    @property
    def number(self) -> int:
        """The number the next version gets."""
        return 1 if self.known is None else self.known.current_version + 1

    @property
    def brings_nothing(self) -> bool:
        """Say whether another batch has put the same version in force since this one was read."""
        if self.known is None or self.previous is None or self.item.provenance.commit is not None:
            return False
        return self.known.state is DocumentState.READY and same_version(self.item, self.previous)

    @property
    def effective_from(self) -> datetime:
        """When the next version came into force: never before its predecessor began or ended, and never in the future.

        A date ahead of the clock would keep all later versions out of every question about the past.
        """
        modified_at = min(self.item.modified_at, self.at)
        if self.previous is None:
            return modified_at
        return max(
            modified_at,
            self.previous.effective_from,
            self.previous.superseded_at or self.previous.effective_from,
        )


def _arrive(item: SourceDocument, source: Source, rooms: Rooms, session: Writing) -> _Arrival:
    at = rooms.clock.now()
    scope = _scope(item, source, at, session) if item.standing else nowhere(at, session)
    known = session.documents.find(source.name, item.external_id)
    previous = None if known is None else session.documents.version(known.id, known.current_version)
    document_id = rooms.naming.document(source.name, item.external_id)
    return _Arrival(item, at, document_id, source.name, scope, known, previous)


def _scope(item: SourceDocument, source: Source, at: datetime, session: Writing) -> int:
    """A place nobody has told the permission of is governed by the unknown ACL, which permits nobody."""
    known = session.access.scope(source.name, item.scope_key)
    return (known or session.access.set_acl(source.name, item.scope_key, UNKNOWN_ACL, at)).id


def _keep(known: KnownDocument, arrival: _Arrival, session: Writing) -> Outcome:
    """Nothing but the place can have changed; a permission must not come to stand over a text it was not meant for."""
    document = arrival.known
    if document is None or not still_recorded(known, document, session):
        raise Outdated(known)
    moved = 0
    if document.scope != arrival.scope:
        moved = relocate(document.id, arrival.scope, session)
        session.documents.put(replace(document, scope=arrival.scope))
    change = "updated" if moved else "unchanged"
    return Outcome(document.external_id, document.id, document.current_version, change, published=moved)


def _stage_read(read: ReadDocument, arrival: _Arrival, source: Source, rooms: Rooms, session: Writing) -> Outcome:
    document = _document(arrival, main_language(read.chunks), DocumentState.READY, None)
    session.documents.put(document)
    _add_version(
        arrival,
        rooms,
        session,
        content_hash=read.content_hash,
        text_hash=read.text_hash,
        parser=(read.partitioned.parser, read.partitioned.parser_version),
        state=DocumentState.READY,
        reason=None,
        notes=read.partitioned.notes,
    )
    session.documents.add_text(document.id, read.text_hash, read.partitioned.text)
    session.documents.add_findings(document.id, read.text_hash, read.analysis.findings, rooms.classifier.version)
    session.documents.set_labels(document.id, arrival.number, read.labels, "rules")
    relocated = 0 if arrival.known is None else relocate(document.id, arrival.scope, session)
    chunks = name_chunks(document.id, read.chunks, rooms)
    session.documents.add_occurrences(
        [
            Occurrence(arrival.id, arrival.number, chunk_id, piece.chunk.ordinal, piece.chunk.span, piece.chunk.section)
            for chunk_id, piece in chunks.items()
        ]
    )
    points = wanted_points(chunks, _profile(read, source), arrival.scope, session)
    stale = _stale(read.item, arrival)
    span = Opening(document.id, arrival.number, arrival.effective_from, stale)
    published = bring_into_force(points, span, rooms, session)
    change = "added" if arrival.known is None else "updated"
    return Outcome(
        document.external_id,
        document.id,
        arrival.number,
        change,
        chunks=len(read.chunks),
        published=relocated + published,
        content_hash=read.content_hash,
        notes=read.partitioned.notes,
    )


def _stale(item: SourceDocument, arrival: _Arrival) -> Stale:
    """Compare what callers narrow by in the version before and in this one.

    A media type is that of the document, whichever the version. Labels are in the profile and move points besides.
    """
    previous, known = arrival.previous, arrival.known
    if previous is None or known is None:
        return Stale.NOTHING
    if known.media_type != item.media_type:
        return Stale.ALL
    before = previous.modified_at, dict(previous.provenance.attributes)
    return Stale.NOTHING if before == (item.modified_at, dict(item.provenance.attributes)) else Stale.STAYING


def _stage_unread(unread: UnreadDocument, arrival: _Arrival, rooms: Rooms, session: Writing) -> Outcome:
    """A version that cannot be read supersedes the one before: yesterday's text is not passed off as today's."""
    again = (
        arrival.known is not None
        and arrival.known.state is DocumentState.QUARANTINED
        and arrival.previous is not None
        and same_version(arrival.item, arrival.previous)
    )
    number = arrival.number - 1 if again else arrival.number
    document = _document(arrival, None, DocumentState.QUARANTINED, unread.reason)
    published = 0
    if arrival.known is not None:
        published = withdraw(arrival.known, DocumentState.QUARANTINED, unread.reason, arrival.effective_from, session)
    session.documents.put(replace(document, current_version=number))
    if not again:
        _add_version(
            arrival,
            rooms,
            session,
            content_hash=unread.content_hash,
            text_hash=None,
            parser=None,
            state=DocumentState.QUARANTINED,
            reason=unread.reason,
        )
    return Outcome(document.external_id, document.id, number, "quarantined", unread.reason, published=published)


def _document(arrival: _Arrival, language: str | None, state: DocumentState, reason: str | None) -> Document:
    return Document(
        id=arrival.id,
        source=arrival.source,
        external_id=arrival.item.external_id,
        title=arrival.item.title,
        media_type=arrival.item.media_type,
        scope=arrival.scope,
        state=state,
        reason=reason,
        current_version=arrival.number,
        language=language,
    )


def _add_version(
    arrival: _Arrival,
    rooms: Rooms,
    session: Writing,
    *,
    content_hash: str,
    text_hash: str | None,
    parser: tuple[str, str] | None,
    state: DocumentState,
    reason: str | None,
    notes: tuple[str, ...] = (),
) -> None:
    previous = arrival.previous
    if previous is not None and previous.superseded_at is None:
        session.documents.supersede(previous.document_id, previous.number, arrival.effective_from)
    session.documents.add_version(
        Version(
            document_id=arrival.id,
            number=arrival.number,
            title=arrival.item.title,
            content_hash=content_hash,
            text_hash=text_hash,
            provenance=arrival.item.provenance,
            parser=parser and parser[0],
            parser_version=parser and parser[1],
            modified_at=arrival.item.modified_at,
            effective_from=arrival.effective_from,
            fetched_at=arrival.at,
            superseded_at=None,
            state=state,
            reason=reason,
            notes=notes,
        )
    )


def _profile(read: ReadDocument, source: Source) -> Profile:
    labels = read.labels
    return Profile(
        sensitivity=labels.sensitivity,
        categories=labels.categories,
        entity_types=frozenset(finding.entity_type for finding in read.analysis.findings),
        jurisdictions=labels.jurisdictions,
        owner_team=source.owner_team,
        review=labels.review,
        origin=source.name,
    )
