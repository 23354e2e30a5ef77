"""Pages that a person should know something of, as notes."""

from collections.abc import Iterator, Sequence
from itertools import groupby

MOST = 150
"""Characters of page numbers in one note."""


def told(pages: Sequence[int], what: str) -> Iterator[str]:
    """Yield notes like `pages 2, 5-7: no text layer`, as many as it takes to name all pages; none for no page."""
    line = ""
    for part in _ranges(pages):
        if len(line) + len(part) > MOST:
            yield f"pages {line}: {what}"
            line = ""
        line += f", {part}" if line else part
    if line:
        yield f"{'page' if line.isdecimal() else 'pages'} {line}: {what}"


def _ranges(pages: Sequence[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(pages), key=lambda pair: pair[1] - pair[0]):
        numbers = [page for _, page in run]
        yield str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
