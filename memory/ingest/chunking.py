"""Cut a partitioned text into chunks whose boundaries survive edits elsewhere in the document.

What enters is the canonical text with its elements and findings; what leaves are the chunks that are embedded, found
and cited. Boundaries are content-defined, so that an edit re-embeds its neighbourhood and nothing else:

1. A title starts a section and stays with what follows it; every section is cut on its own.
2. A section becomes a row of *units*: its elements, and instead of an element that exceeds the window its sentences
   (in tables and code its lines), then words, then halves. No boundary between units lies inside a finding.
3. A boundary has a key, (grain, hash of the masked unit after it), and is an *anchor* when its key is the least within
   `reach` tokens on either side, the ends of the section counting as least. So anchors stand at least `reach` apart,
   and whether a boundary is one depends on nothing farther away than that.
4. Between two anchors, units are packed from the left, up to the window.

Rule 3 is local-maximum chunking (Bjørner, Blass, Gurevich 2010, Content-dependent chunking for differential
compression) in tokens instead of bytes. An edit moves only anchors within `reach` of it, three at the most, and
re-packs only the gaps beside them, which hold one chunk or two. Of 6,000 random edits of one paragraph in a hundred,
each shorter than the window, three embedded four chunks anew and the others three at most.

Sizes: 200 tokens and more without overlap are the strong baseline of Chroma's evaluation of chunking, and the default
encoder reads 256. A reach of 5/16 of the window gives some 150 tokens on average in long sections; a larger one would
fill the window better and re-embed more.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from memory.domain.documents import Chunk, Element, ElementKind, PartitionedText, Span
from memory.domain.governance import Finding
from memory.ingest.bonds import Bonds
from memory.ingest.masking import Masker
from memory.ingest.sections import sections

Measure = Callable[[Span], int]

_SENTENCE = re.compile(r"[.!?…][\"'’”)\]]*\s+|[。！？]\s*")
_LINE = re.compile(r"\n\s*")
_WORD = re.compile(r"\s+")
_PROSE = (_SENTENCE, _LINE, _WORD)
_ROWS = (_LINE, _SENTENCE, _WORD)


def chunk(partitioned: PartitionedText, findings: Sequence[Finding], *, measure: Measure, window: int) -> list[Chunk]:
    """Return the chunks in reading order: disjoint, trimmed, together covering what the elements cover.

    `measure(span)` is the number of tokens that would be embedded for this part of the text, masked if it is; every
    chunk measures at most `window`, unless a single character does not. The number of calls is linear in the number
    of elements, or of words where an element exceeds the window. A finding is cut only when it exceeds the window
    alone. `Chunk.section` is the path of headings down to the chunk's own.
    """
    masker = Masker(partitioned.text, findings)
    glue = _glue(partitioned.elements, measure, most=window // 2)
    bonds = Bonds([*(finding.span for finding in findings), *glue])
    cutter = _Cutter(partitioned.text, masker, bonds, measure, window)
    placed = [
        (span, section.path)
        for section in sections(partitioned, masker, bonds)
        for span in cutter.cut(section.elements)
    ]
    return [Chunk(ordinal, span, path) for ordinal, (span, path) in enumerate(placed)]


def _glue(elements: Sequence[Element], measure: Measure, *, most: int) -> Iterator[Span]:
    """Yield the ranges from a title to the first character below it; titles above belong, up to `most` tokens."""
    for index in range(1, len(elements)):
        first = index
        while elements[index].kind is not ElementKind.TITLE and first > 0:
            above = elements[first - 1]
            run = Span(above.span.start, elements[index - 1].span.end)
            if above.kind is not ElementKind.TITLE or measure(run) > most:
                break
            first -= 1
        if first < index:
            yield Span(elements[first].span.start, elements[index].span.start + 1)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece that is not cut again. `grain` ranks the boundary before it, 0 the coarsest."""

    span: Span
    tokens: int
    grain: int
    digest: bytes

    @property
    def key(self) -> tuple[int, bytes]:
        return self.grain, self.digest


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts the sections of one text."""

    text: str
    masker: Masker
    bonds: Bonds
    measure: Measure
    window: int

    def cut(self, elements: Sequence[Element]) -> Iterator[Span]:
        """Yield the spans of one section's chunks."""
        units = [unit for block in self._blocks(elements) for unit in self._units(block)]
        bounds = [0, *_anchors(units, reach=self.window * 5 // 16), len(units)]
        for start, end in pairwise(bounds):
            yield from self._pack(units[start:end])

    def _blocks(self, elements: Sequence[Element]) -> Iterator[list[Element]]:
        """Yield runs of elements that no boundary may part."""
        block: list[Element] = []
        for element in elements:
            if block and self.bonds.around(element.span.start) is None:
                yield block
                block = []
            block.append(element)
        if block:
            yield block

    def _units(self, block: Sequence[Element]) -> Iterator[_Unit]:
        span = self._trim(block[0].span.start, block[-1].span.end)
        if span is not None:
            rows = block[-1].kind in (ElementKind.TABLE, ElementKind.CODE)
            yield from self._split(span, self.measure(span), _ROWS if rows else _PROSE, 0)

    def _split(self, span: Span, tokens: int, patterns: Sequence[re.Pattern[str]], grain: int) -> Iterator[_Unit]:
        """Yield `span` whole if it fits, else its pieces by the first pattern that has any, at last its halves."""
        if tokens <= self.window or span.end - span.start == 1:
            yield _Unit(span, tokens, grain, self._digest(span))
            return
        cuts = self._cuts(span, patterns[0]) if patterns else [self._middle(span)]
        for start, end in pairwise([span.start, *cuts, span.end]):
            piece = self._trim(start, end)
            if piece is not None:
                counted = tokens if piece == span else self.measure(piece)
                first = grain if piece.start == span.start else 1 + len(_PROSE) - len(patterns)
                yield from self._split(piece, counted, patterns[1:], first)

    def _digest(self, span: Span) -> bytes:
        """Hash what is embedded: a masked value must not move a boundary, which would tell something about it."""
        return hashlib.blake2b(self.masker.mask(span).encode(), digest_size=8).digest()

    def _cuts(self, span: Span, pattern: re.Pattern[str]) -> list[int]:
        ends = (match.end() for match in pattern.finditer(self.text, span.start, span.end))
        return [end for end in ends if end < span.end and self.bonds.around(end) is None]

    def _middle(self, span: Span) -> int:
        """Return a place near the middle: outside a bond if possible, else after a space if possible."""
        middle = (span.start + span.end) // 2
        around = self.bonds.around(middle)
        if around is not None and (outside := [p for p in (around.start, around.end) if span.start < p < span.end]):
            return outside[0]
        space = self.text.rfind(" ", span.start + 1, middle)
        return middle if space < 0 or around is None else space + 1

    def _pack(self, units: Sequence[_Unit]) -> Iterator[Span]:
        """Yield the spans of units packed from the left, each as long as it fits."""
        packed: list[_Unit] = []
        tokens = 0
        for unit in units:
            if packed and tokens + unit.tokens > self.window:
                yield from self._fit(packed)
                packed, tokens = [], 0
            packed.append(unit)
            tokens += unit.tokens
        if packed:
            yield from self._fit(packed)

    def _fit(self, units: Sequence[_Unit]) -> Iterator[Span]:
        """Yield the units as one span, or as more where the whole measures more than the sum of its parts."""
        span = Span(units[0].span.start, units[-1].span.end)
        if len(units) == 1 or self.measure(span) <= self.window:
            yield span
        else:
            yield from self._fit(units[: len(units) // 2])
            yield from self._fit(units[len(units) // 2 :])

    def _trim(self, start: int, end: int) -> Span | None:
        piece = self.text[start:end]
        if not (body := piece.strip()):
            return None
        start += len(piece) - len(piece.lstrip())
        return Span(start, start + len(body))


def _anchors(units: Sequence[_Unit], *, reach: int) -> list[int]:
    """Return the indices of units that begin at an anchor, as rule 3 defines it."""
    keys = [unit.key for unit in units]
    # A unit counts at least one, or any number of units that measure nothing would lie within reach of each other.
    places = [0, *accumulate(max(unit.tokens, 1) for unit in units)]

    def least(index: int) -> bool:
        left = index - 1
        while left >= 0 and places[index] - places[left] < reach:
            if left == 0 or keys[left] <= keys[index]:
                return False
            left -= 1
        right = index + 1
        while right <= len(units) and places[right] - places[index] < reach:
            if right == len(units) or keys[right] < keys[index]:
                return False
            right += 1
        return True

    return [index for index in range(1, len(units)) if least(index)]
