"""Making things one ahead of whoever needs them: while one is worked on, a thread makes the next."""

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import islice
from threading import Event
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item], given_up: Event | None = None) -> Generator[Item, None, None]:
    """Yield the items in order; the next one is made in a thread while whoever asked works on the one before.

    What making one raises is raised where it would have come. When the walk ends early, `given_up` is set and the item
    that is being made is waited for, so that nothing goes on behind anybody's back.
    """
    making = iter(items)
    context = copy_context()  # so that a request is charged for what is done for it
    thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")

    def make() -> list[Item]:
        return list(islice(making, 1))

    try:
        coming = thread.submit(context.run, make)
        while made := coming.result():
            coming = thread.submit(context.run, make)
            yield from made
    finally:
        if given_up is not None:
            given_up.set()
        thread.shutdown()
