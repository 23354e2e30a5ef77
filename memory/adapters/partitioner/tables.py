"""Tables as rows that can be understood alone: each is an element that names its columns.

What enters are the cells of a table as texts; what leaves is one piece per row. The first row is the header when it
looks like names: texts, not numbers, in most columns. A row below a header reads `Region: North | Sales: 12`; without
a header it reads `North | 12`. Where a value stands is kept with it, whatever stands around it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lxml import etree

from memory.adapters.partitioner.pieces import Piece, pieces, storable
from memory.domain.documents import Cell, ElementKind, Span, TableRow

MAX_NAME = 80
_NUMBER = re.compile(r"[\s\d.,:%€$£+/()-]+")
_PARTED = " | "
_WORD = re.compile(r"\w+")


class Tables:
    """Turns the tables of one document into rows, and counts them."""

    def __init__(self) -> None:
        self._count = 0

    def rows(self, cells: Sequence[Sequence[str]], *, page: int | None = None) -> Iterator[Piece]:
        """Yield the rows of one table that hold anything."""
        clean = [row for row in ([_clean(cell) for cell in row] for row in cells) if any(row)]
        header = clean[0] if is_header(clean) else []
        number, self._count = self._count, self._count + 1
        for index, row in enumerate(clean):
            named = index == 0 and bool(header)
            yield _row(row, [] if named else header, number, header=named, page=page)


def with_rows(elements: Iterable[Any], tables: Tables) -> list[Piece]:
    """Translate unstructured's elements, tables row by row where it says which cells they have."""
    found: list[Piece] = []
    for element in elements:
        cells = _cells(element.metadata.text_as_html or "") if element.category == "Table" else []
        rows = list(tables.rows(cells, page=element.metadata.page_number)) if cells else []
        found += rows if rows and not _lost(element.text, rows) else pieces([element])
    return found


def _cells(markup: str) -> list[list[str]]:
    """Return the cells of the outermost table of a piece of HTML; a table in a cell is part of its text."""
    root = etree.fromstring(markup, etree.HTMLParser(no_network=True)) if markup else None
    rows = [] if root is None else [row for row in root.iter("tr") if len(list(row.iterancestors("table"))) == 1]
    return [[" ".join(cell.itertext()) for cell in row if cell.tag in ("td", "th")] for row in rows]


def _lost(text: str, rows: Iterable[Piece]) -> bool:
    """Say whether a word of the whole table is in none of its rows."""
    there = Counter(word for row in rows for word in _WORD.findall(row.text))
    return bool(Counter(_WORD.findall(text)) - there)


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the first row names the columns of those below."""
    if len(rows) < 2:
        return False
    names = [cell for cell in rows[0] if cell]
    width = max(len(row) for row in rows[:50])
    texts = [name for name in names if len(name) <= MAX_NAME and not _NUMBER.fullmatch(name)]
    return len(texts) == len(names) and 2 * len(names) > min(width, 2 * len(rows[0]))


def _row(row: Sequence[str], names: Sequence[str], table: int, *, header: bool, page: int | None) -> Piece:
    text = ""
    cells = []
    for column, value in enumerate(row):
        if not value:
            continue
        name = names[column] if column < len(names) else ""
        text += (_PARTED if text else "") + (f"{name}: " if name and name != value else "")
        cells.append(Cell(column, Span(len(text), len(text) + len(value))))
        text += value
    return Piece(ElementKind.TABLE, text, 0, page, TableRow(table, header, tuple(cells)))


def _clean(cell: str) -> str:
    return " ".join(storable(cell).split())
