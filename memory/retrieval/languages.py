"""What the language of a question means for its search: in which forms words are asked for, and what each leg weighs.

Both are functions of the question alone, never of what is stored, so that they tell nothing about what is hidden. A
question of two or three words may be in several languages; it is then asked in the forms of all, and the dense leg
weighs what it weighs in each, as far as each is likely.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from memory.domain.ports.languages import Guess
from memory.domain.retrieval import Question

POSSIBLE = 0.02
"""Confidence from which a language counts: what a wrong guess costs is a few terms that match nothing."""


@dataclass(frozen=True, slots=True)
class DenseWeights:
    """What the dense leg weighs beside a sparse leg of 1: by language, in others, and where nobody can tell."""

    by_language: Mapping[str, float] = field(default_factory=dict)
    others: float = 1.0
    untold: float = 1.0

    def of(self, guesses: Sequence[Guess]) -> float:
        """Return the weight for a question that is in one of these languages."""
        told = sum(guess.confidence for guess in guesses)
        weighed = sum(guess.confidence * self.by_language.get(guess.language, self.others) for guess in guesses)
        return round(weighed + max(1 - told, 0) * self.untold, 4)


def asked_in(question: Question, guesses: Sequence[Guess]) -> tuple[str, ...]:
    """Return the languages to ask in: those it may be in, likeliest first, and those it is narrowed to."""
    likely = (guess.language for guess in guesses if guess.confidence >= POSSIBLE)
    return tuple(dict.fromkeys((*likely, *sorted(question.narrowing.languages))))
