"""Time, chance and files: what would otherwise make two equal runs differ."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return datetime.now(UTC)


class Randomness(Protocol):
    """Gives unpredictable bytes."""

    def token(self, size: int) -> bytes:
        """Return `size` bytes that nobody can guess."""
        ...


class RawFiles(Protocol):
    """Keeps source bytes by their hash."""

    def put(self, source: str, content: bytes) -> str:
        """Store durably and return SHA-256, hex. Storing the same bytes again changes nothing."""
        ...

    def get(self, source: str, content_hash: str) -> bytes:
        """Return what was stored. Raises `NotFound`."""
        ...
