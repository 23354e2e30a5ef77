"""The embedding cache: vectors and embedded texts, by the SHA-256 of the exact text."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, bindparam, insert, select

from memory.adapters.catalogue import tables
from memory.adapters.catalogue.prepared import Prepared, padded
from memory.adapters.catalogue.tables import embedded_texts, models
from memory.adapters.catalogue.texts import UTF_8
from memory.adapters.catalogue.transaction import Reader, Writer, batches
from memory.domain.ports.encoder import Model, Vector

# Texts in one query of vectors.
_HASHES = 256


@lru_cache
def _cached(count: int) -> Prepared:
    """Return the query of the vectors of `count` texts."""
    hashes = [bindparam(f"hash_{number}", type_=tables.vectors.c.hash.type) for number in range(count)]
    return Prepared(
        select(tables.vectors.c.hash, tables.vectors.c.vector)
        .join(models, models.c.id == tables.vectors.c.model)
        .where(*(models.c[name] == bindparam(name) for name in Model.__slots__), tables.vectors.c.hash.in_(hashes))
    )


class SqlEmbeddingReader(Reader):
    """Reads of the cache."""

    def vectors(self, hashes: Sequence[str], model: Model) -> dict[str, Vector]:
        """Return the cached vectors of these texts (SHA-256, hex) for exactly this model."""
        of_model = {name: getattr(model, name) for name in Model.__slots__}
        found: dict[str, Vector] = {}
        for batch in batches(hashes, _HASHES):
            asked = {f"hash_{number}": hash_ for number, hash_ in enumerate(padded(batch))}
            rows = _cached(len(asked)).rows(self._connection, {**of_model, **asked})
            found.update((hash_, vector) for hash_, vector in rows)
        return found

    def texts(self, hashes: Sequence[str]) -> dict[str, str]:
        """Return the embedded texts themselves (masked, as the engine's terms need them)."""
        found: dict[str, str] = {}
        for batch in batches(hashes):
            rows = self._connection.execute(select(embedded_texts).where(embedded_texts.c.hash.in_(batch)))
            found.update((hash_, body.decode(*UTF_8)) for hash_, body in rows)
        return found

    def _model(self, model: Model) -> int | None:
        return self._connection.scalar(select(models.c.id).where(*_equal(model)))


class SqlEmbeddingWriter(SqlEmbeddingReader, Writer):
    """Additions to the cache."""

    def put_vectors(self, vectors: Mapping[str, Vector], model: Model) -> None:
        """Keep vectors; the same again changes nothing."""
        known = self._model(model) or self._add_model(model)
        self._add_missing(tables.vectors, [{"model": known, "hash": h, "vector": v} for h, v in vectors.items()])

    def put_texts(self, texts: dict[str, str]) -> None:
        """Keep embedded texts; the same again changes nothing."""
        self._add_missing(embedded_texts, [{"hash": h, "body": text.encode(*UTF_8)} for h, text in texts.items()])

    def _add_model(self, model: Model) -> int | None:
        self._connection.execute(insert(models).values({name: getattr(model, name) for name in Model.__slots__}))
        return self._model(model)


def _equal(model: Model) -> list[ColumnElement[bool]]:
    return [getattr(models.c, name) == getattr(model, name) for name in Model.__slots__]
