"""A language detector for tests: it knows a few small words of three languages and nothing else."""

import re
from collections import Counter

from memory.domain.ports.languages import Guess

SMALL_WORDS = {
    "de": "der die das und ist nicht ein eine für mit auf wer wie von zu im",
    "en": "the a an and is are not for with of to in who how what on",
    "fr": "le la les et est pas un une pour avec de qui du des en dans",
}


class SmallWordDetector:
    """A `LanguageDetector` by share of small words: immediate, and undecided where there are none."""

    def guesses(self, text: str) -> tuple[Guess, ...]:
        """Return the languages whose small words the text has, by how many."""
        words = re.findall(r"\w+", text.lower())
        counts = Counter(
            {language: sum(word in known.split() for word in words) for language, known in SMALL_WORDS.items()}
        )
        ranked = sorted((-count, language) for language, count in counts.items() if count)
        return tuple(Guess(language, -negated / counts.total()) for negated, language in ranked)
