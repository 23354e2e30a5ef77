"""Give the elements that a parser found their places in the source they came from.

unstructured returns texts, not offsets, without markup, and drops what it does not know. Here its elements are found
again by their words, in order, and whatever lies between them becomes elements of its own, so that no character of
the source is lost, whatever the parser did.

1. The source is a row of words; in Markdown, link targets, tags and entities are blanked first.
2. Each element starts where its first words follow one another, after the end of the one before it, and ends with the
   last of its words; a few foreign words between two of its own are skipped. One that is not found is dropped.
3. A span grows to whole lines. Lines between two spans that hold no words, and fences, join the neighbour they touch;
   what is left between blank lines becomes text elements.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from memory.adapters.partitioner.pieces import Piece
from memory.domain.documents import Element, ElementKind, Span

_WORD = re.compile(r"[^\W_]+")
_BLOCK = re.compile(r"(?:[^\S\n]*\S.*\n?)+")
_MARKUP = re.compile(r"\]\([^()\s]*(?:\s+\"[^\"\n]*\")?\)|<[^<>]*>|&#?\w{1,31};|<!--.*?-->", re.DOTALL)
_UP_TO_LAST_SPACE = re.compile(r".*\s", re.DOTALL)
_FENCE = re.compile(r"\s*(?:`{3}|~{3})")

SKIP = 10  # words of markup between two words of one element
NEAR = 60  # words within which an element of one or two words is looked for
PROOF = 4  # words that prove the place of a longer one
TRIES = 50


@dataclass(frozen=True, slots=True)
class _Place:
    """A piece and where its words stand."""

    piece: Piece
    start: int
    end: int


def anchored(source: str, found: Sequence[Piece], *, markup: bool) -> tuple[Element, ...]:
    """Return elements in order, disjoint, that together hold every character of `source` but white space.

    `markup` tells that the source has link targets, tags and entities that are not part of the pieces' text.
    """
    shadow = _MARKUP.sub(lambda match: " " * len(match[0]), source) if markup else source
    return tuple(_elements(source, shadow, list(_places(source, shadow, found)) if found else []))


class _Words:
    """The words of a text with their places."""

    def __init__(self, text: str) -> None:
        self.spans = [match.span() for match in _WORD.finditer(text)]
        self.texts = [text[start:end] for start, end in self.spans]
        self._where: dict[str, list[int]] = defaultdict(list)
        for index, word in enumerate(self.texts):
            self._where[word].append(index)

    def find(self, wanted: Sequence[str], cursor: int) -> tuple[int, int] | None:
        """Return the indices of the first and last word of `wanted`, at or after index `cursor`."""
        for offset in range(min(3, len(wanted))):
            for index in self._candidates(wanted[offset], cursor, near=len(wanted) < 3):
                proof = wanted[offset : offset + PROOF]
                if self._follow(proof, index)[0] >= min(len(proof), PROOF - 1):
                    return index, self._follow(wanted[offset:], index)[1]
        return None

    def _candidates(self, word: str, cursor: int, *, near: bool) -> Iterator[int]:
        where = self._where.get(word, [])
        first = bisect_left(where, cursor)
        return (index for index in where[first : first + TRIES] if not near or index < cursor + NEAR)

    def _follow(self, wanted: Sequence[str], index: int) -> tuple[int, int]:
        """Return how many of `wanted` follow one another from `index` on, and the index of the last."""
        matched = 1
        for word in wanted[1:]:
            try:
                index = self.texts.index(word, index + 1, index + 1 + SKIP)
            except ValueError:
                continue
            matched += 1
        return matched, index


def _places(source: str, shadow: str, found: Sequence[Piece]) -> Iterator[_Place]:
    words = _Words(shadow)
    starts = [start for start, _ in words.spans]
    cursor = 0
    for piece in found:
        if piece.kind is ElementKind.CODE and (start := source.find(piece.text.strip("\n"), cursor)) >= 0:
            cursor = start + len(piece.text.strip("\n"))
            yield _Place(piece, start, cursor)
        elif (match := words.find(_WORD.findall(piece.text), bisect_left(starts, cursor))) is not None:
            cursor = words.spans[match[1]][1]
            yield _Place(piece, words.spans[match[0]][0], cursor)


def _elements(source: str, shadow: str, places: Sequence[_Place]) -> Iterator[Element]:
    """Yield elements for the places, grown to whole lines, and for what lies between them."""
    bounds = [(0, 0), *_lines(source, places), (len(source), len(source))]
    lead = [_markup_until(source, shadow, end, start) for (_, end), (start, _) in pairwise(bounds)]
    trail = [_markup_since(source, shadow, end, start) for end, (start, _) in zip(lead, bounds[1:], strict=True)]
    for index, place in enumerate(places):
        yield from _blocks(source, lead[index], trail[index])
        yield from _element(source, place.piece.kind, trail[index], lead[index + 1], place.piece.depth)
    yield from _blocks(source, lead[-1], len(source))


def _lines(source: str, places: Sequence[_Place]) -> list[tuple[int, int]]:
    """Return start and end of each place, grown to whole lines as far as its neighbours on the same line allow."""
    starts: list[int] = []
    before = 0
    for place in places:
        start = source.rfind("\n", 0, place.start) + 1
        if start < before:  # the piece before is on this line, too: part them after the last space between them
            space = _UP_TO_LAST_SPACE.match(source, before, place.start)
            start = space.end() if space else place.start
        starts.append(start)
        before = place.end
    ends = [source.find("\n", place.end) for place in places]
    following = [*starts[1:], len(source)][: len(starts)]
    return [
        (start, min(len(source) if end < 0 else end, limit))
        for start, end, limit in zip(starts, ends, following, strict=True)
    ]


def _markup_until(source: str, shadow: str, start: int, end: int) -> int:
    """Return the end of the lines without words that touch what ends at `start`."""
    if start == 0 or source[start : start + 1] != "\n":
        return start
    while start < end:
        stop = source.find("\n", start + 1, end)
        stop = end if stop < 0 else stop
        if not _is_markup(source, shadow, start + 1, stop):
            break
        start = stop
    return start


def _markup_since(source: str, shadow: str, start: int, end: int) -> int:
    """Return the start of the lines without words that touch what starts at `end`."""
    while start < end < len(source):
        before = max(source.rfind("\n", start, end - 1) + 1, start)
        if not _is_markup(source, shadow, before, end):
            break
        end = before
    return end


def _is_markup(source: str, shadow: str, start: int, end: int) -> bool:
    line = source[start:end]
    return bool(line.strip()) and (_WORD.search(shadow, start, end) is None or _FENCE.match(line) is not None)


def _blocks(source: str, start: int, end: int) -> Iterator[Element]:
    for match in _BLOCK.finditer(source, start, end):
        yield from _element(source, ElementKind.TEXT, match.start(), match.end(), 0)


def _element(source: str, kind: ElementKind, start: int, end: int, depth: int) -> Iterator[Element]:
    """Yield the element without the white space around it, if anything is left."""
    text = source[start:end]
    if text.strip():
        start += len(text) - len(text.lstrip())
        yield Element(kind, Span(start, start + len(text.strip())), depth)
