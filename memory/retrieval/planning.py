"""The planning room: how to search, from the exact number of chunks this caller may see.

Enters: a question and a `VisibleSet`. Leaves: a `Plan`, a function of these two alone; what its language makes of it is
worked out in `languages`. Above the bound of exact search the mode depends on how much is hidden besides, so it is told
to auditors alone. Permission filters are an engine's worst case: a union of many small values has no graph edges of its
own, and at a tenth visible the engine's own planner finds 15 % of the true neighbours. Exact search is always right
and, as long as few chunks are visible, also fastest.
"""

from dataclasses import dataclass, field

from memory.domain.ports.languages import LanguageDetector
from memory.domain.retrieval import Plan, Question, SearchMode, VisibleSet
from memory.retrieval.languages import DenseWeights, asked_in, possible


@dataclass(frozen=True, slots=True)
class PlannerBounds:
    """Where the ways of searching change; measured, see `benchmarks/README.md`.

    Up to `exact_chunks` visible chunks the answer is exact and hidden points cannot influence it at all. Above, and
    with at least `acorn_share` of all chunks visible, the graph is walked with ACORN; `acorn_ef` is its width. A topic
    that stands apart from the rest is an island in the graph: at a width of 128 some questions about it found nothing
    at all, at 512 the worst found nine in ten, in half the time of exact search. `dense` weighs the dense leg.
    """

    exact_chunks: int = 50_000
    acorn_share: float = 0.3
    acorn_ef: int = 512
    depth: int = 100
    dense: DenseWeights = field(default_factory=DenseWeights)


def plan(question: Question, visible: VisibleSet, bounds: PlannerBounds, languages: LanguageDetector) -> Plan:
    """Return how to search for this question."""
    spoken = possible(languages.guesses(question.query))
    share = visible.chunks / visible.total if visible.total else 0.0
    exact = visible.chunks <= bounds.exact_chunks or share < bounds.acorn_share
    return Plan(
        mode=SearchMode.EXACT if exact else SearchMode.ACORN,
        depth=max(bounds.depth, 2 * question.top_k),
        ef=None if exact else max(bounds.acorn_ef, 2 * question.top_k),
        dense_weight=bounds.dense.of(spoken),
        sparse_weight=1.0,
        languages=asked_in(question, spoken),
    )
