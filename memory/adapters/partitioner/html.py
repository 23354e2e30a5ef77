"""HTML: the canonical text is the text of its elements, in reading order.

unstructured reads the page. Before that, what it would drop is given names that it knows, and what no reader of the
page sees is taken out and told; see `veiled`.
"""

import re
from copy import deepcopy

from lxml import etree
from unstructured.partition.html import partition_html

from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.pieces import NO_LANGUAGE, PARSER, PARSER_VERSION, Piece, joined
from memory.adapters.partitioner.tables import Tables, with_rows
from memory.adapters.partitioner.veiled import take_out
from memory.domain.documents import HIDDEN_NOTE, PartitionedText

_RENAMED = {
    "details": "div",
    "summary": "p",
    "figure": "div",
    "figcaption": "p",
    "form": "div",
    "fieldset": "div",
    "legend": "p",
    "label": "span",
}
MAX_SPAN = 100
MAX_FILLED = 100_000
_DECLARED_CHARSET = re.compile(r"^\s*<\?xml[^>]*\?>")


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read an HTML page. Raises `Refused`."""
    source, notes = decode(content)
    found, more = read(source, Tables())
    return joined(found, parser=PARSER, parser_version=PARSER_VERSION, notes=(*notes, *more))


def read(source: str, tables: Tables) -> tuple[list[Piece], tuple[str, ...]]:
    """Return what stands on a page, and notes on it."""
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    root = etree.fromstring(_DECLARED_CHARSET.sub("", source.removeprefix("\ufeff")) or "<p/>", parser)
    if root is None:
        return [], ()
    told = (HIDDEN_NOTE,) if take_out(root) else ()
    for element in root.iter(*_RENAMED):
        element.tag = _RENAMED[element.tag]
    for table in root.iter("table"):
        _fill(table)
    page = etree.tostring(root, encoding="unicode", method="html")
    return with_rows(partition_html(text=page, languages=NO_LANGUAGE), tables), told


def _fill(table: etree._Element) -> None:
    """Repeat cells that span rows or columns, so that every value stands below the name of its column."""
    below: dict[int, tuple[int, etree._Element]] = {}
    filled = 0
    for row in (row for row in table.iter("tr") if next(row.iterancestors("table")) is table):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        grid: list[etree._Element] = []
        while cells or len(grid) in below:
            column = len(grid)
            rows, cell = below.pop(column) if column in below else (_span(cells[0], "rowspan"), cells.pop(0))
            width = 1 if rows < _span(cell, "rowspan") else _span(cell, "colspan")
            filled += width
            for column in range(len(grid), len(grid) + (width if filled < MAX_FILLED else 1)):
                if rows > 1 and filled < MAX_FILLED:
                    below[column] = (rows - 1, cell)
                grid.append(cell)
        row[:] = [deepcopy(cell) for cell in grid]


def _span(cell: etree._Element, name: str) -> int:
    told = (cell.get(name) or "").strip()
    return min(max(int(told), 1), MAX_SPAN) if told.isdecimal() and len(told) < 9 else 1
