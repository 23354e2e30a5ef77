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
from memory.domain.ports.partitioner import Partitioner
from memory.ingest.rooms import KnownDocument, Rooms


def unchanged(items: Sequence[SourceDocument], source: Source, rooms: Rooms) -> dict[str, KnownDocument]:
    """Return, by external id, the items whose bytes and names are those of their current, readable version.

    An item that comes more than once in the batch is left out: its current version will be another by then.
    """
    seen = Counter(item.external_id for item in items)
    with rooms.catalogue.read() as session:
        return {
            item.external_id: KnownDocument(item, current.content_hash)
            for item in items
            if seen[item.external_id] == 1
            and (current := _current(item, source, session)) is not None
            and same_version(item, current)
        }


def same_version(item: SourceDocument, current: Version) -> bool:
    """Say whether an item is what its current version already records: bytes, title, path and attributes."""
    return (
        current.content_hash == sha256(item.content).hexdigest()
        and current.title == item.title
        and current.provenance.path == item.provenance.path
        and dict(current.provenance.attributes) == dict(item.provenance.attributes)
    )


def read(item: SourceDocument, partitioner: Partitioner) -> PartitionedText:
    """Return the text and structure of a document. Raises `Unreadable`, also for a text without a single word."""
    name = PurePosixPath(item.provenance.path or item.external_id).name
    partitioned = partitioner.partition(item.content, item.media_type, name)
    if not partitioned.text.strip():
        raise Unreadable("The document holds no text.")
    return partitioned


def _current(item: SourceDocument, source: Source, session: Reading) -> Version | None:
    document = session.documents.find(source.name, item.external_id)
    if document is None or document.state is not DocumentState.READY:
        return None
    return session.documents.version(document.id, document.current_version)

