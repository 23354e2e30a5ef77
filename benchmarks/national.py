"""Numbers by which states know people and companies: valid ones found, broken ones left alone, by other judges."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.numbers.eastern import AUSTRALIA, INDIA, SINGAPORE
from benchmarks.numbers.european import FRANCE, GERMANY, ITALY, NETHERLANDS, POLAND, SPAIN
from benchmarks.numbers.kinds import Kind, missed, taken
from benchmarks.numbers.western import BRAZIL, CANADA, UNITED_KINGDOM, UNITED_STATES
from benchmarks.report import Report, Row, Table, at_least, exactly
from memory.domain.ports.classifier import Classifier
from memory.wiring import default_classifier

COUNTRIES = (
    UNITED_STATES, UNITED_KINGDOM, GERMANY, FRANCE, SPAIN, ITALY, POLAND, NETHERLANDS, INDIA, SINGAPORE, AUSTRALIA,
    CANADA, BRAZIL,
)  # fmt: skip
KINDS = tuple(kind for country in COUNTRIES for kind in country)
EACH = 400
"""Valid numbers of each kind, and as many broken ones of each that has something to break."""

RECALL = 0.99


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the numbers of one kind."""

    kind: Kind
    missed: int
    taken: int

    @property
    def recall(self) -> float:
        """Share of the valid numbers that were found exactly."""
        return 1 - self.missed / EACH


def run() -> Report:
    """Show every kind to the whole classifier, one sentence at a time."""
    classifier = default_classifier()
    rows: list[Row] = []
    figures: list[tuple[str, ...]] = []
    for kinds in COUNTRIES:
        judged = [_judge(kind, classifier) for kind in kinds]
        rows += _promises(judged)
        figures += map(_figures, judged)
    columns = ("entity type and form", "valid", "found", "broken", "taken for one", "without a check, because")
    return Report(tuple(rows), (Table("By type", columns, tuple(figures)),))


def _judge(kind: Kind, classifier: Classifier) -> Judged:
    broken = 0 if kind.unchecked else len(taken(kind, classifier, EACH))
    return Judged(kind, len(missed(kind, classifier, EACH)), broken)


def _promises(ones: Sequence[Judged]) -> list[Row]:
    country = ones[0].kind.country
    return [
        at_least(f"{country}: recall of the worst of {len(ones)} kinds", min(one.recall for one in ones), RECALL),
        exactly(f"{country}: broken numbers taken for one", sum(one.taken for one in ones), 0),
    ]


def _figures(one: Judged) -> tuple[str, ...]:
    broken = ("", "") if one.kind.unchecked else (f"{EACH}", f"{one.taken}")
    return (one.kind.name, f"{EACH}", f"{EACH - one.missed}", *broken, one.kind.unchecked)
