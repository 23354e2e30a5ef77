"""PowerPoint presentations, read by python-pptx: slide by slide, titles first, notes last; without what nobody sees."""

import io
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

import pptx
from lxml import etree

from memory.adapters.partitioner.charts import chart_data
from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.packages import opened
from memory.adapters.partitioner.pieces import Piece, joined
from memory.adapters.partitioner.shown import take_out
from memory.adapters.partitioner.tables import Tables
from memory.adapters.partitioner.trees import local
from memory.domain.documents import HIDDEN_NOTE, ElementKind, PartitionedText

MAX_NESTING = 50


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read a PPTX file. Raises `Refused`."""
    opened(content, limits).close()
    tables = Tables()
    presentation = pptx.Presentation(io.BytesIO(content))
    found: list[Piece] = []
    hidden = False
    for page, slide in enumerate(presentation.slides, 1):
        hidden = take_out(slide, presentation.slide_width or 0, presentation.slide_height or 0) or hidden
        pieces = list(_slide(slide, page, tables))
        if slide.element.get("show") in ("0", "false"):
            hidden = hidden or bool(pieces)
        else:
            found += pieces
    notes = [HIDDEN_NOTE] if hidden else []
    return joined(found, parser="python-pptx", parser_version=version("python-pptx"), notes=notes)


def _slide(slide: Any, page: int, tables: Tables) -> Iterator[Piece]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        yield Piece(ElementKind.TITLE, title.text_frame.text.replace("\v", "\n"), 1, page)
    others = [shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id]
    yield from _shapes(others, page, tables, MAX_NESTING)
    yield from _comments(slide, page)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield from _paragraphs(slide.notes_slide.notes_text_frame, page)


def _shapes(shapes: Iterable[Any], page: int, tables: Tables, depth: int) -> Iterator[Piece]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes, page, tables, depth - 1) if depth else ()
        elif getattr(shape, "has_table", False):
            yield from tables.rows(_cells(shape.table), page=page)
        elif getattr(shape, "has_chart", False):
            yield from _chart(shape.chart, page, tables)
        elif getattr(shape, "has_text_frame", False):
            yield from _paragraphs(shape.text_frame, page)


def _cells(table: Any) -> list[list[str]]:
    """Return the texts of a table; merged cells repeat theirs."""
    grid = [[cell.text for cell in row.cells] for row in table.rows]
    for top, row in enumerate(table.rows):
        for left, cell in enumerate(row.cells):
            if cell.is_merge_origin:
                for line in grid[top : top + cell.span_height]:
                    width = len(line[left : left + cell.span_width])
                    line[left : left + width] = [cell.text] * width
    return grid


def _chart(chart: Any, page: int, tables: Tables) -> Iterator[Piece]:
    if chart.has_title and chart.chart_title.has_text_frame:
        yield Piece(ElementKind.TEXT, chart.chart_title.text_frame.text, 0, page)
    # the library's own plots know some types of chart only
    yield from tables.rows(chart_data(chart._chartSpace), page=page)  # noqa: SLF001


def _paragraphs(frame: Any, page: int) -> Iterator[Piece]:
    for paragraph in frame.paragraphs:
        kind = ElementKind.LIST_ITEM if paragraph.level or len(frame.paragraphs) > 1 else ElementKind.TEXT
        yield Piece(kind, paragraph.text.replace("\v", "\n"), 0, page)


def _comments(slide: Any, page: int) -> Iterator[Piece]:
    """Comments lie in a part of their own, which python-pptx knows by its relation alone."""
    for relation in slide.part.rels.values():
        if relation.reltype.endswith("/comments") and not relation.is_external:
            root = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
            for element in root.iter():
                if local(element) in ("text", "t") and element.text:
                    yield Piece(ElementKind.TEXT, element.text, 0, page)
