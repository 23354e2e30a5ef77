"""Documents coming in while somebody asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from threading import Event, Thread

from benchmarks.places import test_data
from memory.domain.documents import Provenance, SourceDocument, SourcePermission
from memory.domain.identity import EVERYONE, OPERATING
from memory.domain.permissions import Acl
from memory.evaluation.collections import open_collection
from memory.ingest.pipeline import ingest
from memory.ingest.registering import register, source_of
from memory.wiring import Services

SOURCE = "incoming"
BATCH = 8


@contextmanager
def ingesting(services: Services) -> Iterator[list[str]]:
    """Ingest real documents on a thread of their own, batch after batch, through the whole write walk.

    Yields a list that fills with what came in; the first batch is in when the block begins.
    """
    wanted = source_of(SOURCE, "push", "", "bench", {"allow": ["everyone"]})
    source, _ = register(wanted, OPERATING, services.writing)
    brought: list[str] = []
    begun, ended = Event(), Event()

    def bring() -> None:
        documents = _documents()
        while not ended.is_set():
            batch = [next(documents) for _ in range(BATCH)]
            ingest([SourcePermission("", Acl.of([EVERYONE])), *batch], source, services.writing)
            services.publish()
            brought.extend(item.external_id for item in batch)
            begun.set()

    thread = Thread(target=bring, name="ingesting")
    thread.start()
    try:
        begun.wait()
        yield brought
    finally:
        ended.set()
        thread.join()


def _documents() -> Iterator[SourceDocument]:
    """Yield documents without end; those that come again are new documents with a line of their own."""
    collection = open_collection(test_data() / "retrieval" / "scifact")
    for turn in count():
        for key, title, text in collection.corpus():
            yield SourceDocument(
                external_id=f"{key}-{turn}",
                title=title,
                content=f"{title}\n\n{text}\n\nReading {turn}.".encode(),
                media_type="text/plain",
                scope_key="",
                modified_at=datetime(2026, 1, 1, tzinfo=UTC),
                provenance=Provenance(f"incoming:{key}"),
            )
