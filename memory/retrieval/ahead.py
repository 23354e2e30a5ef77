"""Starting work before it is needed: the query is encoded while the rooms before the search do theirs.

The encoder computes outside the interpreter lock, so that on two cores deciding what may be seen costs a question
nothing. What was started counts for the request that started it, and an error comes out where the result is asked for.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

WORKERS = 4
"""As many questions at once as are encoded at once; further ones wait in line, as they would for the encoder."""


class Ahead:
    """Runs calls beside their caller."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="ahead")

    def start(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
        """Start a call; return what gives its result, or raises what it raised."""
        context = copy_context()
        return self._pool.submit(lambda: context.run(call, *args, **kwargs)).result
