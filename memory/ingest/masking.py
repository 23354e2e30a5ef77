"""Values replaced by their entity types, before anything is embedded, counted or indexed.

Enters: a canonical text and its findings. Leaves: slices in which every finding reads `[ENTITY_TYPE]`. The token is a
function of the type alone, so neither a vector nor a term nor a length tells one value from another.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from memory.domain.documents import Span
from memory.domain.governance import HIDDEN_TEXT, Finding


def mask(text: str, span: Span, findings: Sequence[Finding], *, keep: frozenset[str] = frozenset()) -> str:
    """Return the slice `span` of `text` with every finding not of a type in `keep` replaced by its type.

    A finding that lies partly in the span is masked for its part. Many slices of one text: see `Masker`.
    """
    return Masker(text, findings, keep=keep).mask(span)


class Masker:
    """Masks many slices of one text; each slice costs what it holds, not what the text holds."""

    def __init__(self, text: str, findings: Sequence[Finding], *, keep: frozenset[str] = frozenset()) -> None:
        self._text = text
        self._masked = list(_disjoint(findings, keep))
        self._starts = [span.start for span, _ in self._masked]

    def mask(self, span: Span) -> str:
        """Return the slice with its values masked."""
        pieces: list[str] = []
        cursor = span.start
        for hidden, token in self._within(span):
            pieces += (self._text[cursor : hidden.start], token)
            cursor = hidden.end
        pieces.append(self._text[cursor : span.end])
        return "".join(pieces)

    def measure(self, count_tokens: Callable[[str], int]) -> Callable[[Span], int]:
        """Return a function that measures slices as they will be embedded, for whoever cuts the text."""
        return lambda span: count_tokens(self.mask(span))

    def _within(self, span: Span) -> Iterator[tuple[Span, str]]:
        position = max(bisect_right(self._starts, span.start) - 1, 0)
        while position < len(self._masked) and self._starts[position] < span.end:
            hidden, token = self._masked[position]
            if max(hidden.start, span.start) < min(hidden.end, span.end):
                yield hidden, token
            position += 1


def _disjoint(findings: Sequence[Finding], keep: frozenset[str]) -> Iterator[tuple[Span, str]]:
    """Yield what to hide, in order and without overlaps. A kept value under a hidden one is hidden."""
    cursor = 0
    for finding in sorted(findings, key=lambda finding: (finding.span.start, -finding.span.end, finding.entity_type)):
        start = max(cursor, finding.span.start)
        if finding.entity_type not in keep and start < finding.span.end:
            yield Span(start, finding.span.end), _token(finding.entity_type)
            cursor = finding.span.end


def _token(entity_type: str) -> str:
    """Return what stands for a value; for hidden characters nothing does, so that a word parted by them is whole."""
    return "" if entity_type == HIDDEN_TEXT else f"[{entity_type}]"
