"""unstructured's elements in the domain's words, and texts made by joining them."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from memory.domain.documents import Cell, Element, ElementKind, Member, PartitionedText, Span, TableRow

PARSER = "unstructured"
PARSER_VERSION = version("unstructured")
NO_LANGUAGE = [""]
"""Told to unstructured as `languages`: its detection costs time, and nothing here reads the answer."""

_KINDS = {
    "Title": ElementKind.TITLE,
    "ListItem": ElementKind.LIST_ITEM,
    "Table": ElementKind.TABLE,
    "CodeSnippet": ElementKind.CODE,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """An element before it has a place in a canonical text; spans in `row` count from its beginning."""

    kind: ElementKind
    text: str
    depth: int = 0
    page: int | None = None
    row: TableRow | None = None


def pieces(elements: Iterable[Any]) -> list[Piece]:
    """Translate unstructured's elements; those without text are left out."""
    return [_piece(element) for element in elements if element.text and element.text.strip()]


def _piece(element: Any) -> Piece:
    kind = _KINDS.get(element.category, ElementKind.TEXT)
    depth = (element.metadata.category_depth or 0) + 1 if kind is ElementKind.TITLE else 0
    return Piece(kind, element.text, depth, element.metadata.page_number)


def joined(
    found: Iterable[Piece],
    *,
    parser: str,
    parser_version: str,
    notes: Iterable[str] = (),
    members: Iterable[Member] = (),
) -> PartitionedText:
    """Return the text of all pieces, parted by blank lines, and their places in it."""
    elements: list[Element] = []
    texts: list[str] = []
    position = 0
    for piece in found:
        text = storable(piece.text).strip()
        if text:
            row = piece.row and moved(piece.row, position)
            elements.append(Element(piece.kind, Span(position, position + len(text)), piece.depth, piece.page, row))
            texts.append(text)
            position += len(text) + 2
    return PartitionedText("\n\n".join(texts), tuple(elements), parser, parser_version, tuple(notes), tuple(members))


def moved(row: TableRow, by: int) -> TableRow:
    """Return the row as it stands `by` code points further on."""
    cells = (Cell(cell.column, Span(cell.span.start + by, cell.span.end + by)) for cell in row.cells)
    return TableRow(row.table, row.header, tuple(cells))


def storable(text: str) -> str:
    """Return the text without what cannot be stored: lone surrogates become U+FFFD, NULs disappear."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")
