"""The fourth room: which language each chunk is in, which decides how its words are cut and what filters find.

Enters: the chunks of one document. Leaves: the same with their language, and that of most of them for the document.
Masked texts are looked at, without their masks, so that no hidden value speaks. A chunk that is too short to tell (a
heading, a row of numbers) is in the language of the document around it; when no chunk can be told, nobody knows.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from memory.domain.ports.languages import LanguageDetector
from memory.ingest.rooms import ClassifiedChunk

SURE = 0.9
"""Confidence from which a chunk speaks for itself."""

LETTERS = 20
"""Fewer letters tell too little, however sure the detector is: measured in `benchmarks/languages`."""

_MASK = re.compile(r"\[[A-Z_]+\]")


def tell_languages(chunks: Sequence[ClassifiedChunk], detector: LanguageDetector) -> tuple[ClassifiedChunk, ...]:
    """Return the chunks with their languages; None where nobody knows."""
    told = [_told(piece.masked, detector) for piece in chunks]
    around = _most_common(told)
    return tuple(replace(piece, language=own or around) for piece, own in zip(chunks, told, strict=True))


def main_language(chunks: Sequence[ClassifiedChunk]) -> str | None:
    """Return the language of most chunks, of several as many the one that comes first."""
    return _most_common([piece.language for piece in chunks])


def _told(masked: str, detector: LanguageDetector) -> str | None:
    text = _MASK.sub(" ", masked)
    if sum(map(str.isalpha, text)) < LETTERS:
        return None
    return next((guess.language for guess in detector.guesses(text)[:1] if guess.confidence >= SURE), None)


def _most_common(languages: Sequence[str | None]) -> str | None:
    counts = Counter(language for language in languages if language is not None)
    return counts.most_common(1)[0][0] if counts else None
