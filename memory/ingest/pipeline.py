"""The write walk: source documents become versions, chunks and points of the index.

    SourceDocument → PartitionedText → Analysis → Chunk → ClassifiedChunk → vectors → staged rows and outbox

`ingest` takes a batch of events of one source, in order. Reading, classifying and embedding happen before the
transaction, which therefore lasts milliseconds; everything the batch changes commits together with its checkpoint.
"""

from collections.abc import Callable, Iterator, Sequence

from memory.domain.documents import (
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)
from memory.domain.errors import Unreadable
from memory.domain.governance import Source
from memory.domain.identity import OPERATING, PrincipalToken
from memory.domain.ports.catalogue import Writing
from memory.ingest.classification import classify, presentable
from memory.ingest.cutting import cut
from memory.ingest.embedding import embed
from memory.ingest.naming import fingerprint
from memory.ingest.permissions import permit
from memory.ingest.reading import read, unchanged
from memory.ingest.recording import AclChange, record_changes
from memory.ingest.relocation import tombstone
from memory.ingest.rooms import Outcome, Prepared, ReadDocument, Rooms, UnreadDocument
from memory.ingest.staging import stage

Finish = Callable[[Sequence[Outcome], Writing], None]
"""What else commits with a batch."""


def ingest(
    events: Sequence[SourceEvent],
    source: Source,
    rooms: Rooms,
    *,
    actor: PrincipalToken = OPERATING,
    finish: Finish = lambda _outcomes, _session: None,
) -> list[Outcome]:
    """Bring a batch of one source's events into the catalogue and its outbox; return what became of each item.

    A document that cannot be read ends `quarantined`, with the reason in its outcome; it never fails the batch. What
    changes is on record, as done by `actor`, before it commits; `AuditUnavailable` fails the batch.
    """
    items = [event for event in events if isinstance(event, SourceDocument)]
    known = unchanged(items, source, rooms)
    prepared = [known.get(position) or prepare(item, source, rooms) for position, item in enumerate(items)]
    embedded = embed(prepared, rooms)
    with rooms.catalogue.write() as session:
        session.embeddings.put_texts(embedded.texts)
        session.embeddings.put_vectors(embedded.new_vectors, rooms.encoder.model)
        documents = iter(prepared)
        applied = [_apply(event, documents, source, rooms, session) for event in events]
        outcomes = [one for one in applied if isinstance(one, Outcome)]
        finish(outcomes, session)
        record_changes([one for one in applied if one is not None], source, actor, rooms, session)
    return outcomes


def prepare(item: SourceDocument, source: Source, rooms: Rooms) -> Prepared:
    """Read, classify and cut one document. The whole text is classified before it is cut."""
    content_hash = rooms.raw.put(source.name, item.content)
    try:
        partitioned = read(item, rooms.partitioner)
        analysis, labels = classify(partitioned, rooms)
        chunks = cut(partitioned, analysis, rooms.labeller.searchable, rooms.encoder)
        shown = presentable(item, rooms.classifier)
    except Unreadable as unreadable:
        return UnreadDocument(item, content_hash, str(unreadable))
    return ReadDocument(shown, content_hash, partitioned, fingerprint(partitioned.text), analysis, labels, chunks)


def _apply(
    event: SourceEvent, documents: Iterator[Prepared], source: Source, rooms: Rooms, session: Writing
) -> Outcome | AclChange | None:
    match event:
        case SourceDocument():
            return stage(next(documents), source, rooms, session)
        case SourceDeletion():
            return tombstone(event, source, session)
        case SourcePermission():
            return permit(event, source, rooms, session)
        case SourceCheckpoint():
            session.sources.set_checkpoint(source.name, event.body)
        case SourceFailure():
            return Outcome(event.external_id, None, None, "failed", event.reason)
    return None
