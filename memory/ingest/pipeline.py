"""The write walk: source documents become versions, chunks and points of the index.

    SourceDocument → PartitionedText → Analysis → Chunk → ClassifiedChunk → vectors → staged rows and outbox

`ingest` takes a batch of events of one source, in order. Reading, classifying and embedding happen before the
transaction (`prepare`), which therefore lasts milliseconds; everything the batch changes commits together with its
checkpoint (`commit`). What was decided before the transaction about the state of the record is looked at again within
it, so that a batch may be prepared while others commit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from threading import Event

from memory.domain.documents import (
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)
from memory.domain.errors import Conflict, Unreadable
from memory.domain.governance import Source
from memory.domain.identity import OPERATING, PrincipalToken
from memory.domain.ports.catalogue import Writing
from memory.domain.ports.encoder import Vector
from memory.ingest.classification import classify, presentable
from memory.ingest.containers import as_told, follow, forget, with_members
from memory.ingest.cutting import cut
from memory.ingest.embedding import embed
from memory.ingest.languages import tell_languages
from memory.ingest.naming import fingerprint
from memory.ingest.permissions import put_in_force
from memory.ingest.reading import Received, receive, receive_all, unchanged
from memory.ingest.recording import AclChange, record_changes
from memory.ingest.relocation import tombstone
from memory.ingest.rooms import (
    EmbeddedBatch,
    GivenUp,
    KnownDocument,
    Outcome,
    Outdated,
    Prepared,
    PreparedBatch,
    ReadDocument,
    Rooms,
    UnreadDocument,
)
from memory.ingest.staging import stage

Finish = Callable[[Sequence[SourceEvent], Sequence[Outcome], Writing], None]
"""What else commits with a batch, given its events and what became of its items."""

ATTEMPTS = 4
"""So often a batch is prepared before its writer is told that others keep changing the same documents."""


def ingest(
    events: Sequence[SourceEvent],
    source: Source,
    rooms: Rooms,
    *,
    actor: PrincipalToken = OPERATING,
    finish: Finish = lambda _events, _outcomes, _session: None,
) -> list[Outcome]:
    """Bring a batch of one source's events into the catalogue and its outbox; return what became of each item.

    As `prepare` and `commit`, whose errors it raises.
    """
    return commit(prepare(events, source, rooms), source, rooms, actor=actor, finish=finish)


def prepare(
    events: Sequence[SourceEvent],
    source: Source,
    rooms: Rooms,
    *,
    before: PreparedBatch | None = None,
    given_up: Event | None = None,
) -> PreparedBatch:
    """Read, classify and cut what a batch holds, and begin to embed it; nothing of it is on record yet.

    `before` is the batch that commits before this one, if it may not have yet: what it embeds is not embedded again. A
    document that cannot be read never fails the batch. Raises `GivenUp` before the next document once `given_up`.
    """
    events = [as_told(event) for event in events]
    items = [event for event in events if isinstance(event, SourceDocument)]
    known = unchanged(items, source, rooms)
    in_flight = frozenset(before.embedded.missing) if before is not None else frozenset[str]()
    given_up = given_up or Event()
    preparing = _prepare_all(items, known, source, rooms, given_up)
    return PreparedBatch(events, embed(preparing, rooms, in_flight=in_flight, given_up=given_up))


def commit(
    prepared: PreparedBatch,
    source: Source,
    rooms: Rooms,
    *,
    actor: PrincipalToken = OPERATING,
    finish: Finish = lambda _events, _outcomes, _session: None,
) -> list[Outcome]:
    """Write a prepared batch; return what became of each item.

    A document that could not be read ends `quarantined`, with the reason in its outcome. What changes is on record, as
    done by `actor`, before it commits; `AuditUnavailable` fails the batch. Raises `Conflict` when others keep changing
    the same documents meanwhile.
    """
    batch = prepared.embedded
    for _ in range(ATTEMPTS):
        try:
            return _commit(prepared.events, batch, batch.new_vectors(), source, rooms, actor, finish)
        except Outdated as found:
            batch = embed(_prepare_again(batch.documents, found.known, source, rooms), rooms)
    raise Conflict("Others keep changing these documents; try again.")


def _prepare_all(
    items: Sequence[SourceDocument], known: Mapping[int, KnownDocument], source: Source, rooms: Rooms, given_up: Event
) -> Iterator[Prepared]:
    """Yield the items prepared, in order; while one is scanned, the next one is read."""
    unread = [item for position, item in enumerate(items) if position not in known]
    with closing(receive_all(unread, source, rooms)) as received:
        for position, item in enumerate(items):
            if given_up.is_set():
                raise GivenUp
            yield known.get(position) or _prepare(item, next(received), source, rooms)


def _prepare_again(
    prepared: Sequence[Prepared], outdated: Sequence[KnownDocument], source: Source, rooms: Rooms
) -> Iterator[Prepared]:
    """Look again at what was taken for known; read what is `outdated`, and whatever else is not known any more."""
    known = unchanged([each.item for each in prepared], source, rooms)

    def again(position: int, each: Prepared) -> Prepared:
        if not isinstance(each, KnownDocument):
            return each
        return (None if each in outdated else known.get(position)) or _prepare(
            each.item, receive(each.item, source, rooms), source, rooms
        )

    return (again(position, each) for position, each in enumerate(prepared))


def _commit(
    events: Sequence[SourceEvent],
    batch: EmbeddedBatch,
    new_vectors: Mapping[str, Vector],
    source: Source,
    rooms: Rooms,
    actor: PrincipalToken,
    finish: Finish,
) -> list[Outcome]:
    """Write a batch in one transaction. Raises `Outdated`, and nothing of the batch remains."""
    applied: list[Outcome | AclChange] = []
    outdated: list[KnownDocument] = []
    with rooms.catalogue.write() as session:
        session.embeddings.put_texts(batch.texts)
        session.embeddings.put_vectors(new_vectors, rooms.encoder.model)
        documents = iter(batch.documents)
        for event in events:
            try:
                applied += _apply(event, documents, source, rooms, session)
            except Outdated as found:
                outdated += found.known
        if outdated:
            raise Outdated(*outdated)
        outcomes = [one for one in applied if isinstance(one, Outcome)]
        finish(events, outcomes, session)
        record_changes(applied, source, actor, rooms, session)
    return outcomes


def _prepare(item: SourceDocument, received: Received, source: Source, rooms: Rooms) -> Prepared:
    """Classify and cut one document, and read, classify and cut the files found inside it."""

    def member(inside: SourceDocument) -> Prepared:
        return _classified(inside, receive(inside, source, rooms), rooms)

    return with_members(_classified(item, received, rooms), member)


def _classified(item: SourceDocument, received: Received, rooms: Rooms) -> Prepared:
    """Cut a text and tell its languages, too. The whole of it is classified before it is cut."""
    content_hash, partitioned = received
    if isinstance(partitioned, Unreadable):
        return UnreadDocument(item, content_hash, str(partitioned))
    try:
        analysis, labels = classify(partitioned, rooms)
        pieces = cut(partitioned, analysis, rooms.labeller.searchable, rooms.encoder)
        chunks = tell_languages(pieces, rooms.languages)
        shown = presentable(item, rooms.classifier)
    except Unreadable as unreadable:
        return UnreadDocument(item, content_hash, str(unreadable))
    return ReadDocument(shown, content_hash, partitioned, fingerprint(partitioned.text), analysis, labels, chunks)


def _apply(
    event: SourceEvent, documents: Iterator[Prepared], source: Source, rooms: Rooms, session: Writing
) -> Iterator[Outcome | AclChange]:
    match event:
        case SourceDocument():
            prepared = next(documents)
            staged = stage(prepared, source, rooms, session)
            yield staged
            yield from follow(prepared, staged, source, rooms, session)
        case SourceDeletion():
            yield tombstone(event, source, rooms.clock.now(), session)
            yield from forget(event, source, rooms, session)
        case SourcePermission():
            change = put_in_force(event, source, rooms.clock.now(), session)
            if change is not None:
                yield change
        case SourceCheckpoint():
            session.sources.set_checkpoint(source.name, event.body)
        case SourceFailure():
            yield Outcome(event.external_id, None, None, "failed", event.reason)
