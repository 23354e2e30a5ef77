"""Who calls: a token in, a caller out."""

from datetime import datetime
from typing import Protocol

from memory.domain.identity import Caller


class CallerVerifier(Protocol):
    """Turns signed tokens into callers, for any number of threads."""

    def verify(self, token: str, *, now: datetime) -> Caller:
        """Return who calls. Raises `NotAuthenticated`, with the same words whatever was wrong."""
        ...
