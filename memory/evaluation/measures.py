"""Measures of a ranking against relevance judgments (qrels), as trec_eval computes them.

A ranking is document ids, best first, each once; judgments map document ids to grades, 0 or absent being irrelevant.
"""

import math
from collections.abc import Mapping, Sequence

CUT = 10


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], cut: int = CUT) -> float:
    """Return the normalised discounted cumulative gain. Source: Järvelin and Kekäläinen 2002, linear gain."""
    gained = _discounted([grades.get(document, 0) for document in ranking[:cut]])
    ideal = _discounted(sorted(grades.values(), reverse=True)[:cut])
    return gained / ideal if ideal else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], cut: int = CUT) -> float:
    """Return the share of relevant documents among the first `cut`."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:cut])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], cut: int = CUT) -> float:
    """Return 1 / rank of the first relevant document among the first `cut`, else 0."""
    ranks = (rank for rank, document in enumerate(ranking[:cut], 1) if grades.get(document, 0) > 0)
    return 1.0 / next(ranks, math.inf)


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
