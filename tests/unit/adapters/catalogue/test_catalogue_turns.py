"""One relay at a time, among processes that share a database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import pytest
from sqlalchemy import text

from memory.adapters.catalogue import open_catalogue
from memory.adapters.catalogue.turns import DatabaseTurns
from memory.domain.errors import CatalogueUnavailable
from memory.domain.ports.catalogue import OutboxEntry, OutboxKind
from memory.publication.relay import Kept, Relay, Turns
from memory.testing.catalogue_record_contract import MODEL
from memory.testing.index_fake import ExactIndex

POINT = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def two(postgresql_url: str) -> Iterator[tuple[DatabaseTurns, DatabaseTurns]]:
    """Return the turns of two processes."""
    with closing(DatabaseTurns(postgresql_url)) as one, closing(DatabaseTurns(postgresql_url)) as other:
        yield one, other


def test_another_process_does_not_get_the_turn_until_it_is_given_back(two: tuple[Turns, Turns]) -> None:
    """Would fail without the lock: two relays could put an older state of a point over a newer one."""
    with two[0].take(wait=False) as mine:
        assert mine is not None
        assert mine()
        with two[1].take(wait=False) as other:
            assert other is None
    with two[1].take(wait=False) as other:
        assert other is not None


def test_a_turn_is_given_back_when_its_block_fails(two: tuple[Turns, Turns]) -> None:
    with pytest.raises(ZeroDivisionError), two[0].take(wait=True):
        raise ZeroDivisionError
    with two[1].take(wait=False) as other:
        assert other is not None


def test_a_rebuild_waits_for_its_turn(two: tuple[Turns, Turns]) -> None:
    begun, ended = Event(), Event()

    def rebuild() -> bool:
        begun.set()
        with two[1].take(wait=True) as kept:
            return kept is not None and ended.is_set()

    with ThreadPoolExecutor(1) as pool:
        with two[0].take(wait=False):
            waiting = pool.submit(rebuild)
            begun.wait()
            assert not waiting.done()
            ended.set()
        assert waiting.result()


def test_a_lost_connection_loses_the_turn_and_another_gets_it(two: tuple[DatabaseTurns, DatabaseTurns]) -> None:
    """Would fail if the lock outlived its connection, or if its loss went unnoticed."""
    with two[0].take(wait=False) as mine:
        assert mine is not None
        _cut_off(two[1])
        assert not mine()
        assert not mine()  # nor does it come back with another connection
        with two[1].take(wait=False) as other:
            assert other is not None
    with two[0].take(wait=False) as again:
        assert again is not None


class Lost:
    """A turn that was lost before the first round ended, and only then."""

    def __init__(self) -> None:
        self.kept = iter([False, True])

    def take(self, *, wait: bool) -> "Lost":
        assert not wait
        return self

    def __enter__(self) -> Kept:
        return lambda: next(self.kept)

    def __exit__(self, *_: object) -> None:
        """Give nothing back."""


def test_what_was_published_after_losing_the_turn_is_published_again(postgresql_url: str) -> None:
    """Would fail if the relay dropped entries, or left it at what it published, when another may have gone ahead."""
    with closing(open_catalogue(postgresql_url)) as catalogue:
        with catalogue.write() as session:
            session.outbox.enqueue([OutboxEntry(POINT, OutboxKind.REMOVE, None)])
        relay = Relay(catalogue, ExactIndex(), MODEL, Lost())
        assert relay.drain() == 0
        with catalogue.read() as session:
            left = session.outbox.pending(9)
        assert [entry.point_id for entry in left] == [POINT, POINT]
        relay.drain()
        with catalogue.read() as session:
            assert session.outbox.pending(9) == []


def test_a_database_that_is_not_there_is_unavailable() -> None:
    with closing(DatabaseTurns("postgresql://u:p@127.0.0.1:1/name")) as turns, pytest.raises(CatalogueUnavailable):
        turns.take(wait=False).__enter__()


def _cut_off(other: DatabaseTurns) -> None:
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    with other._engine.connect() as connection:
        connection.execute(text(end))
