"""unstructured's elements in the domain's words, and texts made by joining them."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from memory.domain.documents import Element, ElementKind, PartitionedText, Span

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
    """An element before it has a place in a canonical text."""

    kind: ElementKind
    text: str
    depth: int = 0
    page: int | None = None


def pieces(elements: Iterable[Any]) -> list[Piece]:
    """Translate unstructured's elements; those without text are left out."""
    return [
        Piece(
            kind := _KINDS.get(element.category, ElementKind.TEXT),
            element.text,
            (element.metadata.category_depth or 0) + 1 if kind is ElementKind.TITLE else 0,
            element.metadata.page_number,
        )
        for element in elements
        if element.text and element.text.strip()
    ]


def joined(found: Iterable[Piece], *, parser: str, parser_version: str, notes: Iterable[str] = ()) -> PartitionedText:
    """Return the text of all pieces, parted by blank lines, and their places in it."""
    elements: list[Element] = []
    texts: list[str] = []
    position = 0
    for piece in found:
        text = storable(piece.text).strip()
        if text:
            elements.append(Element(piece.kind, Span(position, position + len(text)), piece.depth, piece.page))
            texts.append(text)
            position += len(text) + 2
    return PartitionedText("\n\n".join(texts), tuple(elements), parser, parser_version, tuple(notes))


def storable(text: str) -> str:
    """Return the text without what cannot be stored: lone surrogates become U+FFFD, NULs disappear."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")
