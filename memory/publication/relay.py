"""The outbox relay: the index follows the catalogue.

An entry says only *which* point changed; what is published is the point's state as the catalogue has it now, so that
entries may be applied twice, or late, with the same result. An entry is dropped after the index has made it durable.
"""

from collections.abc import Sequence
from threading import Lock

from memory.domain.errors import IndexUnavailable
from memory.domain.ports.catalogue import Catalogue, OutboxEntry, OutboxKind, PointRecord, Reading
from memory.domain.ports.encoder import Model
from memory.domain.ports.index import Index, IndexPoint

BATCH = 1_000
"""Entries per round: a second of work at most, so that withdrawals behind it wait no longer."""


class Relay:
    """Drains the outbox into the index; one drain at a time."""

    def __init__(self, catalogue: Catalogue, index: Index, model: Model) -> None:
        self._catalogue = catalogue
        self._index = index
        self._model = model
        self._lock = Lock()

    def drain(self) -> int:
        """Bring the index up to date; return the number of points written. Raises `IndexUnavailable`."""
        written = 0
        with self._lock:
            while (count := self._round()) is not None:
                written += count
        return written

    def rebuild(self) -> int:
        """Fill an empty index from the catalogue and the embedding cache, without one inference."""
        written, after = 0, ""
        with self._lock:
            self._index.clear()
            while batch := self._batch_after(after):
                written += self._publish(batch)
                after = batch[-1]
        return written + self.drain()

    def _round(self) -> int | None:
        with self._catalogue.read() as session:
            entries = session.outbox.pending(BATCH)
        if not entries:
            return None
        written = self._apply(entries)
        with self._catalogue.write() as session:
            session.outbox.drained(entries[-1].sequence)
        return written

    def _apply(self, entries: Sequence[OutboxEntry]) -> int:
        """Apply entries by their strongest kind per point: publishing includes governing, removal includes both."""
        kinds = {kind: {entry.point_id for entry in entries if entry.kind is kind} for kind in OutboxKind}
        removed = kinds[OutboxKind.REMOVE]
        published = kinds[OutboxKind.PUBLISH] - removed
        governed = kinds[OutboxKind.GOVERN] - removed - published
        self._index.remove(sorted(removed))
        with self._catalogue.read() as session:
            records = session.outbox.points(sorted(governed))
        self._index.govern([record.state for record in records.values()])
        return len(removed) + len(records) + self._publish(sorted(published))

    def _publish(self, point_ids: Sequence[str]) -> int:
        with self._catalogue.read() as session:
            records = session.outbox.points(point_ids)
            points = self._points(records, session)
        self._index.publish(points)
        return len(points)

    def _points(self, records: dict[str, PointRecord], session: Reading) -> list[IndexPoint]:
        hashes = sorted({record.embedded_hash for record in records.values()})
        vectors = session.embeddings.vectors(hashes, self._model)
        texts = session.embeddings.texts(hashes)
        if missing := len(hashes) - len(vectors):
            raise IndexUnavailable(
                f"{missing} passages have no vector of the model {self._model.name}; run `memory ingest` again."
            )
        return [
            IndexPoint(record.state, vectors[record.embedded_hash], texts[record.embedded_hash])
            for record in records.values()
        ]

    def _batch_after(self, after: str) -> list[str]:
        with self._catalogue.read() as session:
            return session.outbox.all_points(after=after, limit=BATCH)
