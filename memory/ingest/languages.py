"""The fourth room: which language each chunk is in, which decides how its words are cut and what filters find.

Enters: the chunks of one document. Leaves: the same with their languages. A language is a function of the chunk's own
masked text, without its masks: no hidden value speaks, and neither do the chunks around it, since a chunk that survives
into a version with other readers keeps its point and would tell them of its former neighbours. A chunk that is too
short to tell (a heading, a row of numbers) is of unknown language.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from memory.domain.ports.languages import LanguageDetector
from memory.ingest.rooms import ClassifiedChunk

SURE = 0.9
"""Confidence from which a chunk is taken to be in a language."""

LETTERS = 20
"""Fewer letters tell too little, however sure the detector is."""

_MASK = re.compile(r"\[[A-Z_]+\]")


def tell_languages(chunks: Sequence[ClassifiedChunk], detector: LanguageDetector) -> tuple[ClassifiedChunk, ...]:
    """Return the chunks with their languages; None where nobody knows."""
    return tuple(replace(piece, language=_told(piece.masked, detector)) for piece in chunks)


def main_language(chunks: Sequence[ClassifiedChunk]) -> str | None:
    """Return the language of most chunks whose language is known, of several as many the one that comes first."""
    counts = Counter(piece.language for piece in chunks if piece.language is not None)
    return counts.most_common(1)[0][0] if counts else None


def _told(masked: str, detector: LanguageDetector) -> str | None:
    text = _MASK.sub(" ", masked)
    if sum(map(str.isalpha, text)) < LETTERS:
        return None
    return next((guess.language for guess in detector.guesses(text)[:1] if guess.confidence >= SURE), None)
