"""The fifth room: masked texts become vectors, each text once for ever.

Enters: prepared documents, as they come. Leaves: all of them, the texts they embed, and what waits for the vectors that
are not yet cached. The cache is keyed by the exact text and model, across documents: a rename, a restore or a duplicate
costs nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import islice
from threading import Event

from memory.domain.ports.encoder import Vector
from memory.ingest.containers import flattened
from memory.ingest.rooms import EmbeddedBatch, Prepared, ReadDocument, Rooms

MOST = 8
"""Documents whose texts are looked up in the cache at once."""


def embed(
    preparing: Iterable[Prepared], rooms: Rooms, *, in_flight: Set[str] = frozenset(), given_up: Event | None = None
) -> EmbeddedBatch:
    """Return a batch with its texts by hash, and begin to make vectors for those without one.

    `in_flight` are hashes of texts that the batch before, which commits first, brings vectors of. While the encoder
    works on the texts of some documents, the next ones are read: one, then two, then four, so that it soon has
    something to do and the cache is asked seldom.
    """
    documents: list[Prepared] = []
    texts: dict[str, str] = {}
    missing: list[str] = []

    def wanted() -> Iterator[str]:
        for few in _growing(preparing):
            documents.extend(few)
            further = {key: text for key, text in _texts(few) if key not in texts}
            texts.update(further)
            uncached = further.keys() - in_flight - _cached(further, rooms).keys()
            for key in filter(uncached.__contains__, further):
                missing.append(key)
                yield further[key]

    encoded = rooms.encoder.begin_passages(wanted(), given_up or Event())
    return EmbeddedBatch(documents, texts, missing, encoded)


def _growing(preparing: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    """Yield documents in groups, each twice as long as the one before, up to a limit."""
    coming = iter(preparing)
    size = 1
    while few := list(islice(coming, size)):
        yield few
        size = min(2 * size, MOST)


def _texts(documents: Iterable[Prepared]) -> Iterator[tuple[str, str]]:
    """Yield hash and text of what documents embed, with the documents found inside them."""
    for each in flattened(documents):
        for chunk in each.chunks if isinstance(each, ReadDocument) else ():
            yield chunk.masked_hash, chunk.masked
            if chunk.clear is not None:
                yield chunk.clear.hash, chunk.clear.text


def _cached(texts: Mapping[str, str], rooms: Rooms) -> Mapping[str, Vector]:
    if not texts:
        return {}
    with rooms.catalogue.read() as session:
        return session.embeddings.vectors(list(texts), rooms.encoder.model)
