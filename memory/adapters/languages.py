"""Languages told apart by lingua: n-gram models compiled into its library, so that nothing is read or fetched.

Its small models, of trigrams alone, are asked: 34 languages take .2 s and 40 MB when first used and .4 ms a chunk. The
full ones are somewhat better on two or three words, at 3 s and 470 MB, which a fresh process cannot spend on a query.
"""

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from memory.domain.ports.languages import Guess

if TYPE_CHECKING:
    from lingua import LanguageDetector as Lingua

LANGUAGES = (
    "ar bg cs da de el en es et fi fr he hr hu it ja ko lt lv nb nl nn pl pt ro ru sk sl sv tr uk zh".split()  # noqa: SIM905 - reads better than 32 strings
)
"""What is told apart: every language that BM25 has a stemmer for, and the others of the Union and its neighbours, so
that a text is not taken for what it merely resembles. Each further one makes short texts harder to tell."""

ONE_LANGUAGE = {"nb": "no", "nn": "no"}
"""Written forms of one language, for which there is one stemmer."""

BEGINNING = 250
CERTAIN = 1.0
"""Where the first characters are in one language beyond doubt, the others are not looked at: time grows with the
length. Of 2,850 real chunks four are told otherwise by more of them: lists, and filler in Latin."""

MAX_CHARACTERS = 600
"""More of a text says nothing new: of 1,440 real chunks that are longer, twelve are told otherwise by all of it, lists
of links and filler."""

DIGITS = 2
"""Sums in the library differ in their last bits from process to process; a rounded answer does not."""


class LinguaLanguageDetector:
    """A `LanguageDetector` that loads its models when the first text comes; safe from any number of threads."""

    def guesses(self, text: str) -> tuple[Guess, ...]:
        """Return the languages that a text may be in, likeliest first."""
        readable = _readable(text[:MAX_CHARACTERS])
        beginning = self._guesses(readable[:BEGINNING])
        if len(readable) <= BEGINNING or any(guess.confidence >= CERTAIN for guess in beginning):
            return beginning
        return self._guesses(readable)

    def _guesses(self, text: str) -> tuple[Guess, ...]:
        confidences: Counter[str] = Counter()
        for found in self._lingua.compute_language_confidence_values(text):
            if not found.value:  # they come in order
                break
            code = found.language.iso_code_639_1.name.lower()
            confidences[ONE_LANGUAGE.get(code, code)] += found.value  # type: ignore[assignment]
        rounded = {language: round(confidence, DIGITS) for language, confidence in confidences.items()}
        ranked = sorted((-confidence, language) for language, confidence in rounded.items() if confidence > 0)
        return tuple(Guess(language, -negated) for negated, language in ranked)

    @cached_property
    def _lingua(self) -> "Lingua":
        from lingua import IsoCode639_1, LanguageDetectorBuilder

        codes = [IsoCode639_1.from_str(code) for code in LANGUAGES]
        return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_low_accuracy_mode().build()


def _readable(text: str) -> str:
    """Replace lone surrogates, which the library cannot read."""
    return text.encode("utf-8", "replace").decode("utf-8")
