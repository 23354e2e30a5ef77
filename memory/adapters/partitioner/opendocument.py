"""OpenDocument texts: headings, paragraphs, list items and tables of `content.xml`, in order."""

from collections.abc import Iterator
from importlib.metadata import version

from lxml import etree

from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.opentext import OpenStyles
from memory.adapters.partitioner.packages import opened, part
from memory.adapters.partitioner.pieces import Piece, joined
from memory.adapters.partitioner.tables import Tables
from memory.adapters.partitioner.trees import local, tree
from memory.domain.documents import HIDDEN_NOTE, ElementKind, PartitionedText

MAX_REPEATED = 20
_STYLES = "styles.xml"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_BLANKS = {"line-break": "\n", "tab": "\t", "s": " "}
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read an ODT file. Raises `Refused`."""
    with opened(content, limits) as archive:
        if b"encryption-data" in part(archive, "META-INF/manifest.xml"):
            raise Refused(Refusal.ENCRYPTED)
        root = tree(part(archive, "content.xml"))
        styles = [tree(part(archive, _STYLES))] if _STYLES in archive.namelist() else []
    notes = [HIDDEN_NOTE] if OpenStyles([*styles, root]).take_out(root) else []
    return joined(_pieces(root, Tables()), parser="lxml", parser_version=version("lxml"), notes=notes)


def _pieces(element: etree._Element, tables: Tables) -> Iterator[Piece]:
    for child in element:
        match local(child):
            case "h":
                level = child.get(f"{_TEXT}outline-level", "1")
                yield Piece(ElementKind.TITLE, _text(child), int(level) if level.isdecimal() else 1)
            case "p":
                listed = any(local(above) == "list-item" for above in child.iterancestors())
                yield Piece(ElementKind.LIST_ITEM if listed else ElementKind.TEXT, _text(child))
            case "table":
                yield from tables.rows([list(_cells(row)) for row in child.iter(f"{_TABLE}table-row")])
            case "tracked-changes":
                continue  # what was deleted is not part of the text
            case _:
                yield from _pieces(child, tables)


def _cells(row: etree._Element) -> Iterator[str]:
    for cell in row:
        if local(cell) in ("table-cell", "covered-table-cell"):
            repeated = cell.get(f"{_TABLE}number-columns-repeated", "1")
            text = "\n".join(_text(child) for child in cell if local(child) in ("p", "h", "list"))
            yield from [text] * min(int(repeated) if repeated.isdecimal() else 1, MAX_REPEATED)


def _text(element: etree._Element) -> str:
    """Return the text below an element; line breaks, tabulators and repeated blanks are elements of their own."""
    return "".join(_flow(element))


def _flow(element: etree._Element) -> Iterator[str]:
    yield _BLANKS.get(local(element), "") + (element.text or "")
    for child in element:
        yield from _flow(child)
        yield child.tail or ""
