"""One item is made ahead of the one that is worked on, never more, and what goes wrong comes where it is asked for."""

import threading
from contextlib import closing

import pytest

from memory.domain.usage import Meter, Usage
from memory.ingest.ahead import ahead

WAIT_S = 10


def test_things_come_in_order_and_the_next_is_made_meanwhile() -> None:
    """Fails when the second is made only once it is asked for, or the third before the first was taken."""
    made = [threading.Event() for _ in range(3)]

    def make(number: int) -> int:
        made[number].set()
        return number

    with closing(ahead(make, range(3))) as coming:
        first = next(coming)
        assert made[1].wait(WAIT_S)
        assert not made[2].is_set()
        assert [first(), *(each() for each in coming)] == [0, 1, 2]


def test_what_making_raises_comes_with_its_item_alone() -> None:
    def make(number: int) -> float:
        return 1 / number

    with closing(ahead(make, [1, 0, 2])) as coming:
        assert next(coming)() == 1
        with pytest.raises(ZeroDivisionError):
            next(coming)()
        assert next(coming)() == 0.5


def test_nothing_is_begun_after_the_walk_was_given_up() -> None:
    """Fails when the walk ends without its thread, or lets it go on."""
    made: list[int] = []
    coming = ahead(made.append, range(9))
    next(coming)()
    coming.close()
    assert made in ([0], [0, 1])
    assert not any(thread.name.startswith("ahead") for thread in threading.enumerate())


def test_one_item_alone_is_made_in_the_thread_that_asks() -> None:
    assert [each() for each in ahead(lambda _: threading.current_thread(), [1])] == [threading.current_thread()]
    assert list(ahead(str, [])) == []


def test_what_is_done_ahead_counts_for_its_request() -> None:
    """Fails when the thread does not run in the context of whoever asks."""
    meter = Meter()
    with meter.request() as tally:
        for each in ahead(lambda _: meter.add(Usage("partitioner", "partition", 1, 1, 1.0)), range(3)):
            each()
    assert tally.usage() == (Usage("partitioner", "partition", 3, 3, 3.0),)
