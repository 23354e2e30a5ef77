"""One shard of the engine, configured and spoken to in our way; the only place that calls it.

Whoever uses a shard sees to it that writes come one at a time and that nothing comes after `close`. The engine holds
the interpreter lock during a call, so a search sees each operation wholly or not at all.

Every failure of the engine becomes `IndexUnavailable` here. Its errors are bare `Exception`s, a Rust panic is a
`BaseException`, and it does not notice all damage to its files when it loads.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import qdrant_edge as engine

from memory.adapters.index import points
from memory.domain.errors import IndexOwnedElsewhere, IndexUnavailable
from memory.domain.ports.index import PointState
from memory.domain.retrieval import Plan, Scored, SearchMode

BATCH = 256
"""Points per operation: bounds how long one call keeps every other thread from running (256 points: some 10 ms)."""


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Translate whatever the engine raises while `doing` something."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__module__ != "pyo3_runtime":
            raise  # a KeyboardInterrupt is not the engine's
        raise IndexUnavailable(f"The index failed {doing}; try again, or rebuild it with `memory reindex`.") from error


class Shard:
    """A folder of the engine that is open."""

    def __init__(self, shard: Any, dimension: int) -> None:
        self._shard = shard
        self._dimension = dimension

    @classmethod
    def create(cls, folder: Path, dimension: int, graph_from: int) -> Self:
        """Make an empty shard. Segments of `graph_from` points or more get a graph when it is optimised."""
        with engine_errors("being created"):
            folder.mkdir(parents=True)
            shard = engine.EdgeShard.create(str(folder), _configuration(dimension, graph_from))
            for field, parameters in points.field_indexes().items():
                shard.update(engine.UpdateOperation.create_field_index(field, parameters))
            shard.flush()
        return cls(shard, dimension)

    @classmethod
    def load(cls, folder: Path, dimension: int) -> Self:
        """Open a shard; what was acknowledged and not yet in its segments is replayed from the engine's log."""
        with engine_errors("being opened"):
            try:
                shard = engine.EdgeShard.load(str(folder))
            except Exception as error:
                if "WouldBlock" in str(error):  # the engine's own lock, behind ours
                    raise IndexOwnedElsewhere from error
                raise
            # A shard that lost its segments opens as an empty one; its field indexes are gone with them.
            if not points.field_indexes().keys() <= shard.info().payload_schema.keys():
                shard.close()
                raise IndexUnavailable("The index has lost segments; run `memory reindex`.")
        return cls(shard, dimension)

    def search_dense(self, vector: list[float], allowed: Any, plan: Plan, limit: int) -> list[Scored]:
        """Return the nearest of the allowed points by cosine."""
        nearest = engine.Query.Nearest(vector, using=points.DENSE)
        return self._search(nearest, allowed, _walk(plan), limit)

    def search_sparse(self, terms: Any, allowed: Any, corpus: Any, limit: int) -> list[Scored]:
        """Return the best of the allowed points by BM25, document frequencies counted over `corpus`."""
        query = engine.SparseVector(list(terms), list(terms.values()))
        nearest = engine.Query.Nearest(query, using=points.SPARSE)
        return self._search(nearest, allowed, engine.SearchParams(idf=engine.IdfParams(corpus=corpus)), limit)

    def _search(self, query: Any, allowed: Any, params: Any, limit: int) -> list[Scored]:
        request = engine.QueryRequest(limit=limit, query=query, filter=allowed, params=params)
        with engine_errors("during a search"):
            found = self._shard.query(request)
        return [Scored(points.canonical(hit.id), hit.score) for hit in found]

    def publish(self, engine_points: Sequence[Any]) -> None:
        """Add or replace points."""
        with engine_errors("while points were published"):
            for batch in _batches(engine_points):
                self._shard.update(engine.UpdateOperation.upsert_points(batch))

    def govern(self, states: Sequence[PointState]) -> None:
        """Replace the payload of the points that exist; equal payloads travel together."""
        payloads: dict[str, tuple[dict[str, Any], list[str]]] = {}
        latest = {points.canonical(state.id): state for state in states}
        with engine_errors("while points were governed"):
            # An operation that names an unknown point is refused as a whole, after it went into the engine's log.
            for point_id in self._known(list(latest)):
                body = points.payload(latest[point_id])
                payloads.setdefault(repr(body), (body, []))[1].append(point_id)
            for body, ids in payloads.values():
                for batch in _batches(ids):
                    self._shard.update(engine.UpdateOperation.overwrite_payload(batch, body))

    def _known(self, ids: Sequence[str]) -> Iterator[str]:
        for batch in _batches(ids):
            for record in self._shard.retrieve(batch, with_payload=False, with_vector=False):
                yield points.canonical(record.id)

    def remove(self, ids: Sequence[str]) -> None:
        """Delete points; unknown ones are skipped by the engine."""
        with engine_errors("while points were removed"):
            for batch in _batches([points.canonical(point_id) for point_id in ids]):
                self._shard.update(engine.UpdateOperation.delete_points(batch))

    def states(self, after: Any, limit: int) -> tuple[list[tuple[str, PointState | None]], Any]:
        """Return one page of ids and states, ordered by id, and where the next page begins."""
        with engine_errors("while points were listed"):
            request = engine.ScrollRequest(offset=after, limit=limit, with_payload=True, with_vector=False)
            records, following = self._shard.scroll(request)
        page = [(points.canonical(record.id), record.payload) for record in records]
        return [(point_id, points.state(point_id, body)) for point_id, body in page], following

    def count(self) -> int:
        """Return the number of points."""
        with engine_errors("while points were counted"):
            return int(self._shard.count(engine.CountRequest(exact=True)))

    def flush(self) -> None:
        """Put everything applied so far on the disk: log and segments, synced before this returns."""
        with engine_errors("while it was written to disk"):
            self._shard.flush()

    def optimize(self) -> None:
        """Merge segments, drop what was deleted and build graphs; every thread of this process waits meanwhile."""
        with engine_errors("while it was optimised"):
            self._shard.optimize()
            self._shard.flush()

    def close(self) -> None:
        """Flush and release the files."""
        with engine_errors("being closed"):
            self._shard.close()


def _configuration(dimension: int, graph_from: int) -> Any:
    """Return the engine's configuration, which it keeps in the shard and the optimising child reads there."""
    return engine.EdgeConfig(
        vectors={points.DENSE: engine.EdgeVectorParams(size=dimension, distance=engine.Distance.Cosine)},
        sparse_vectors={points.SPARSE: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf)},
        # m, ef_construct and full_scan_threshold (KB) are the engine's defaults; one thread leaves a core to searches.
        hnsw_config=engine.HnswIndexConfig(m=16, ef_construct=100, full_scan_threshold=10_000, max_indexing_threads=1),
        optimizers=engine.EdgeOptimizersConfig(
            indexing_threshold=max(1, graph_from * dimension * 4 // 1024),  # KB of vectors
            default_segment_number=2,
            # Any deleted point is worth a rewrite: a deletion is soft until then, and an erasure must not be.
            deleted_threshold=1e-9,
            vacuum_min_vector_number=0,
        ),
        # Without the log a killed writer can leave payload and field index in disagreement (1 kill of 15); with it the
        # operation is replayed (0 of 15).
        wal_enabled=True,
    )


def _walk(plan: Plan) -> Any:
    if plan.mode is SearchMode.EXACT:
        return engine.SearchParams(exact=True)
    # The engine's estimate of what a union of small values lets through is poor: with a bound of 1 ACORN always serves.
    hops = engine.AcornSearchParams(enable=plan.mode is SearchMode.ACORN, max_selectivity=1.0)
    return engine.SearchParams(hnsw_ef=plan.ef, acorn=hops)


def _batches(items: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), BATCH):
        yield list(items[start : start + BATCH])
