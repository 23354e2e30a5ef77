"""Tables as text, CSV and TSV: the canonical text is the decoded file itself, and each row is an element.

The header is the title of its rows, so that every chunk of rows names its columns in its section. Cells are found by
RFC 4180: a delimiter or a line end inside quotes belongs to the value, a doubled quote is one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.tables import is_header
from memory.domain.documents import Cell, Element, ElementKind, PartitionedText, Span, TableRow

PARSER = "delimited"
PARSER_VERSION = "1"
DELIMITERS = ",;\t|"
SAMPLE = 20_000
MAX_ROWS = 1_000_000

_SEPARATOR = re.compile(r"sep=(.)\r?\n")


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read a CSV file, whatever of `,`, `;`, tabulator or `|` parts its columns. Raises `Refused`."""
    source, notes = decode(content)
    start = 1 if source.startswith("\ufeff") else 0
    told = _SEPARATOR.match(source, start)
    rows = list(_rows(source, told.end() if told else start, told[1] if told else _delimiter(source[start:])))
    if len(rows) > MAX_ROWS:
        raise Refused(Refusal.OUTPUT_TOO_LARGE)
    named = is_header([[cell.span.slice(source) for cell in row.cells] for row in rows[:50]])
    head = [Element(ElementKind.TEXT, _trimmed(source, 0, told.end()))] if told else []
    elements = (_element(row, header=named and index == 0) for index, row in enumerate(rows))
    return PartitionedText(source, (*head, *elements), PARSER, PARSER_VERSION, notes)


@dataclass(frozen=True, slots=True)
class _Row:
    span: Span
    cells: tuple[Cell, ...]


def _element(row: _Row, *, header: bool) -> Element:
    kind = ElementKind.TITLE if header else ElementKind.TABLE
    return Element(kind, row.span, int(header), None, TableRow(0, header, row.cells))


def _delimiter(source: str) -> str:
    """Return what parts the first lines into equally many columns most often, into most columns where two agree."""
    lines = [line for line in re.sub(r'"[^"]*"', "", source[:SAMPLE]).splitlines()[:50] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        return (counts.count(usual), usual) if usual else (0, max(counts, default=0))

    return max(DELIMITERS, key=agreement)


def _rows(source: str, start: int, delimiter: str) -> Iterator[_Row]:
    """Yield the rows that hold anything; each span ends before the line end."""
    pattern = re.compile(
        rf'(?:[^\S\r\n{delimiter}]*+"((?:[^"]|"")*+)"|([^{re.escape(delimiter)}\r\n]*+))'
        rf"([^{re.escape(delimiter)}\r\n]*+)({re.escape(delimiter)}|\r\n|\r|\n|\Z)"
    )
    cells: list[Cell] = []
    column, cursor = 0, start
    begin = 0 if start == 1 else start  # the byte order mark belongs to the first row
    while cursor <= len(source) and (match := pattern.match(source, cursor)) is not None:
        value = _trimmed(source, *match.span(1 if match[1] is not None else 2))
        if value.start < value.end:
            cells.append(Cell(column, value))
        cursor, column = match.end(), column + 1
        if match[4] != delimiter:
            span = _trimmed(source, begin, match.start(4))
            if span.start < span.end:
                yield _Row(span, tuple(cells))
            cells, column, begin = [], 0, cursor
            if match[4] == "":
                return


def _trimmed(source: str, start: int, end: int) -> Span:
    text = source[start:end]
    start += len(text) - len(text.lstrip())
    return Span(start, max(start, start + len(text.strip())))
