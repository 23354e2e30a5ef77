"""The fifth room: masked texts become vectors, each text once for ever.

Enters: prepared documents. Leaves: the texts they embed and the vectors that were not yet cached. The cache is keyed
by the exact text and model, across documents: a rename, a restore or a duplicate costs nothing.
"""

from collections.abc import Sequence

from memory.ingest.rooms import EmbeddedTexts, Prepared, ReadDocument, Rooms


def embed(prepared: Sequence[Prepared], rooms: Rooms) -> EmbeddedTexts:
    """Return the texts of a batch by hash, and vectors for those without one."""
    chunks = [chunk for document in prepared if isinstance(document, ReadDocument) for chunk in document.chunks]
    texts = {chunk.masked_hash: chunk.masked for chunk in chunks}
    texts |= {chunk.clear.hash: chunk.clear.text for chunk in chunks if chunk.clear is not None}
    with rooms.catalogue.read() as session:
        cached = session.embeddings.vectors(list(texts), rooms.encoder.model)
    missing = [key for key in texts if key not in cached]
    vectors = rooms.encoder.encode_passages([texts[key] for key in missing])
    return EmbeddedTexts(texts, dict(zip(missing, vectors, strict=True)))
