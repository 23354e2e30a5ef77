"""The index on Qdrant Edge: the Rust engine in this process, owned by it alone.

Points and questions come in, ids and scores go out. Reads and writes go to one shard; `clear` and `optimize` make
another beside it and let it take over, so searches never wait for either. Writes come one at a time.

A write is durable on return because it ends with the engine's `flush`, which syncs its log and its segments (some
25 ms); the log alone would survive the death of the process, not that of the machine.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event, Lock

from memory.adapters.index import points as form
from memory.adapters.index.edge_words import EdgeWords
from memory.adapters.index.filters import VisibleFilters
from memory.adapters.index.generations import Generations
from memory.adapters.index.optimizing import optimize_in_child
from memory.adapters.index.ownership import Ownership
from memory.adapters.index.serving import Serving
from memory.adapters.index.shard import Shard
from memory.adapters.index.terms import query_terms
from memory.domain.errors import IndexUnavailable
from memory.domain.ports.encoder import Vector
from memory.domain.ports.index import IndexPoint, PointState
from memory.domain.retrieval import Narrowing, Plan, Scored, VisibleSet

GRAPH_FROM = 10_000
"""Points in a segment from which `optimize` builds a graph; fewer are searched exactly in some 5 ms."""

PAGE = 1_000
CLOSED = "The index is closed; start the service again."

Change = Callable[[Shard], None]


def open_edge_index(folder: Path, dimension: int, *, graph_from: int = GRAPH_FROM) -> "EdgeIndex":
    """Open the index in `folder`, or begin one, for vectors of `dimension`; this process owns it until `close`.

    An index that cannot be read still opens: every call then raises `IndexUnavailable` until `clear` begins it anew.
    Raises `IndexOwnedElsewhere`.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ownership = Ownership(folder)
    try:
        return EdgeIndex(Generations(folder, dimension), ownership, dimension, graph_from)
    except BaseException:
        ownership.release()
        raise


class EdgeIndex:
    """The embedded `Index`; safe from any number of threads. Made by `open_edge_index`."""

    def __init__(self, generations: Generations, ownership: Ownership, dimension: int, graph_from: int) -> None:
        self._generations = generations
        self._ownership = ownership
        self._dimension = dimension
        self._graph_from = graph_from
        self._serving = Serving()
        self._filters = VisibleFilters(EdgeWords())
        self._writing = Lock()
        self._optimizing = Lock()
        self._closing = Event()
        self._released = False
        # Changes made since the shard was copied for optimising; None when no copy is waiting for them.
        self._journal: list[Change] | None = None
        self._open()

    def search_dense(
        self, vector: Vector, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the nearest points by cosine, walking the vectors as the plan says."""
        allowed = self._filters.of(visible)
        if allowed is None:
            return []
        numbers = form.numbers(vector, self._dimension)
        with self._serving.shard() as shard:
            return shard.search_dense(numbers, allowed.narrowed(narrowing), plan, limit)

    def search_sparse(
        self, query: str, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the best points by BM25, always exactly, in the languages of the plan."""
        allowed = self._filters.of(visible)
        terms = query_terms(query, plan.languages)
        if allowed is None or not terms:
            return []
        with self._serving.shard() as shard:
            return shard.search_sparse(terms, allowed.narrowed(narrowing), allowed.whole, limit)

    def publish(self, points: Sequence[IndexPoint]) -> None:
        """Add or replace points; an empty sequence costs nothing."""
        engine_points = [form.engine_point(point, self._dimension) for point in points]
        if engine_points:
            self._write(lambda shard: shard.publish(engine_points))

    def govern(self, states: Sequence[PointState]) -> None:
        """Replace what filters read on existing points; their vectors stay."""
        if states:
            self._write(lambda shard: shard.govern(states))

    def remove(self, point_ids: Sequence[str]) -> None:
        """Delete points; their bytes leave the disk with the next `optimize`, the engine's log excepted."""
        if point_ids:
            self._write(lambda shard: shard.remove(point_ids))

    def states(self) -> Iterator[tuple[str, PointState | None]]:
        """Yield the state of every point by pages; points written meanwhile may or may not be among them."""
        after = None
        while True:
            with self._serving.shard() as shard:
                page, after = shard.states(after, PAGE)
            yield from page
            if after is None:
                return

    def count(self) -> int:
        """Return the number of points."""
        with self._serving.shard() as shard:
            return shard.count()

    def clear(self) -> None:
        """Begin an empty index, whatever became of the one before."""
        with self._writing:
            if self._closing.is_set():
                raise IndexUnavailable(CLOSED)
            self._begin()

    def optimize(self) -> None:
        """Optimise a copy in a child process, bring it up to date and let it take over; returns when it has.

        Searches go on, and writes but for the moments of copying and catching up. Calls wait for one another.
        """
        with self._optimizing:
            with self._writing:
                copy = self._copy()
            try:
                if optimize_in_child(copy, self._dimension, self._outdated):
                    self._adopt(copy)
            finally:
                with self._writing:
                    self._journal = None
                    self._generations.sweep()

    def close(self) -> None:
        """Give up optimising, wait for the calls inside, flush, and release the folder. Doing it twice is harmless."""
        self._closing.set()
        with self._optimizing, self._writing:
            if not self._released:
                self._serving.refuse(CLOSED)
                self._ownership.release()
                self._released = True

    def _open(self) -> None:
        try:
            current = self._generations.current()
            if current is None:
                self._begin()
            else:
                self._serving.serve(Shard.load(current, self._dimension))
                self._generations.sweep()
        except IndexUnavailable as error:
            self._serving.refuse(str(error))

    def _begin(self) -> None:
        self._journal = None
        path = self._generations.new()
        self._take_over(path, Shard.create(path, self._dimension, self._graph_from))
        self._generations.sweep()

    def _take_over(self, path: Path, shard: Shard) -> None:
        self._generations.promote(path)
        self._serving.serve(shard)

    def _write(self, change: Change) -> None:
        with self._writing:
            with self._serving.shard() as shard:
                change(shard)
                shard.flush()
            if self._journal is not None:
                self._journal.append(change)

    def _copy(self) -> Path:
        with self._serving.shard() as shard:
            shard.flush()
        copy = self._generations.copy()
        self._journal = []
        return copy

    def _outdated(self) -> bool:
        """Say whether the copy that is being optimised is no longer wanted: the index was cleared or closes."""
        return self._journal is None or self._closing.is_set()

    def _adopt(self, copy: Path) -> None:
        with self._writing:
            if self._journal is None:
                return
            shard = Shard.load(copy, self._dimension)
            for change in self._journal:
                change(shard)
            shard.flush()
            self._generations.settle(copy)
            self._take_over(copy, shard)
