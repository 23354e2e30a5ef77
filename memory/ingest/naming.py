"""Names for documents, chunks and points: opaque, of constant length, and the same every time.

A name is a keyed hash of what it stands for, so it says nothing to who does not hold the key, does not depend on what
else is stored (a counter would tell how many hidden documents came before), and survives a rebuild. A chunk is named
by its *masked* text: equal ranks are ordered by name, and the order must not depend on a value the reader may not see.
"""

import hashlib
import hmac
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Naming:
    """Derives names from one secret of the home."""

    secret: bytes

    def document(self, source: str, external_id: str) -> str:
        """Return the id of a document."""
        return self._name("document", source, external_id)

    def chunk(self, document_id: str, embedded_hash: str, repeat: int) -> str:
        """Return the id of a chunk; `repeat` counts equal paragraphs of one document from 0."""
        return self._name("chunk", document_id, embedded_hash, str(repeat))

    def point(self, chunk_id: str, opened_by: int, variant: str) -> str:
        """Return the id of the point for the interval that version `opened_by` opened."""
        return self._name("point", chunk_id, str(opened_by), variant)

    def _name(self, *parts: str) -> str:
        message = b"".join(len(data := part.encode()).to_bytes(8, "big") + data for part in parts)
        return str(uuid.UUID(bytes=hmac.digest(self.secret, message, "sha256")[:16]))


def fingerprint(text: str) -> str:
    """Return SHA-256 of a text, hex: the key of texts and of the embedding cache."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
