"""The outbox relay: the index follows the catalogue.

An entry says only *which* point changed; what is published is the point's state as the catalogue has it now, so that
entries may be applied twice, or late, with the same result. An entry is dropped after the index has made it durable.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Protocol

from memory.domain.errors import IndexUnavailable
from memory.domain.ports.catalogue import Catalogue, OutboxEntry, OutboxKind, PointRecord, Reading
from memory.domain.ports.encoder import Model, Vector
from memory.domain.ports.index import Index, IndexPoint

BATCH = 1_000
"""Entries per round: a second of work at most, so that withdrawals behind it wait no longer."""


Kept = Callable[[], bool]
"""Says whether a turn is still ours: what is held over a network can be lost without being given back."""


class Turns(Protocol):
    """Lets one relay at a time write the index: two could put an older state of a point over a newer one."""

    def take(self, *, wait: bool) -> AbstractContextManager[Kept | None]:
        """Take the turn for a block; None when another has it and `wait` is false."""
        ...


class OwnTurns:
    """Turns among the threads of one process, for an index that one process owns."""

    def __init__(self) -> None:
        self._lock = Lock()

    @contextmanager
    def take(self, *, wait: bool) -> Iterator[Kept | None]:
        """Wait for the turn in any case, so that what was staged is published when this returns."""
        with self._lock:
            yield lambda: True


class Relay:
    """Drains the outbox into the index; one drain at a time."""

    def __init__(self, catalogue: Catalogue, index: Index, model: Model, turns: Turns | None = None) -> None:
        self._catalogue = catalogue
        self._index = index
        self._model = model
        self._turns = turns or OwnTurns()

    def drain(self) -> int:
        """Bring the index up to date; return the number of points written. Raises `IndexUnavailable`.

        While another process does so nothing is written here: it, or the next to look, takes what was staged meanwhile.
        """
        with self._turns.take(wait=False) as kept:
            return 0 if kept is None else self._drain(kept)

    def rebuild(self) -> int:
        """Fill an empty index from the catalogue and the embedding cache, without one inference.

        Nothing is emptied that cannot be filled again. What has to be published is in the outbox before the index is
        empty: an interrupted rebuild goes on with the next drain, in whatever process. Raises `IndexUnavailable`.
        """
        for page in self._pages():
            with self._catalogue.read() as session:
                self._vectors(session.outbox.points(page), session)
        with self._turns.take(wait=True) as kept:
            self._stage_all()
            self._index.clear()
            if kept is None or not kept():
                # Another may have published what was staged before the index was empty, and dropped its entries.
                self._stage_all()
                return 0
            return self._drain(kept)

    def _stage_all(self) -> None:
        for page in self._pages():
            with self._catalogue.write() as session:
                session.outbox.enqueue([OutboxEntry(point_id, OutboxKind.PUBLISH) for point_id in page])

    def _drain(self, kept: Kept) -> int:
        written = 0
        while (count := self._round(kept)) is not None:
            written += count
        return written

    def _round(self, kept: Kept) -> int | None:
        with self._catalogue.read() as session:
            entries = session.outbox.pending(BATCH)
        if not entries:
            return None
        written = self._apply(entries)
        with self._catalogue.write() as session:
            if not kept():
                # Another may have published these points since, newer than we did, and dropped its entries.
                session.outbox.enqueue(entries)
                return None
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
        vectors = self._vectors(records, session)
        texts = session.embeddings.texts(sorted(vectors))
        return [
            IndexPoint(record.state, vectors[record.embedded_hash], texts[record.embedded_hash])
            for record in records.values()
        ]

    def _vectors(self, records: dict[str, PointRecord], session: Reading) -> dict[str, Vector]:
        hashes = sorted({record.embedded_hash for record in records.values()})
        vectors = session.embeddings.vectors(hashes, self._model)
        if missing := len(hashes) - len(vectors):
            raise IndexUnavailable(
                f"{missing} passages have no vector of the model {self._model.name}; run `memory ingest` again."
            )
        return vectors

    def _pages(self) -> Iterator[list[str]]:
        """Yield the ids of all points that the catalogue knows."""
        after = ""
        while page := self._page_after(after):
            yield page
            after = page[-1]

    def _page_after(self, after: str) -> list[str]:
        with self._catalogue.read() as session:
            return session.outbox.all_points(after=after, limit=BATCH)
