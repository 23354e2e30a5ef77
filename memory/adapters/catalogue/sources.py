"""Registered sources, the idempotency keys that were used on them, and their syncs."""

from sqlalchemy import select, update

from memory.adapters.catalogue.syncs import SqlSyncReader, SqlSyncWriter
from memory.adapters.catalogue.tables import idempotency_keys, sources
from memory.domain.errors import Conflict
from memory.domain.governance import Source


class SqlSourceReader(SqlSyncReader):
    """Reads of registered sources."""

    def get(self, name: str) -> Source | None:
        """Return a source by name."""
        row = self._connection.execute(select(sources).where(sources.c.name == name)).one_or_none()
        return None if row is None else Source(*row)

    def all(self) -> list[Source]:
        """Return all sources, by name."""
        return [Source(*row) for row in self._connection.execute(select(sources).order_by(sources.c.name))]

    def remembered(self, source: str, key: str) -> tuple[str, str] | None:
        """Return (request digest, response JSON) of an idempotency key that was used."""
        statement = select(idempotency_keys.c.digest, idempotency_keys.c.response)
        used = (idempotency_keys.c.source == source) & (idempotency_keys.c.key == key)
        row = self._connection.execute(statement.where(used)).one_or_none()
        return None if row is None else (row.digest, row.response)


class SqlSourceWriter(SqlSourceReader, SqlSyncWriter):
    """Changes to sources."""

    def put(self, source: Source) -> None:
        """Add or replace a source; suspending it or letting it return advances the epoch."""
        known = self.get(source.name)
        if (known is None or known.active) != source.active:
            self._counters.epoch("source")
        values = {name: getattr(source, name) for name in Source.__slots__}
        if known is None:
            self._add(sources, [values])
        elif known != source:
            self._connection.execute(update(sources).where(sources.c.name == source.name).values(values))

    def set_checkpoint(self, name: str, checkpoint: str | None) -> None:
        """Remember how far a sync got. Raises `Conflict` for a source that is not registered."""
        statement = update(sources).where(sources.c.name == name).values(checkpoint=checkpoint)
        if self._connection.execute(statement).rowcount == 0:
            raise Conflict("This source is not registered; register it before its first sync.")

    def remember(self, source: str, key: str, digest: str, response: str) -> None:
        """Keep the outcome of an idempotent request; a key that was used is a `Conflict`."""
        self._add(idempotency_keys, [{"source": source, "key": key, "digest": digest, "response": response}])
