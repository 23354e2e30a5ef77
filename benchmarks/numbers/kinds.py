"""One kind of number: how it is written, who judges it, and a sentence that names it.

A value is drawn at random from its written form until the judge accepts it. A broken one is a value with one character
exchanged for another of the same sort, so that it still looks the part and only the judge tells the difference.
"""

import random
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from memory.domain.ports.classifier import Classifier

Random = random.Random
Judge = Callable[[str], bool]

# What may stand in a place of a form; any other character stands for itself.
_SORTS = {
    "#": string.digits,
    "~": "123456789",
    "@": string.ascii_uppercase,
    "&": string.ascii_uppercase + string.digits,
    "%": "CFGHJKLMNPRTVWXYZ" + string.digits,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """Numbers of one entity type. `forms`: # is a digit, ~ one from 1, @ a letter, & either, % of a German document.

    `unchecked` says why a number of this form has nothing that could be broken; the judge then knows the form alone.
    """

    country: str
    entity_type: str
    sentence: str
    forms: tuple[str, ...]
    judge: Judge
    unchecked: str = field(default="", kw_only=True)

    @property
    def name(self) -> str:
        """Name the kind for people: two kinds of one type differ in their first form."""
        return f"{self.entity_type} {self.forms[0]}"

    def valid(self, rng: Random) -> str:
        """Return a number that the judge accepts."""
        return self._drawn(rng, rng.choice(self.forms))

    def broken(self, rng: Random) -> str:
        """Return a number that the judge refuses, one character away from one that it accepts."""
        form = rng.choice(self.forms)
        value = self._drawn(rng, form)
        while True:
            place = rng.choice([place for place, sort in enumerate(form) if sort in _SORTS])
            other = value[:place] + rng.choice(_SORTS[form[place]]) + value[place + 1 :]
            if not self.judge(other):
                return other

    def _drawn(self, rng: Random, form: str) -> str:
        while True:
            value = "".join(rng.choice(_SORTS.get(sort, sort)) for sort in form)
            if self.judge(value):
                return value


def missed(kind: Kind, classifier: Classifier, count: int) -> list[str]:
    """Return those of so many valid numbers that are not found exactly, beside the words for them."""
    return [value for value in _several(kind.valid, kind, count) if value not in _found(kind, classifier, value)]


def taken(kind: Kind, classifier: Classifier, count: int) -> list[str]:
    """Return what is taken for such a number, whole or in part, where so many broken ones stand beside the words."""
    return [one for value in _several(kind.broken, kind, count) for one in _found(kind, classifier, value)]


def _several(draw: Callable[[Random], str], kind: Kind, count: int) -> Iterable[str]:
    """Yield the same numbers in every run."""
    rng = Random(kind.name)
    return (draw(rng) for _ in range(count))


def _found(kind: Kind, classifier: Classifier, value: str) -> list[str]:
    text = kind.sentence.format(value)
    return [one.span.slice(text) for one in classifier.analyse(text).findings if one.entity_type == kind.entity_type]
