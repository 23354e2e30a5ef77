"""Verdicts already given, per caller and circumstances; bounded, and safe to share between threads."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from threading import Lock
from typing import Generic, TypeVar

from memory.domain.ports.policy import Verdict

Matter = TypeVar("Matter", bound=Hashable)


class VerdictCache(Generic[Matter]):
    """Tables of verdicts under the keys used most recently: at most `keys` tables of at most `verdicts` each.

    A key must hold everything that a verdict depends on besides the question itself.
    """

    def __init__(self, keys: int, verdicts: int) -> None:
        self._keys = keys
        self._verdicts = verdicts
        self._tables: OrderedDict[Hashable, Mapping[Matter, Verdict]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Mapping[Matter, Verdict]:
        """Return the verdicts known under `key`; the mapping never changes afterwards."""
        with self._lock:
            table = self._tables.get(key)
            if table is None:
                return {}
            self._tables.move_to_end(key)
            return table

    def extend(self, key: Hashable, verdicts: Mapping[Matter, Verdict]) -> None:
        """Add verdicts under `key`; a table that would grow beyond its bound starts again with these."""
        with self._lock:
            table = {**self._tables.get(key, {}), **verdicts}
            self._tables[key] = table if len(table) <= self._verdicts else dict(verdicts)
            self._tables.move_to_end(key)
            while len(self._tables) > self._keys:
                self._tables.popitem(last=False)
