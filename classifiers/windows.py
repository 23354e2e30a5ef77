"""Long texts in overlapping windows.

A recognizer's time limit holds for one window, and nothing in the walk is quadratic in the length of a document. Each
offset belongs to one window's core; a match counts where it starts, so it is found once, and the margin around the
core holds its end and its context.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from classifiers.overlaps import Match

CORE = 128_000
# The longest value is a private key (about 8,000 characters), the widest context about a hundred.
MARGIN = 10_000
# How far back a core may end to end at whitespace; minified text has none, and is cut where it stands.
_SLACK = 2_000


@dataclass(frozen=True, slots=True)
class Window:
    """A slice of a text: it begins at `offset`, and owns the matches that start in `[core_start, core_end)`."""

    text: str
    offset: int
    core_start: int
    core_end: int

    def owns(self, match: Match) -> bool:
        """Say whether a match in this window's text is this window's to report."""
        return self.core_start <= match.start + self.offset < self.core_end

    def moved(self, match: Match) -> Match:
        """Return the match with offsets into the whole text."""
        return replace(match, start=match.start + self.offset, end=match.end + self.offset)


def windows(text: str, *, core: int = CORE, margin: int = MARGIN) -> Iterator[Window]:
    """Yield the windows of a text in order; their cores cover it without overlap."""
    start = 0
    while start < len(text):
        end = _cut(text, start, core)
        offset = max(0, start - margin)
        yield Window(text[offset : end + margin], offset, start, end)
        start = end


def _cut(text: str, start: int, core: int) -> int:
    limit = start + core
    if limit >= len(text):
        return len(text)
    for end in range(limit, max(start, limit - _SLACK), -1):
        if text[end - 1].isspace():
            return end
    return limit
