"""Time and chance that a test decides: two runs with the same surroundings give the same bytes."""

import hashlib
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When tests happen, unless they say otherwise: noon, far from the midnight at which verdicts are made anew."""


class FrozenClock:
    """A `Clock` that stands still until it is told to go on. Not safe to move while other threads read it."""

    def __init__(self, at: datetime = NOON) -> None:
        self._now = at

    def now(self) -> datetime:
        """Return the time it stands at, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Go on by some time, backwards when it is negative."""
        self._now += by


class SeededRandomness:
    """A `Randomness` whose bytes follow from its seed alone. Anybody can guess them: never use it outside tests."""

    def __init__(self, seed: int = 0) -> None:
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Begin the bytes of `seed` from their start."""
        self._seed, self._drawn = seed, 0

    def token(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        self._drawn += 1
        return hashlib.shake_256(f"{self._seed} {self._drawn}".encode()).digest(size)
