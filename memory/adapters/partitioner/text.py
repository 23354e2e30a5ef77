"""Plain text and Markdown: the canonical text is the decoded file itself."""

import re
from collections.abc import Callable
from typing import Any

from unstructured.partition.md import partition_md
from unstructured.partition.text import partition_text

from memory.adapters.partitioner.anchoring import anchored
from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.pieces import NO_LANGUAGE, PARSER, PARSER_VERSION, Piece, pieces
from memory.domain.documents import ElementKind, PartitionedText

STRUCTURED = 2_000_000
"""Characters up to which a text is given to a parser that takes a hundred times its size in memory."""

_FRONT_MATTER = re.compile(r"\ufeff?---[^\S\n]*\n(?:.*\n)*?(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)")


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read a plain text."""
    source, notes = decode(content)
    found, more = _found(partition_text, source)
    return PartitionedText(source, anchored(source, found, markup=False), PARSER, PARSER_VERSION, notes + more)


def partition_markdown(content: bytes, limits: Limits) -> PartitionedText:
    """Read Markdown. YAML front matter is one element; the parser would take it for a heading."""
    source, notes = decode(content)
    front = _FRONT_MATTER.match(source)
    head = front[0] if front else ""
    found, more = _found(partition_md, source[len(head) :])
    if head:
        found.insert(0, Piece(ElementKind.TEXT, head))
    return PartitionedText(source, anchored(source, found, markup=True), PARSER, PARSER_VERSION, notes + more)


def paragraphs(text: str) -> list[Piece]:
    """Return what stands in a plain text that is part of another document."""
    return _found(partition_text, text)[0] or [Piece(ElementKind.TEXT, text)]


def _found(parser: Callable[..., Any], source: str) -> tuple[list[Piece], tuple[str, ...]]:
    """Return what the parser finds. Where it fails the text itself is still there, so that only structure is lost."""
    if len(source) > STRUCTURED:
        return [], ("too long for its structure to be recognised; read as paragraphs",)
    plain = source.removeprefix("\ufeff").replace("\r\n", "\n")
    if not plain.strip():
        return [], ()
    try:
        return pieces(parser(text=plain, languages=NO_LANGUAGE)), ()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the parser raises anything, for a heading without words for one
        return [], ("the structure could not be recognised; read as paragraphs",)
