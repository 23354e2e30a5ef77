"""One item is made ahead of the one that is worked on, never more, and what goes wrong comes where it is asked for."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from memory.domain.usage import Meter, Usage
from memory.ingest.ahead import ahead

WAIT_S = 10


def test_things_come_in_order_and_the_next_is_made_meanwhile() -> None:
    """Fails when the second is made only once it is asked for, or the third before the second was."""
    made = [threading.Event() for _ in range(3)]

    def making() -> Iterator[int]:
        for number in range(3):
            made[number].set()
            yield number

    with closing(ahead(making())) as coming:
        first = next(coming)
        assert made[1].wait(WAIT_S)
        assert not made[2].is_set()
        assert [first, *coming] == [0, 1, 2]


def test_what_making_raises_comes_after_what_was_made_before() -> None:
    """Fails when a connector that breaks off takes the batch with it that is about to commit."""

    def making() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    with closing(ahead(making())) as coming:
        assert next(coming) == 1
        with pytest.raises(ZeroDivisionError):
            next(coming)


def test_nothing_goes_on_after_the_walk_was_given_up() -> None:
    """Fails when the walk ends without its thread, or the thread is not told that nobody waits for what it makes."""
    given_up = threading.Event()
    began = threading.Event()
    told: list[bool] = []

    def making() -> Iterator[int]:
        yield 0
        began.set()
        told.append(given_up.wait(WAIT_S))
        yield 1

    coming = ahead(making(), given_up)
    next(coming)
    assert began.wait(WAIT_S)
    coming.close()
    assert told == [True]
    assert not any(thread.name.startswith("ahead") for thread in threading.enumerate())


def test_nothing_makes_nothing() -> None:
    assert list(ahead([])) == []


def test_what_is_done_ahead_counts_for_its_request() -> None:
    """Fails when the thread does not run in the context of whoever asks."""
    meter = Meter()
    with meter.request() as tally:
        list(ahead(meter.add(Usage("partitioner", "partition", 1, 1, 1.0)) for _ in range(3)))
    assert tally.usage() == (Usage("partitioner", "partition", 3, 3, 3.0),)
