"""The fifth room: masked texts become vectors, each text once for ever.

Enters: prepared documents, as they come. Leaves: all of them, the texts they embed, and what waits for the vectors that
are not yet cached. The cache is keyed by the exact text and model, across documents: a rename, a restore or a duplicate
costs nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from threading import Event

from memory.domain.ports.encoder import Vector
from memory.ingest.containers import flattened
from memory.ingest.rooms import EmbeddedBatch, Prepared, ReadDocument, Rooms


def embed(
    preparing: Iterable[Prepared], rooms: Rooms, *, in_flight: Set[str] = frozenset(), given_up: Event | None = None
) -> EmbeddedBatch:
    """Return a batch with its texts by hash, and begin to make vectors for those without one.

    `in_flight` are hashes of texts that the batch before, which commits first, brings vectors of. The documents are
    asked for one by one: while the encoder works on those that are prepared, the next one is read.
    """
    documents: list[Prepared] = []
    texts: dict[str, str] = {}
    missing: list[str] = []

    def wanted() -> Iterator[str]:
        for document in preparing:
            documents.append(document)
            further = {key: text for key, text in _texts(document) if key not in texts}
            texts.update(further)
            uncached = further.keys() - in_flight - _cached(further, rooms).keys()
            for key in filter(uncached.__contains__, further):
                missing.append(key)
                yield further[key]

    encoded = rooms.encoder.begin_passages(wanted(), given_up or Event())
    return EmbeddedBatch(documents, texts, missing, encoded)


def _texts(document: Prepared) -> Iterator[tuple[str, str]]:
    """Yield hash and text of what a document embeds, with the documents found inside it."""
    for each in flattened([document]):
        for chunk in each.chunks if isinstance(each, ReadDocument) else ():
            yield chunk.masked_hash, chunk.masked
            if chunk.clear is not None:
                yield chunk.clear.hash, chunk.clear.text


def _cached(texts: Mapping[str, str], rooms: Rooms) -> Mapping[str, Vector]:
    if not texts:
        return {}
    with rooms.catalogue.read() as session:
        return session.embeddings.vectors(list(texts), rooms.encoder.model)
