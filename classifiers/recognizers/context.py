"""Words near a value that say what it is.

Presidio's own enhancer needs lemmas, which a blank spaCy pipeline does not give, compares single words only (a
phrase such as «social security» never matches whole words), and scans all tokens once per match. Here a phrase
matches as whole words, any case, with any separators between its words (`secret_access_key`, `Steuer-ID`), in front of
the value or just behind it on the same line.
"""

import re
from collections.abc import Iterable

from classifiers.recognizers.contents import fold

# Presidio looks at five meaningful words before a value; this is about as far, stop words counted.
REACH = 80
_AFTER = 24


class ContextWords:
    """The phrases that support one recognizer. `reach`: how far in front of a value one may begin, in characters."""

    def __init__(self, phrases: Iterable[str], *, reach: int = REACH) -> None:
        self.reach = reach
        self.phrases = tuple(sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase)))
        joined = "|".join(r"[\W_]+".join(map(re.escape, _words(phrase))) for phrase in self.phrases)
        self._needed = {frozenset(_words(fold(phrase))) for phrase in self.phrases}
        self._pattern = re.compile(rf"(?<![^\W_])(?:{joined})(?![^\W_])", re.IGNORECASE) if joined else None

    def possible(self, words: frozenset[str]) -> bool:
        """Say whether a text with these folded words can hold one of the phrases."""
        return any(needed <= words for needed in self._needed)

    def near(self, text: str, start: int, end: int) -> bool:
        """Say whether a phrase stands close in front of the range, or behind it on the same line."""
        if self._pattern is None:
            return False
        if self._pattern.search(text, max(0, start - self.reach), start):
            return True
        line_end = text.find("\n", end, end + _AFTER)
        reach = _word_end(text, end + _AFTER) if line_end < 0 else line_end
        return self._pattern.search(text, end, reach) is not None


def _words(phrase: str) -> list[str]:
    return re.findall(r"[^\W_]+", phrase)


def _word_end(text: str, position: int) -> int:
    """Return the end of the word that `position` cuts, so that «lic» is not read out of «license»."""
    end = min(position, len(text))
    while end < min(len(text), position + _AFTER) and text[end].isalnum():
        end += 1
    return end
