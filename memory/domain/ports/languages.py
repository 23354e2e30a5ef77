"""Which language a text is in, as far as it shows."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Guess:
    """A language (ISO 639-1) that a text may be in, and how much speaks for it, above 0 and at most 1."""

    language: str
    confidence: float


class LanguageDetector(Protocol):
    """Tells languages apart. It works offline, and the same text gets the same answer in every process."""

    def guesses(self, text: str) -> tuple[Guess, ...]:
        """Return the languages that a text may be in, likeliest first, equal ones by code.

        Confidences add up to 1 at most, give or take rounding; what is missing speaks for no language known here. Empty
        when nothing can be said: no letters, an unknown script. Any text will do, also one that is no valid Unicode;
        nothing is raised.
        """
        ...
