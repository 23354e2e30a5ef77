"""The next batch is prepared while one commits; what was told before a failure is not lost by it."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

import pytest

from memory.adapters.metered import MeteredEncoder
from memory.domain.documents import PartitionedText, SourceCheckpoint, SourceEvent
from memory.domain.errors import Conflict, SourceFailed
from memory.domain.usage import Meter
from memory.ingest.rooms import Outcome
from memory.ingest.syncing import BATCH_DOCUMENTS, sync
from memory.testing.encoder_fake import HashEncoder
from memory.testing.partitioner_fake import PlainPartitioner
from memory.testing.surroundings import NOON
from tests.worlds.building import WINDOW, World, a_world, document

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


def test_a_text_that_the_batch_before_embeds_is_not_embedded_again() -> None:
    """Fails when a batch asks the cache alone, which does not know yet what the batch before it is about to bring."""
    meter = Meter()
    with a_world(encoder=MeteredEncoder(HashEncoder(window=WINDOW), meter)) as world:
        again = [event for name in "abc" for event in (document(name, "same", NOON), SourceCheckpoint(name))]
        assert [outcome.change for outcome in syncing(world, again, world.services.publish)] == ["added"] * 3
        assert world.services.index.count() == 3
    (embedded,) = (usage for usage in meter.total() if usage.operation == "encode_passages")
    assert embedded.items == 1


def test_a_connector_is_not_asked_for_more_when_a_batch_cannot_commit() -> None:
    """Fails when the thread that gathers the next batch is not told: it would go on until that batch is full."""
    told: list[str] = []

    def telling() -> Iterator[SourceEvent]:
        for number in range(BATCH_DOCUMENTS + 50):
            if given_up.wait(0 if number <= BATCH_DOCUMENTS else WAIT_S):
                return
            told.append(str(number))
            yield document(str(number), "text", NOON)

    def refuse(*_: object) -> None:
        raise Conflict("No longer.")

    given_up = threading.Event()
    with a_world() as world:
        source = world.source("s", "everyone")
        walk = sync(telling(), source, world.services.writing, publish=lambda: None, finish=refuse, given_up=given_up)
        with pytest.raises(Conflict):
            next(walk)
    assert len(told) <= BATCH_DOCUMENTS + 2


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
