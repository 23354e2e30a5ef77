"""Excel workbooks, read by openpyxl: each sheet a title, each block of rows a table.

A row without a value ends a block. Values are those that were last calculated; formulas are not evaluated. Comments
and charts are no cells and follow after all sheets. Hidden cells are left out and told; see `cells`.
"""

import io
import re
from collections.abc import Iterator
from importlib.metadata import version
from itertools import groupby
from typing import Any

import openpyxl
from lxml import etree

from memory.adapters.partitioner.cells import Veil
from memory.adapters.partitioner.charts import chart_data
from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.packages import opened, part
from memory.adapters.partitioner.pieces import Piece, joined
from memory.adapters.partitioner.tables import Tables
from memory.adapters.partitioner.trees import local, tree
from memory.domain.documents import HIDDEN_NOTE, ElementKind, PartitionedText

MAX_CELLS = 2_000_000
_BESIDE = re.compile(r"xl/(?:comments|threadedComments|drawings|charts)[^/]*(?:/[^/]+)?\.xml", re.IGNORECASE)


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read an XLSX or XLSM file. Raises `Refused`."""
    with opened(content, limits) as archive:
        beside = [tree(part(archive, name)) for name in archive.namelist() if _BESIDE.fullmatch(name)]
        return _read(content, Veil(archive), beside)


def _read(content: bytes, veil: Veil, beside: list[etree._Element]) -> PartitionedText:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    tables = Tables()
    seen = Seen(veil)
    found = [*_sheets(book, tables, seen), *(piece for root in beside for piece in _aside(root, tables))]
    notes = [HIDDEN_NOTE] if seen.hidden else []
    return joined(found, parser="openpyxl", parser_version=version("openpyxl"), notes=notes)


class Seen:
    """Takes from sheets what nobody sees, and remembers that there was some."""

    def __init__(self, veil: Veil) -> None:
        self._veil = veil
        self.hidden = False

    def rows(self, sheet: Any) -> Iterator[list[str]]:
        """Yield the rows of a sheet as texts, a hidden cell as an empty one."""
        concealed = self._veil.of(sheet._worksheet_path)  # noqa: SLF001 - openpyxl has no other word for it
        for number, row in _rows(sheet):
            shown = row
            if concealed:
                shown = ["" if text and concealed.hides(number, at) else text for at, text in enumerate(row, 1)]
            shown = [] if sheet.sheet_state != "visible" else shown
            self.hidden = self.hidden or shown != row
            if shown == row or any(shown):  # a hidden row does not part a table
                yield shown


def _sheets(book: Any, tables: Tables, seen: Seen) -> Iterator[Piece]:
    for sheet in book.worksheets:
        blocks = [list(block) for filled, block in groupby(seen.rows(sheet), key=any) if filled]
        if blocks:
            yield Piece(ElementKind.TITLE, sheet.title, 1)
        for block in blocks:
            yield from tables.rows(_trimmed(block))


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield numbers and texts of the rows; what a file says about its own extent is not believed.

    Of rows that the file passes over, up to a million between two others, only the first is told.
    """
    sheet.reset_dimensions()
    cells = 0
    passed_over = False
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if row or not passed_over:
            texts = [_text(value) for value in row]
            cells += sum(map(bool, texts))
            if cells > MAX_CELLS:
                raise Refused(Refusal.OUTPUT_TOO_LARGE)
            yield number, texts if any(texts) else []
        passed_over = not row


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def _trimmed(block: list[list[str]]) -> list[list[str]]:
    """Return a block without the columns before its first value."""
    first = min(next(index for index, cell in enumerate(row) if cell) for row in block)
    return [row[first:] for row in block]


def _aside(root: etree._Element, tables: Tables) -> Iterator[Piece]:
    yield from (Piece(ElementKind.TEXT, text) for text in _texts(root))
    yield from tables.rows(chart_data(root))


def _texts(root: etree._Element) -> Iterator[str]:
    """Yield the texts of comments, drawings and chart titles, paragraph by paragraph."""
    for element in root.iter():
        if local(element) in ("p", "comment", "text", "threadedComment") and not any(
            local(below) in ("p", "text") for below in element.iterdescendants()
        ):
            text = "".join(str(run.text) for run in element.iter() if local(run) in ("t", "text") and run.text)
            if text.strip():
                yield text
