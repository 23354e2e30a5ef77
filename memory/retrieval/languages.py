"""What the language of a question means for its search: in which forms words are asked for, and what each leg weighs.

Both are functions of the question alone, never of what is stored, so that they tell nothing about what is hidden. A
question of two or three words may be in several languages; it is then asked in the forms of all, and the dense leg
weighs what it weighs in that of them where it weighs most.
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

    def of(self, languages: Sequence[str]) -> float:
        """Return the weight for a question that may be in these languages: the most of any.

        Short questions and names of genes or people look foreign easily; meaning lost costs more than noise.
        """
        weights = [self.by_language.get(language, self.others) for language in languages]
        return max(weights, default=self.untold)


BY_MODEL: Mapping[str, DenseWeights] = {
    # Trained on English alone: on German law it reaches nDCG@10 .12 beside .76 of BM25, and equal weights drag the
    # fused ranking to .64. English: on SciFact, half or twice the weight of a leg costs .001 to .011. Others: the most
    # at which a leg that knows nothing, its results shuffled, costs .01 at most in each of the seven that have a
    # stemmer. Polish has none: there it is the better leg (.78 beside .64), and fused is best at 1 (decision 0026).
    "all-MiniLM-L6-v2": DenseWeights({"en": 1.0, "pl": 1.0}, others=0.3),
}
"""What models know of languages, by name; one that is not here is taken to know them all."""


def dense_weights(model: str) -> DenseWeights:
    """Return what the dense leg of this model weighs."""
    return BY_MODEL.get(model, DenseWeights())


def possible(guesses: Sequence[Guess]) -> tuple[str, ...]:
    """Return the languages that a question may be in, likeliest first."""
    return tuple(guess.language for guess in guesses if guess.confidence >= POSSIBLE)


def asked_in(question: Question, languages: Sequence[str]) -> tuple[str, ...]:
    """Return the languages to ask in: those the question may be in, and those it is narrowed to."""
    return tuple(dict.fromkeys((*languages, *sorted(question.narrowing.languages))))
