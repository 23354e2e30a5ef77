"""reStructuredText: the canonical text is the decoded file itself, its structure is what docutils finds.

No file is included, nothing raw is passed on, and no configuration is read.
"""

import io
from collections.abc import Iterator
from importlib.metadata import version

from docutils import nodes
from docutils.core import publish_doctree

from memory.adapters.partitioner.anchoring import anchored
from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.pieces import Piece
from memory.domain.documents import ElementKind, PartitionedText

_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "halt_level": 5,
    "report_level": 5,
    "doctitle_xform": False,
    "syntax_highlight": "none",
    "line_length_limit": 100_000,
}
_SKIPPED = (nodes.system_message, nodes.comment, nodes.substitution_definition, nodes.target)


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read a reStructuredText file. Raises `Refused`."""
    source, notes = decode(content)
    try:
        tree = publish_doctree(
            source.removeprefix("\ufeff"), settings_overrides={**_SETTINGS, "warning_stream": io.StringIO()}
        )
        found = list(_pieces(tree, 0))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - only structure is lost
        found, notes = [], (*notes, "the structure could not be recognised; read as paragraphs")
    return PartitionedText(source, anchored(source, found, markup=False), "docutils", version("docutils"), notes)


def _pieces(node: nodes.Node, depth: int) -> Iterator[Piece]:
    for child in node.children:
        if isinstance(child, _SKIPPED):
            continue
        if isinstance(child, nodes.title):
            yield Piece(ElementKind.TITLE, child.astext(), max(depth, 1))
        elif isinstance(child, nodes.literal_block):
            yield Piece(ElementKind.CODE, child.astext())
        elif isinstance(child, nodes.list_item):
            yield Piece(ElementKind.LIST_ITEM, child.astext())
        elif isinstance(child, nodes.TextElement | nodes.row):
            yield Piece(ElementKind.TABLE if isinstance(child, nodes.row) else ElementKind.TEXT, child.astext())
        else:
            yield from _pieces(child, depth + isinstance(child, nodes.section))
