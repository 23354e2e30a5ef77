"""Places where a text must not be cut: inside a finding, and between a heading and what stands below it."""

from bisect import bisect_left
from collections.abc import Iterable

from memory.domain.documents import Span


class Bonds:
    """Ranges that no boundary may fall into."""

    def __init__(self, spans: Iterable[Span]) -> None:
        merged: list[Span] = []
        for span in sorted(spans):
            if merged and span.start < merged[-1].end:
                last = merged.pop()
                merged.append(Span(last.start, max(last.end, span.end)))
            else:
                merged.append(span)
        self._spans = merged
        self._starts = [span.start for span in merged]

    def around(self, position: int) -> Span | None:
        """Return the range that a boundary at `position` would break, None if it breaks none."""
        index = bisect_left(self._starts, position) - 1
        return self._spans[index] if index >= 0 and position < self._spans[index].end else None
