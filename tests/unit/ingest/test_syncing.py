"""The next batch is prepared while one commits; what was told before a failure is not lost by it."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

import pytest

from memory.domain.documents import PartitionedText, SourceCheckpoint, SourceEvent
from memory.domain.errors import SourceFailed
from memory.ingest.rooms import Outcome
from memory.ingest.syncing import sync
from memory.testing.partitioner_fake import PlainPartitioner
from memory.testing.surroundings import NOON
from tests.worlds.building import World, a_world, document

WAIT_S = 10


class Noticing(PlainPartitioner):
    """A partitioner that tells which texts it has been given, and may be made to wait at one."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[str] = []
        self.at: dict[str, Callable[[], None]] = {}

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        self.given.append(content.decode())
        self.at.get(content.decode(), lambda: None)()
        return super().partition(content, media_type, name)


def test_a_batch_is_prepared_while_the_one_before_is_published() -> None:
    """Fails when a batch is told or read only after the one before it is done with."""
    reading, read = Noticing(), threading.Event()
    reading.at["b"] = read.set
    met: list[bool] = []
    with a_world(partitioner=reading) as world:
        for _ in syncing(world, batches("a", "b"), lambda: met.append(read.wait(WAIT_S))):
            pass
        assert present(world) == ["a", "b"]
    assert met == [True, True]


def test_what_a_source_told_before_it_failed_is_durable() -> None:
    """Fails when the failure of a connector is raised before what it told is committed."""

    def failing() -> Iterator[SourceEvent]:
        yield from batches("a", "b")
        raise SourceFailed("It cannot be reached; try again.")

    with a_world() as world:
        told: list[str] = []
        with pytest.raises(SourceFailed):
            told += (outcome.external_id for outcome in syncing(world, failing()))
        assert present(world) == ["a", "b"]


def test_a_sync_that_is_left_reads_no_further() -> None:
    """Fails when the batch that is being prepared is read to its end, or committed, after nobody waits for it."""
    reading, began, go_on = Noticing(), threading.Event(), threading.Event()

    def wait() -> None:
        began.set()
        go_on.wait(WAIT_S)

    reading.at["b"] = wait
    with a_world(partitioner=reading) as world:
        outcomes = syncing(world, [*batches("a"), *(document(name, name, NOON) for name in "bcdefg")])
        with closing(outcomes):
            assert next(outcomes).external_id == "a"
            assert began.wait(WAIT_S)
            threading.Timer(0.05, go_on.set).start()
        assert present(world) == ["a"]
    assert reading.given in (["a", "b"], ["a", "b", "c"])


def test_a_document_that_comes_again_with_the_next_batch_is_no_new_version() -> None:
    """Fails when a batch that was read before the one before it committed is taken at its word."""
    with a_world() as world:
        outcomes = list(syncing(world, [*batches("a"), *batches("a")]))
        assert [outcome.change for outcome in outcomes] == ["added", "unchanged"]


def batches(*names: str) -> list[SourceEvent]:
    """Return documents, each a batch of its own."""
    return [event for name in names for event in (document(name, name, NOON), SourceCheckpoint(name))]


def syncing(
    world: World, events: Iterable[SourceEvent], publish: Callable[[], object] = list
) -> Generator[Outcome, None, None]:
    source = world.source("s", "everyone")
    yield from sync(events, source, world.services.writing, publish=lambda: publish() and None)


def present(world: World) -> list[str]:
    with world.services.catalogue.read() as session:
        return sorted(session.documents.present("s"))
