"""Doing a thing one item ahead of whoever needs it: while one document is scanned, the next one is read."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def ahead(make: Callable[[Item], Made], items: Sequence[Item]) -> Generator[Callable[[], Made], None, None]:
    """Yield for each item, in order, what waits for what is made of it; the next one is made in a thread meanwhile.

    Waiting raises what making raised. An item that is alone is made where it is asked for. What is not yet begun when
    the walk is given up never is.
    """
    if len(items) < 2:
        yield from (partial(make, item) for item in items)
        return
    context = copy_context()  # so that a request is charged for what is done for it
    thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    try:
        begun: deque[Future[Made]] = deque()
        for item in items:
            begun.append(thread.submit(context.run, make, item))
            if len(begun) > 1:
                yield begun.popleft().result
        yield begun.popleft().result
    finally:
        thread.shutdown(cancel_futures=True)
