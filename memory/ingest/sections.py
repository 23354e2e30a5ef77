"""Group the elements of a text into sections: a run of titles and what stands below it.

What enters are elements and findings; what leaves are sections with the path of headings above them, which is what a
citation shows.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from memory.domain.documents import Element, ElementKind, PartitionedText, Span
from memory.domain.governance import Finding

MAX_HEADING = 200

_MARKUP = re.compile(r"^\s*(?:#{1,6}(?=\s)|</?[hH][1-6][^>]*>)|\s#+\s*$|\n\s*(?:=+|-+)\s*$|</[hH][1-6]>\s*$")


@dataclass(frozen=True, slots=True)
class Section:
    """Elements that stand together under `path`, the headings from the outermost to their own."""

    path: tuple[str, ...]
    elements: tuple[Element, ...]


def sections(partitioned: PartitionedText, findings: Sequence[Finding]) -> Iterator[Section]:
    """Yield the sections in reading order; each element is in exactly one.

    A title opens a section unless only titles stand before it in the open one, so that a heading is never parted from
    the first text below it, or unless it begins inside a finding. Findings in headings are masked to their entity
    type, because a citation shows headings to everyone who sees the passage.
    """
    headings: dict[int, str] = {}
    members: list[Element] = []
    path: tuple[str, ...] = ()
    for element, found in _meeting(partitioned.elements, findings):
        inside = any(finding.span.start < element.span.start for finding in found)
        if element.kind is ElementKind.TITLE and not inside:
            if any(member.kind is not ElementKind.TITLE for member in members):
                yield Section(path, tuple(members))
                members = []
            depth = max(element.depth, 1)
            headings = {level: text for level, text in headings.items() if level < depth}
            headings[depth] = heading(partitioned.text, element.span, found)
            path = tuple(text for _, text in sorted(headings.items()) if text)
        members.append(element)
    if members:
        yield Section(path, tuple(members))


def heading(text: str, span: Span, findings: Sequence[Finding]) -> str:
    """Return a heading as people read it: without markup, on one line, at most `MAX_HEADING` characters.

    `findings` are those that overlap `span`, sorted; each is masked to its entity type.
    """
    shown, cursor = "", span.start
    for finding in findings:
        shown += f"{text[cursor : finding.span.start]}<{finding.entity_type}>"
        cursor = max(cursor, finding.span.end)
    shown += text[cursor : span.end]
    return " ".join(_MARKUP.sub(" ", shown).split())[:MAX_HEADING]


def _meeting(elements: Sequence[Element], findings: Sequence[Finding]) -> Iterator[tuple[Element, tuple[Finding, ...]]]:
    """Yield each element with the findings that overlap it, in one walk over both."""
    ahead = deque(sorted(findings, key=lambda finding: finding.span))
    for element in elements:
        while ahead and ahead[0].span.end <= element.span.start:
            ahead.popleft()
        near = takewhile(lambda finding: finding.span.start < element.span.end, ahead)
        yield element, tuple(finding for finding in near if finding.span.overlaps(element.span))
