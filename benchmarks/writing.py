"""Documents coming in while somebody asks: a sync in the worker beside the server, and the relay that follows it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from benchmarks.places import test_data
from memory.api.working import following, worker_beside
from memory.domain.identity import OPERATING
from memory.domain.syncs import SyncRun
from memory.evaluation.collections import open_collection
from memory.ingest.claiming import request
from memory.ingest.registering import register, source_of
from memory.wiring import Services

SOURCE = "incoming"
DOCUMENTS = 5_000
"""More than come in while anything is timed."""

LOOK_S = 0.1


@contextmanager
def ingesting(services: Services) -> Iterator[Callable[[], int]]:
    """Sync a folder of real documents as a serving process does, through the whole write walk.

    Yields what tells how many have come in; the first batch is in when the block begins.
    """
    folder = services.settings.home.parent / SOURCE
    _fill(folder)
    register(
        source_of(SOURCE, "filesystem", str(folder), "bench", {"allow": ["everyone"]}), OPERATING, services.writing
    )
    with worker_beside(services), following(services):
        run = request(SOURCE, OPERATING, services.syncing)

        def came_in() -> int:
            with services.catalogue.read() as session:
                return _added(session.sources.sync(run.id))

        while came_in() == 0:
            time.sleep(LOOK_S)
        yield came_in


def _added(run: SyncRun | None) -> int:
    """Return how many documents a sync added so far. Raises `RuntimeError` for one that has ended: nothing comes in."""
    if run is None or run.finished_at is not None:
        raise RuntimeError("The sync has ended; it needs more documents, or failed.")
    return dict(run.counts).get("added", 0)


def _fill(folder: Path) -> None:
    folder.mkdir()
    collection = open_collection(test_data() / "retrieval" / "scifact")
    for key, title, text in islice(collection.corpus(), DOCUMENTS):
        (folder / f"{key}.txt").write_text(f"{title}\n\n{text}\n", "utf-8")
