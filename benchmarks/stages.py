"""Where the time of the write walk goes: its ports, each with a watch on it.

Times are those of the wall, and exclusive within a thread: what a stage waits for in another stage is that one's. The
walk reads, scans and embeds one batch while it commits the one before, so the shares of its stages may add up to more
than one; `embed` is what a batch waits for vectors after everything else of it is done.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from threading import Event
from typing import Any, TypeVar, cast

from memory.domain.ports.catalogue import Catalogue, Writing
from memory.domain.ports.encoder import EncodedPassages, Encoder, Vector
from memory.ingest.rooms import Rooms

T = TypeVar("T")
STAGES = ("parse", "scan", "cut", "languages", "embed", "write")
"""What is told apart. `cut` is counting tokens; `write` is everything durable: raw files, catalogue, log and index."""


REST = "rest"
"""What no stage claims."""


class Watch:
    """Adds up the seconds of stages over all threads."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._own = threading.local()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Give the time of a block to a stage, and take it from the one around it in the same thread."""
        around = getattr(self._own, "running", REST)
        self._turn(around)
        self._own.running = name
        try:
            yield
        finally:
            self._turn(name)
            self._own.running = around

    def _turn(self, running: str) -> None:
        now = time.perf_counter()
        with self._lock:
            self.seconds[running] += now - getattr(self._own, "since", now)  # type: ignore[assignment] # of seconds
        self._own.since = now


class _Watched:
    """A port whose calls belong to stages, by name of the method."""

    def __init__(self, port: object, watch: Watch, stages: dict[str, str]) -> None:
        self._port = port
        self._watch = watch
        self._stages = stages

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in self._stages:
            return found

        def call(*arguments: Any) -> Any:
            with self._watch.stage(self._stages[name]):
                return found(*arguments)

        return call


class _WatchedCatalogue(_Watched):
    """A catalogue whose writing sessions are one stage as a whole."""

    def write(self) -> AbstractContextManager[Writing]:
        return self._write()

    @contextmanager
    def _write(self) -> Iterator[Writing]:
        with self._watch.stage("write"), cast("Catalogue", self._port).write() as session:
            yield session


class _WatchedEncoder(_Watched):
    """An encoder that keeps the texts it embeds."""

    def __init__(self, encoder: Encoder, watch: Watch, texts: list[str]) -> None:
        super().__init__(encoder, watch, {"count_tokens": "cut"})
        self._texts = texts

    def begin_passages(self, texts: Iterable[str], given_up: Event) -> EncodedPassages:
        with self._watch.stage("embed"):
            encoded = cast("Encoder", self._port).begin_passages(self._kept(texts), given_up)

        def waited() -> list[Vector]:
            with self._watch.stage("embed"):
                return encoded()

        return waited

    def _kept(self, texts: Iterable[str]) -> Iterator[str]:
        """Pass texts on as they come; making them is not embedding."""
        making = iter(texts)
        while True:
            with self._watch.stage(REST):
                text = next(making, None)
            if text is None:
                return
            self._texts.append(text)
            yield text


def watched(rooms: Rooms, watch: Watch, texts: list[str]) -> Rooms:
    """Return the rooms with a watch on every port; `texts` fills with what is embedded."""

    def under(port: T, **stages: str) -> T:
        return cast("T", _Watched(port, watch, stages))

    return replace(
        rooms,
        partitioner=under(rooms.partitioner, partition="parse"),
        classifier=under(rooms.classifier, analyse="scan"),
        languages=under(rooms.languages, guesses="languages"),
        raw=under(rooms.raw, put="write"),
        encoder=cast("Encoder", _WatchedEncoder(rooms.encoder, watch, texts)),
        catalogue=cast("Catalogue", _WatchedCatalogue(rooms.catalogue, watch, {})),
    )
