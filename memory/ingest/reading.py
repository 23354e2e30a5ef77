"""The first room: bytes to canonical text, unless the bytes are already known.

Enters: a `SourceDocument`. Leaves: its `PartitionedText`, or `Unreadable` with a reason for people.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import PurePosixPath

from memory.domain.documents import Document, DocumentState, PartitionedText, SourceDocument, Version
from memory.domain.errors import Unreadable
from memory.domain.governance import Source
from memory.domain.ports.catalogue import Reading
from memory.domain.ports.classifier import Classifier
from memory.domain.ports.partitioner import Partitioner
from memory.ingest.ahead import ahead
from memory.ingest.classification import presentable
from memory.ingest.rooms import KnownDocument, Rooms


def unchanged(items: Sequence[SourceDocument], source: Source, rooms: Rooms) -> dict[int, KnownDocument]:
    """Return, by position in `items`, those that the catalogue already records as they are.

    That is the current version again; or, from a source that tells history, any version by its commit. An item of a
    source without history that comes twice in a batch is left out: its current version will be another by then.
    """
    seen = Counter(item.external_id for item in items)
    known = {}
    with rooms.catalogue.read() as session:
        for position, item in enumerate(items):
            document = session.documents.find(source.name, item.external_id)
            once = seen[item.external_id] == 1
            if document is not None and _recorded(item, document, rooms.classifier, session, once=once):
                known[position] = KnownDocument(item, document.current_version)
    return known


def still_recorded(known: KnownDocument, document: Document | None, session: Reading) -> bool:
    """Say within a transaction whether what `unchanged` said of a document holds, now that nobody else can write.

    Versions never change; so without history it is enough that the same one is current.
    """
    if document is None:
        return False
    if known.item.provenance.commit is not None:
        return _told_before(known.item, document, session)
    return document.state is DocumentState.READY and document.current_version == known.version


def same_version(item: SourceDocument, current: Version) -> bool:
    """Say whether an item is what its current version already records: bytes, title, path and attributes."""
    return (
        _same_content(item, current)
        and current.title == item.title
        and dict(current.provenance.attributes) == dict(item.provenance.attributes)
    )


def _same_content(item: SourceDocument, current: Version) -> bool:
    return current.content_hash == sha256(item.content).hexdigest() and current.provenance.path == item.provenance.path


def _same_once_masked(item: SourceDocument, current: Version, classifier: Classifier) -> bool:
    try:
        return _same_content(item, current) and same_version(presentable(item, classifier), current)
    except Unreadable:
        return False  # it is read again, and ends as what cannot be scanned


def _told_before(item: SourceDocument, document: Document, session: Reading) -> bool:
    """Say whether a version of this commit is on record, unless the document returns by it from a deletion."""
    commit = item.provenance.commit
    versions = session.documents.versions(document.id)
    returned = document.state is DocumentState.DELETED and versions[-1].provenance.commit == commit
    return not returned and any(version.provenance.commit == commit for version in versions)


def _recorded(
    item: SourceDocument, document: Document, classifier: Classifier, session: Reading, *, once: bool
) -> bool:
    """What is said besides the text may differ only because it was masked."""
    if item.provenance.commit is not None:
        return _told_before(item, document, session)
    current = session.documents.version(document.id, document.current_version)
    if not once or document.state is not DocumentState.READY or current is None:
        return False
    return same_version(item, current) or _same_once_masked(item, current, classifier)


Received = tuple[str, PartitionedText | Unreadable]
"""The hash under which bytes are kept, and what they say, or why nobody knows."""


def receive(item: SourceDocument, source: Source, rooms: Rooms) -> Received:
    """Keep the bytes of a document and read them."""
    return _received(item, rooms.raw.put(source.name, item.content), rooms)


def receive_all(items: Iterable[SourceDocument], source: Source, rooms: Rooms) -> Generator[Received, None, None]:
    """Receive documents in order, each while the one before it is worked on, and keep the bytes of one more meanwhile.

    That is done in threads beside the walk; the catalogue is not asked.
    """
    with (
        closing(ahead((item, rooms.raw.put(source.name, item.content)) for item in items)) as kept,
        closing(ahead(_received(item, content_hash, rooms) for item, content_hash in kept)) as received,
    ):
        yield from received


def _received(item: SourceDocument, content_hash: str, rooms: Rooms) -> Received:
    try:
        return content_hash, read(item, rooms.partitioner)
    except Unreadable as unreadable:
        return content_hash, unreadable


def read(item: SourceDocument, partitioner: Partitioner) -> PartitionedText:
    """Return the text and structure of a document. Raises `Unreadable`, also for a text without a single word."""
    name = PurePosixPath(item.provenance.path or item.external_id).name
    partitioned = partitioner.partition(item.content, item.media_type, name)
    if not partitioned.text.strip():
        raise Unreadable("The document holds no text; nothing of it can be found, so leave it out or put text in.")
    return partitioned
