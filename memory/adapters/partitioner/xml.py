"""XML: the canonical text is the decoded file itself; elements follow its records.

What enters is markup; what leaves are the subtrees that hold about a paragraph of text, found by a parser that reports
places and resolves nothing. A file that is not well-formed is read as lines.
"""

from bisect import bisect_left
from itertools import accumulate
from xml.parsers import expat

from memory.adapters.partitioner.anchoring import anchored
from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Limits
from memory.domain.documents import Element, ElementKind, PartitionedText, Span

PARSER = "expat"
RECORD = 800
"""Characters up to which an element of the file stays whole."""


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read an XML file."""
    source, notes = decode(content)
    try:
        elements = _elements(source, _cuts(source))
    except expat.ExpatError:
        elements = anchored(source, [], markup=False)
        notes = (*notes, "the markup is not well-formed; read as lines")
    return PartitionedText(source, elements, PARSER, expat.EXPAT_VERSION, notes)


def _cuts(source: str) -> list[int]:
    """Return the offsets at which a new record begins: before each subtree that would make the last one too long."""
    encoded = source.removeprefix("\ufeff").encode()
    starts: list[int] = []
    parser = expat.ParserCreate("utf-8")

    def begin(_name: str, _attributes: object) -> None:
        starts.append(parser.CurrentByteIndex)

    parser.StartElementHandler = begin
    parser.Parse(encoded, True)  # noqa: FBT003 - its only name for «this is the end»
    return _characters(source, sorted(set(starts)))


def _characters(source: str, starts: list[int]) -> list[int]:
    """Return offsets in characters for offsets in bytes of the text without its mark."""
    mark = len(source) - len(source.removeprefix("\ufeff"))
    if source.isascii():
        return starts
    sizes = (len(character.encode()) for character in source[mark:])
    places = list(accumulate(sizes, initial=0))
    return [bisect_left(places, start) + mark for start in starts]


def _elements(source: str, starts: list[int]) -> tuple[Element, ...]:
    cuts = [0]
    for index, start in enumerate(starts):
        after = starts[index + 1] if index + 1 < len(starts) else len(source)
        if after - cuts[-1] > RECORD and start > cuts[-1]:
            cuts.append(start)
    found = []
    for start, end in zip(cuts, [*cuts[1:], len(source)], strict=True):
        text = source[start:end]
        if text.strip():
            begin = start + len(text) - len(text.lstrip())
            found.append(Element(ElementKind.CODE, Span(begin, begin + len(text.strip()))))
    return tuple(found)
