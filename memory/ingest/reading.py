"""The first room: bytes to canonical text, unless the bytes are already known.

Enters: a `SourceDocument`. Leaves: its `PartitionedText`, or `Unreadable` with a reason for people.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePosixPath

from memory.domain.documents import DocumentState, PartitionedText, SourceDocument, Version
from memory.domain.errors import Unreadable
from memory.domain.governance import Source
from memory.domain.ports.catalogue import Reading
from memory.domain.ports.classifier import Classifier
from memory.domain.ports.partitioner import Partitioner
from memory.ingest.classification import presentable
from memory.ingest.rooms import KnownDocument, Rooms


def unchanged(items: Sequence[SourceDocument], source: Source, rooms: Rooms) -> dict[int, KnownDocument]:
    """Return, by position in `items`, those that the catalogue already records as they are.

    That is the current version again; or, from a source that tells history, any version by its commit. An item of a
    source without history that comes twice in a batch is left out: its current version will be another by then.
    """
    seen = Counter(item.external_id for item in items)
    with rooms.catalogue.read() as session:
        return {
            position: KnownDocument(item, sha256(item.content).hexdigest())
            for position, item in enumerate(items)
            if _recorded(item, source, rooms.classifier, session, once=seen[item.external_id] == 1)
        }


def same_version(item: SourceDocument, current: Version) -> bool:
    """Say whether an item is what its current version already records: bytes, title, path and attributes."""
    return (
        current.content_hash == sha256(item.content).hexdigest()
        and current.title == item.title
        and current.provenance.path == item.provenance.path
        and dict(current.provenance.attributes) == dict(item.provenance.attributes)
    )


def _recorded(item: SourceDocument, source: Source, classifier: Classifier, session: Reading, *, once: bool) -> bool:
    """A title that differs may only have been masked."""
    document = session.documents.find(source.name, item.external_id)
    if document is None:
        return False
    if (commit := item.provenance.commit) is not None:
        versions = session.documents.versions(document.id)
        returned = document.state is DocumentState.DELETED and versions[-1].provenance.commit == commit
        return not returned and any(version.provenance.commit == commit for version in versions)
    current = session.documents.version(document.id, document.current_version)
    if not once or document.state is not DocumentState.READY or current is None:
        return False
    return same_version(item, current) or (
        current.title != item.title and same_version(presentable(item, classifier), current)
    )


def read(item: SourceDocument, partitioner: Partitioner) -> PartitionedText:
    """Return the text and structure of a document. Raises `Unreadable`, also for a text without a single word."""
    name = PurePosixPath(item.provenance.path or item.external_id).name
    partitioned = partitioner.partition(item.content, item.media_type, name)
    if not partitioned.text.strip():
        raise Unreadable("The document holds no text.")
    return partitioned
