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

LOOKED_AT = 8 * MAX_HEADING
"""Of a longer heading only so much is looked at: room for markup and addresses, which fall away."""

# These run in the process that serves, on text that anybody may have written, so each is linear: no repetition can run
# over the character that begins the next attempt, and what cannot match is not tried again shorter.
_LINK = re.compile(r"!?\[([^\[\]]*+)\]\((?:[^()]|\([^()]*+\))*+\)")
_MARKUP = re.compile(r"^[ \ufeff>]*+#{1,6}(?= |$)| #++$|<[^<>]*+>|\*++|`++")


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
    text_above = False
    path: tuple[str, ...] = ()
    for element in partitioned.elements:
        if element.kind is ElementKind.TITLE:
            if text_above and bonds.around(element.span.start) is None:
                yield Section(path, tuple(members))
                members, text_above = [], False
            depth = max(element.depth, 1)
            headings = {level: text for level, text in headings.items() if level < depth}
            headings[depth] = heading(masker.mask(element.span))
            if not text_above:
                path = tuple(text for _, text in sorted(headings.items()) if text)
        else:
            text_above = True
        members.append(element)
    if members:
        yield Section(path, tuple(members))


def heading(shown: str) -> str:
    """Return a heading as people read it: without markup, on one line, at most `MAX_HEADING` characters."""
    line = " ".join(_without_underline(shown[:LOOKED_AT]).split())
    for _ in range(2):  # a link around a picture is a link around a link
        line = _LINK.sub(r"\1", line)
    return " ".join(_MARKUP.sub("", line).split())[:MAX_HEADING]


def _without_underline(shown: str) -> str:
    """Return a heading without the row of `=` or `-` that makes it one in Markdown."""
    above, _, last = shown.rstrip().rpartition("\n")
    return above if above and set(last.strip()) in ({"="}, {"-"}) else shown
