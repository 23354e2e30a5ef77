"""What the log of a process says: when, what kind of error and where in the code, and never what was being said.

The message of an exception may quote a document, a query or a token, whoever raised it. So a log line has the class of
an error and the lines of code it went through; a library that logs an exception of its own gets the same treatment.
"""

import logging
import sys
import time
from collections.abc import Iterator
from traceback import walk_tb
from types import TracebackType

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TIME = "%Y-%m-%dT%H:%M:%SZ"
MAX_FRAMES = 12
"""The innermost ones; outside of them are the web framework's."""

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class TextFreeFormatter(logging.Formatter):
    """Times in UTC, as answers carry them, and errors without their messages."""

    def __init__(self) -> None:
        super().__init__(FORMAT, TIME)
        self.converter = time.gmtime

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 - the name is logging's
        """Return where an exception came from."""
        return "" if ei[1] is None else f"  {trace(ei[1])}"


def configure() -> None:
    """Send warnings and errors of the whole process to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFreeFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def trace(error: BaseException) -> str:
    """Return the class of an error and the lines it went through, innermost last; then the same of its cause."""
    return ", because of ".join(_one(cause) for cause in _causes(error))


def _one(error: BaseException) -> str:
    frames = [f"{frame.f_code.co_filename}:{line}" for frame, line in walk_tb(error.__traceback__)]
    return f"{type(error).__name__} at {' > '.join(frames[-MAX_FRAMES:]) or 'an unknown place'}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it, each once."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
