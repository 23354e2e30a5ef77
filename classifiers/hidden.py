"""Characters that nobody sees: where a text says to a machine what it does not say to a reader.

Enters: a canonical text. Leaves: findings of the type `HIDDEN_TEXT`, which no policy clears; so a hidden character is
in no vector, no term and no passage, and every span stays as it is. What writing systems need is left alone: joiners
and direction marks beside letters that use them, sequences of emoji, a byte order mark at the start, soft hyphens.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from memory.domain.documents import Span
from memory.domain.governance import HIDDEN_TEXT, Finding, ScoreBand

RECOGNIZER = "HiddenTextRecognizer"

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_LATIN = "\x00-\u024f"
_HIDDEN = re.compile(
    "|".join(
        (
            # tag characters spell out ASCII unseen; after a black flag a few of them are the flag of a region
            "(?<!\U0001f3f4)(?<![\U000e0020-\U000e007e])[\U000e0000-\U000e007f]+",
            "(?<=\U0001f3f4)[\U000e0000-\U000e007f]{9,}",
            "[\u202a-\u202e\u2066-\u2069]+",
            f"(?<![{_RTL}\u200e\u200f\u061c])[\u200e\u200f\u061c]+(?![{_RTL}])",
            "[\u180e\u2060-\u2064\u206a-\u206f\ufff9-\ufffb]+",
            "(?<!^)\ufeff+",
            f"(?<![{_UNSPACED}])\u200b+(?![{_UNSPACED}])",
            f"(?<=[{_LATIN}])[\u200c\u200d]+(?=[{_LATIN}])",
            "[\u200b-\u200d\u2060\ufeff]{2,}",
            "[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}",
        )
    )
)


def hidden(text: str, version: str) -> list[Finding]:
    """Return a finding for each run of hidden characters, in order."""
    if text.isascii():
        return []
    return [_finding(Span(*match.span()), version) for match in _HIDDEN.finditer(text)]


def without(findings: Iterable[Finding], hidden_ones: Sequence[Finding]) -> list[Finding]:
    """Return all findings in order; a value that hidden characters run through is what lies between them.

    Otherwise whoever may read the value would read them with it.
    """
    parts = [part for finding in findings for part in _parts(finding, hidden_ones)] if hidden_ones else list(findings)
    return sorted([*parts, *hidden_ones], key=lambda finding: finding.span)


def _parts(finding: Finding, hidden_ones: Sequence[Finding]) -> Iterator[Finding]:
    start = finding.span.start
    for one in hidden_ones:
        if one.span.overlaps(finding.span):
            if start < one.span.start:
                yield replace(finding, span=Span(start, one.span.start))
            start = one.span.end
    if start < finding.span.end:
        yield replace(finding, span=Span(start, finding.span.end))


def _finding(span: Span, version: str) -> Finding:
    return Finding(HIDDEN_TEXT, span, ScoreBand.CERTAIN, RECOGNIZER, version, "characters that nobody sees", True)  # noqa: FBT003
