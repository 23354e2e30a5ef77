"""Ports that count their use, by decoration: neither callers nor adapters know.

What enters is a port, what leaves behaves the same and tells a `Meter` of every call: one that fails too, because it
took its time. Properties and `close` are passed on uncounted. What an item is:

    encoder      a text                                partitioner   a document
    classifier   a text                                index         a point found, written, removed or walked over
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Event
from types import TracebackType

from memory.domain.documents import PartitionedText
from memory.domain.governance import Analysis
from memory.domain.ports.classifier import Classifier
from memory.domain.ports.encoder import Encoded, EncodedPassages, Encoder, Model, Vector
from memory.domain.ports.index import Index, IndexPoint, PointState
from memory.domain.ports.partitioner import Partitioner
from memory.domain.retrieval import Narrowing, Plan, Scored, VisibleSet
from memory.domain.usage import Meter, Usage

Seconds = Callable[[], float]
"""A clock that only goes forward; its zero means nothing."""


class _Call:
    """Times one call; a class of its own because a generator-based context manager costs three times as much."""

    __slots__ = ("_begin", "_meter", "_operation", "_port", "_seconds", "items")

    def __init__(self, meter: Meter, seconds: Seconds, port: str, operation: str, items: int) -> None:
        self._meter = meter
        self._seconds = seconds
        self._port = port
        self._operation = operation
        self._begin = 0.0
        self.items = items

    def __enter__(self) -> "_Call":
        self._begin = self._seconds()
        return self

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the time of a block out."""
        begin = self._seconds()
        try:
            yield
        finally:
            self._begin += self._seconds() - begin

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        duration = self._seconds() - self._begin
        self._meter.add(Usage(self._port, self._operation, 1, self.items, duration))


class MeteredEncoder:
    """An `Encoder` that counts."""

    def __init__(self, encoder: Encoder, meter: Meter, *, seconds: Seconds = time.perf_counter) -> None:
        self._encoder = encoder
        self._meter = meter
        self._seconds = seconds

    @property
    def model(self) -> Model:
        """Which model this is."""
        return self._encoder.model

    def encode_query(self, text: str) -> Vector:
        """Return the vector of one query."""
        with self._call("encode_query", 1):
            return self._encoder.encode_query(text)

    def encoding(self, text: str) -> AbstractContextManager[Encoded]:
        """Begin to make the vector of one query; counted until it is there, or the block ends without it."""
        return self._encoding(text)

    @contextmanager
    def _encoding(self, text: str) -> Iterator[Encoded]:
        begin = self._seconds()
        ends: list[float] = []
        with self._encoder.encoding(text) as vector:

            def waited() -> Vector:
                try:
                    return vector()
                finally:
                    ends.append(self._seconds())

            try:
                yield waited
            finally:
                duration = (ends[0] if ends else self._seconds()) - begin
                self._meter.add(Usage("encoder", "encode_query", 1, 1, duration))

    def encode_passages(self, texts: Iterable[str]) -> list[Vector]:
        """Return one vector per text; counted without the time that the texts take to be made."""
        with self._call("encode_passages", 0) as call:
            return self._encoder.encode_passages(self._taken(texts, call))

    def begin_passages(self, texts: Iterable[str], given_up: Event) -> EncodedPassages:
        """Take all texts and return what waits for their vectors; the wait is counted, too."""
        with self._call("encode_passages", 0) as call:
            encoded = self._encoder.begin_passages(self._taken(texts, call), given_up)

        def waited() -> list[Vector]:
            begin = self._seconds()
            try:
                return encoded()
            finally:
                self._meter.add(Usage("encoder", "encode_passages", 0, 0, self._seconds() - begin))

        return waited

    def _taken(self, texts: Iterable[str], call: _Call) -> Iterator[str]:
        making = iter(texts)
        while True:
            with call.paused():
                text = next(making, None)
            if text is None:
                return
            call.items += 1
            yield text

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`."""
        with self._call("count_tokens", 1):
            return self._encoder.count_tokens(text)

    def _call(self, operation: str, items: int) -> _Call:
        return _Call(self._meter, self._seconds, "encoder", operation, items)


class MeteredIndex:
    """An `Index` that counts."""

    def __init__(self, index: Index, meter: Meter, *, seconds: Seconds = time.perf_counter) -> None:
        self._index = index
        self._meter = meter
        self._seconds = seconds

    def search_dense(
        self, vector: Vector, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the nearest points by cosine."""
        with self._call("search_dense") as call:
            found = self._index.search_dense(vector, visible=visible, narrowing=narrowing, plan=plan, limit=limit)
            call.items = len(found)
            return found

    def search_sparse(
        self, query: str, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the best points by BM25."""
        with self._call("search_sparse") as call:
            found = self._index.search_sparse(query, visible=visible, narrowing=narrowing, plan=plan, limit=limit)
            call.items = len(found)
            return found

    def publish(self, points: Sequence[IndexPoint]) -> None:
        """Add or replace points."""
        with self._call("publish", len(points)):
            self._index.publish(points)

    def govern(self, states: Sequence[PointState]) -> None:
        """Bring payloads up to date."""
        with self._call("govern", len(states)):
            self._index.govern(states)

    def remove(self, point_ids: Sequence[str]) -> None:
        """Delete points."""
        with self._call("remove", len(point_ids)):
            self._index.remove(point_ids)

    def states(self) -> Iterator[tuple[str, PointState | None]]:
        """Yield every point; counted when the walk ends, without the time its consumer takes."""
        with self._call("states"):
            states = self._index.states()
        return self._walked(states)

    def count(self) -> int:
        """Return the number of points."""
        with self._call("count"):
            return self._index.count()

    def clear(self) -> None:
        """Remove every point."""
        with self._call("clear"):
            self._index.clear()

    def optimize(self) -> None:
        """Build what makes searches fast."""
        with self._call("optimize"):
            self._index.optimize()

    def close(self) -> None:
        """Release the engine."""
        self._index.close()

    def _walked(self, states: Iterator[tuple[str, PointState | None]]) -> Iterator[tuple[str, PointState | None]]:
        items, duration = 0, 0.0
        try:
            while True:
                begin = self._seconds()
                state = next(states, None)
                duration += self._seconds() - begin
                if state is None:
                    return
                items += 1
                yield state
        finally:
            self._meter.add(Usage("index", "states", 0, items, duration))

    def _call(self, operation: str, items: int = 0) -> _Call:
        return _Call(self._meter, self._seconds, "index", operation, items)


class MeteredPartitioner:
    """A `Partitioner` that counts."""

    def __init__(self, partitioner: Partitioner, meter: Meter, *, seconds: Seconds = time.perf_counter) -> None:
        self._partitioner = partitioner
        self._meter = meter
        self._seconds = seconds

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        """Return canonical text and structure."""
        with _Call(self._meter, self._seconds, "partitioner", "partition", 1):
            return self._partitioner.partition(content, media_type, name)


class MeteredClassifier:
    """A `Classifier` that counts."""

    def __init__(self, classifier: Classifier, meter: Meter, *, seconds: Seconds = time.perf_counter) -> None:
        self._classifier = classifier
        self._meter = meter
        self._seconds = seconds

    @property
    def version(self) -> str:
        """Names the recognizers and their configuration."""
        return self._classifier.version

    def analyse(self, text: str) -> Analysis:
        """Return all findings."""
        with _Call(self._meter, self._seconds, "classifier", "analyse", 1):
            return self._classifier.analyse(text)
