"""Group the elements of a text into sections: a run of titles and what stands below it.

What enters are elements; what leaves are sections with the path of headings above them, which is what a
citation shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memory.domain.documents import Element, ElementKind, PartitionedText
from memory.ingest.bonds import Bonds
from memory.ingest.masking import Masker

MAX_HEADING = 200

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKUP = re.compile(r"^[\s\ufeff>]*#{1,6}(?=\s)|\s#+\s*$|\n\s*(?:=+|-+)\s*$|<[^<>]*>|\*+|`+")


@dataclass(frozen=True, slots=True)
class Section:
    """Elements that stand together under `path`, the headings from the outermost to their own."""

    path: tuple[str, ...]
    elements: tuple[Element, ...]


def sections(partitioned: PartitionedText, masker: Masker, bonds: Bonds) -> Iterator[Section]:
    """Yield the sections in reading order; each element is in exactly one.

    A title opens a section unless only titles stand before it in the open one, so that a heading is never parted from
    the first text below it, or unless that would break a bond. Headings in the path are masked, because a citation
    shows them to everyone who sees the passage.
    """
    headings: dict[int, str] = {}
    members: list[Element] = []
    path: tuple[str, ...] = ()
    for element in partitioned.elements:
        if element.kind is ElementKind.TITLE:
            text_above = any(member.kind is not ElementKind.TITLE for member in members)
            if text_above and bonds.around(element.span.start) is None:
                yield Section(path, tuple(members))
                members, text_above = [], False
            depth = max(element.depth, 1)
            headings = {level: text for level, text in headings.items() if level < depth}
            headings[depth] = heading(masker.mask(element.span))
            if not text_above:
                path = tuple(text for _, text in sorted(headings.items()) if text)
        members.append(element)
    if members:
        yield Section(path, tuple(members))


def heading(shown: str) -> str:
    """Return a heading as people read it: without markup, on one line, at most `MAX_HEADING` characters."""
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", shown)).split())[:MAX_HEADING]
