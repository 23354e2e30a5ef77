"""Tables in a text: delimited files as a whole, and the pipe tables of Markdown.

Enters: a text. Leaves: tables with the range of every cell. The first row is the header; a text whose first row cannot
be one has no table.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from memory.domain.documents import Span

_DELIMITERS = ",;\t|"
# Rows that must agree on the number of fields before a text counts as delimited, the header among them.
_SNIFFED, _LEAST_ROWS = 12, 3
_LONGEST_HEADING = 80

_RULE = re.compile(r":?-+:?")
_LINE = re.compile(r"[^\n]*\n?")
_PIPED = re.compile(r"(?:\\.|[^|\\])*")

Row = Sequence[Span]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading as written, and where its cells stand below it. An empty cell is an empty range."""

    name: str
    heading: Span
    cells: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a text, counted from 1."""

    number: int
    columns: tuple[Column, ...]


def tables(text: str) -> list[Table]:
    """Return the tables of a text in reading order."""
    found = list(_piped(text)) or list(_whole(text))
    return [Table(number, _columns(text, rows)) for number, rows in enumerate(found, 1)]


def _whole(text: str) -> Iterator[list[Row]]:
    """Yield the rows of a text that is one delimited file."""
    delimiter = _delimiter(text)
    if delimiter is not None:
        yield list(_delimited(text, delimiter))


def _columns(text: str, rows: Iterable[Row]) -> tuple[Column, ...]:
    """Turn rows into columns. Cells beyond the last heading have none, and are left out."""
    header, *below = rows
    return tuple(
        Column(heading.slice(text), heading, tuple(row[place] for row in below if place < len(row)))
        for place, heading in enumerate(header)
    )


def _delimiter(text: str) -> str | None:
    """Return what separates the fields of a text that is one delimited file, None for any other."""
    line = text.split("\n", 1)[0]
    return next((mark for mark in _DELIMITERS if mark in line and _agrees(text, mark)), None)


def _agrees(text: str, delimiter: str) -> bool:
    rows = [row for row in islice(_delimited(text, delimiter), _SNIFFED) if len(row) > 1 or row[0].start < row[0].end]
    if len(rows) < _LEAST_ROWS or len({len(row) for row in rows}) != 1:
        return False
    names = [heading.slice(text) for heading in rows[0]]
    return len(set(names)) == len(names) > 1 and all(map(_is_heading, names))


def _is_heading(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_HEADING and any(map(str.isalpha, name)) and "\n" not in name


def _delimited(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows of RFC 4180: a quoted field may hold the delimiter, line ends and doubled quotes."""
    mark = re.escape(delimiter)
    field = re.compile(rf'[^\S\n{mark}]*(?:"([^"]*(?:""[^"]*)*)"[^\n{mark}]*|([^\n{mark}]*))(\n|{mark}|\Z)')
    row: list[Span] = []
    position = 0
    while match := field.match(text, position):
        row.append(_trimmed(text, *match.span(1 if match[1] is not None else 2)))
        position = match.end()
        if match[3] != delimiter:
            yield row
            row = []
        if match[3] == "" or (match[3] == "\n" and position == len(text)):
            return


def _piped(text: str) -> Iterator[list[Row]]:
    """Yield the rows of each pipe table: a header, a rule, and lines until one without a pipe."""
    if "|" not in text or "--" not in text:
        return
    lines = [match.span() for match in _LINE.finditer(text) if match[0]]
    place = 1
    while place < len(lines):
        header = _cells(text, lines[place - 1])
        if header and _is_rule(text, lines[place]):
            below = list(_below(text, lines[place + 1 :]))
            yield [header, *below]
            place += len(below)
        place += 1


def _is_rule(text: str, line: tuple[int, int]) -> bool:
    """Say whether a line is the one that Markdown wants below a header. One pass: crafted lines are long."""
    cells = _cells(text, line)
    return bool(cells) and all(_RULE.fullmatch(text, cell.start, cell.end) for cell in cells)


def _below(text: str, lines: Iterable[tuple[int, int]]) -> Iterator[Row]:
    for line in lines:
        if "|" not in text[slice(*line)]:
            return
        yield _cells(text, line)


def _cells(text: str, line: tuple[int, int]) -> Row:
    """Return the cells of a line, without the pipes at its edges; a pipe after a backslash belongs to the cell."""
    start, end = line
    inner = _trimmed(text, start, end)
    if "|" not in inner.slice(text):
        return []
    first = inner.start + (text[inner.start] == "|")
    last = inner.end - (text[inner.end - 1] == "|" and inner.end - 1 > first)
    cells: list[Span] = []
    while first <= last:
        match = _PIPED.match(text, first, last)
        stop = match.end() if match else last
        cells.append(_trimmed(text, first, stop))
        first = max(stop, first) + 1
    return cells


def _trimmed(text: str, start: int, end: int) -> Span:
    """Return a range without the white space at its edges."""
    value = text[start:end]
    start += len(value) - len(value.lstrip())
    return Span(start, max(start, start + len(value.strip())))
