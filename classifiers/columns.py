"""The columns of a table, judged by header and sample, and every cell by its column.

A number in a table stands far from the words that name it: they are in the header. So each sampled value is looked at
with its heading in front, and a type that most of the sample has is the type of the column; then every cell below is
such a value, also one that no recognizer would take for one (an old format, a misprint).
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from classifiers.overlaps import Match
from classifiers.tables import Column, Table
from memory.domain.documents import Span

Look = Callable[[str], Sequence[Match]]
"""Runs all recognizers on a short text."""

SAMPLE = 40
"""Values looked at per column, spread over its length."""

# Of the values in the sample, how many must be of one type; and how many there must be at least.
_SHARE, _LEAST = 0.5, 2
# Longer cells are prose, which the scan of the whole text reads.
_LONGEST = 120
# A cell is of a type when what was found covers this much of it.
_COVERED = 0.8
_SCORE = 0.6
_LONGEST_NAME = 80

RECOGNIZER = "ColumnRecognizer"


def column_matches(text: str, tables: Sequence[Table], look: Look) -> Iterator[Match]:
    """Yield a match for every cell of every column that is of one type."""
    for table in tables:
        for column in table.columns:
            entity_type = _judged(text, column, look)
            if entity_type is not None:
                yield from (_match(entity_type, cell) for cell in column.cells if cell.start < cell.end)


class Places:
    """Says in which table and column an offset stands.

    `found` are the ranges of values: a heading that holds one is told by its place, never by its name.
    """

    def __init__(self, tables: Sequence[Table], found: Sequence[Span]) -> None:
        self._cells = sorted(
            (cell.start, cell.end, table.number, name)
            for table in tables
            for column, name in zip(table.columns, _names(table, found), strict=True)
            for cell in column.cells
            if cell.start < cell.end
        )
        self._starts = [cell[0] for cell in self._cells]

    def of(self, offset: int) -> tuple[int, str] | tuple[None, None]:
        """Return number of the table and name of the column, None twice outside of cells."""
        place = bisect_right(self._starts, offset) - 1
        if place < 0 or self._cells[place][1] <= offset:
            return None, None
        return self._cells[place][2:]


def _names(table: Table, found: Sequence[Span]) -> Iterator[str]:
    ends = [span.end for span in found]
    for place, column in enumerate(table.columns, 1):
        following = bisect_right(ends, column.heading.start)
        hidden = following < len(found) and found[following].overlaps(column.heading)
        yield f"column {place}" if hidden or not column.name else column.name[:_LONGEST_NAME]


def _judged(text: str, column: Column, look: Look) -> str | None:
    """Return the type that most sampled values have, None when there is none."""
    values = [cell.slice(text) for cell in column.cells if 0 < cell.end - cell.start <= _LONGEST]
    sample = values[:: max(1, len(values) // SAMPLE)][:SAMPLE]
    if len(sample) < _LEAST:
        return None
    types = Counter(found for value in sample for found in _types(column.name, value, look))
    best = min(types, key=lambda one: (-types[one], one), default=None)
    return best if best is not None and types[best] >= max(_LEAST, _SHARE * len(sample)) else None


def _types(heading: str, value: str, look: Look) -> set[str]:
    """Return the types that cover a value when its heading stands in front of it."""
    before = f"{heading}: "
    covering = (match for match in look(before + value) if match.start >= len(before))
    return {match.entity_type for match in covering if match.end - match.start >= _COVERED * len(value)}


def _match(entity_type: str, cell: Span) -> Match:
    return Match(
        entity_type=entity_type,
        start=cell.start,
        end=cell.end,
        score=_SCORE,
        validated=False,
        recognizer=RECOGNIZER,
        explanation="most values of this column are of this type",
    )
