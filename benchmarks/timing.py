"""Taking times so that two of them can be compared: the same rounds, in turn, medians."""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TypeVar

Key = TypeVar("Key")


def interleaved(ways: Mapping[Key, Callable[[int], object]], rounds: int, *, warm: int = 3) -> dict[Key, list[float]]:
    """Call every way once per round and return the seconds of each call.

    A way is given the number of the round. Which way begins rotates, so that none always finds the caches of the same
    predecessor; the first `warm` rounds do not count.
    """
    names = list(ways)
    seconds: dict[Key, list[float]] = {name: [] for name in names}
    for number in range(-warm, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            begin = time.perf_counter()
            ways[name](number % rounds)
            if number >= 0:
                seconds[name].append(time.perf_counter() - begin)
    return seconds


def p50(seconds: Sequence[float]) -> float:
    """Return the median in milliseconds."""
    return median(seconds) * 1e3


def p95(seconds: Sequence[float]) -> float:
    """Return the 95th percentile in milliseconds: the largest but a twentieth."""
    return sorted(seconds)[-(len(seconds) // 20 + 1)] * 1e3
