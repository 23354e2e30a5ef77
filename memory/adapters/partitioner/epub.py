"""EPUB: the chapters in the order of the book's spine, each read as a page of HTML."""

import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree

from memory.adapters.partitioner import html
from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.packages import opened, part
from memory.adapters.partitioner.pieces import PARSER, PARSER_VERSION, Piece, joined
from memory.adapters.partitioner.tables import Tables
from memory.adapters.partitioner.trees import local, tree
from memory.domain.documents import PartitionedText

_CONTAINER = "META-INF/container.xml"
_PAGES = ("application/xhtml+xml", "text/html")


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read an EPUB file. Raises `Refused`."""
    tables = Tables()
    found: list[Piece] = []
    notes: list[str] = []
    with opened(content, limits) as archive:
        if "META-INF/rights.xml" in archive.namelist():
            raise Refused(Refusal.ENCRYPTED)
        for name in _chapters(archive):
            page = part(archive, name)
            if page.strip():
                read, told = html.read(decode(page)[0], tables)
                found += read
                notes += told
    return joined(found, parser=PARSER, parser_version=PARSER_VERSION, notes=dict.fromkeys(notes))


def _chapters(archive: zipfile.ZipFile) -> Iterator[str]:
    """Yield the names of the pages in reading order."""
    package = next(
        (one.get("full-path", "") for one in tree(part(archive, _CONTAINER)).iter() if local(one) == "rootfile"), ""
    )
    root = tree(part(archive, package))
    items = {one.get("id"): one for one in root.iter() if local(one) == "item"}
    for reference in _named(root, "itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and item.get("media-type") in _PAGES:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(package), unquote(item.get("href", ""))))


def _named(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (one for one in root.iter() if local(one) == name)
