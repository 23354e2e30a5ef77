"""The search room: a plan becomes candidates.

Enters: a question, what may be looked at, and a plan. Leaves: candidates, best first. Every leg carries the same
`VisibleSet`; there is no leg without one.
"""

from memory.domain.ports.encoder import Encoded, Vector
from memory.domain.ports.index import Index
from memory.domain.retrieval import Candidate, Plan, Question, Scored, VisibleSet
from memory.retrieval.fusion import collect, fuse


def search(question: Question, vector: Encoded, visible: VisibleSet, plan: Plan, index: Index) -> list[Candidate]:
    """Return the fused candidates of both legs; the sparse one is asked while the question is still being encoded."""
    if not visible.chunks:
        return []
    by_terms = sparse(question, visible, plan, index)
    by_meaning = dense(question, vector(), visible, plan, index)
    return fuse([(plan.dense_weight, by_meaning), (plan.sparse_weight, by_terms)])


def dense(question: Question, vector: Vector, visible: VisibleSet, plan: Plan, index: Index) -> list[Scored]:
    """Return the best of the dense leg."""

    def fetch(limit: int) -> list[Scored]:
        return index.search_dense(vector, visible=visible, narrowing=question.narrowing, plan=plan, limit=limit)

    return collect(fetch, plan.depth)


def sparse(question: Question, visible: VisibleSet, plan: Plan, index: Index) -> list[Scored]:
    """Return the best of the sparse leg."""

    def fetch(limit: int) -> list[Scored]:
        return index.search_sparse(
            question.query, visible=visible, narrowing=question.narrowing, plan=plan, limit=limit
        )

    return collect(fetch, plan.depth)
