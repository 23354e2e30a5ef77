"""Search and re-check together: until the page is full, or there is nothing more that may be seen.

Enters: a question, its decision and plan. Leaves: the candidates that were looked at and the hits among them. A lagging
index can spoil a whole page of candidates; then the legs are asked for more, so that lag never shortens an answer that
could have been full.
"""

from dataclasses import dataclass, replace

from memory.access.directory import AccessState
from memory.domain.ports.catalogue import Reading
from memory.domain.ports.encoder import Encoded
from memory.domain.retrieval import Candidate, Decision, PermittedHit, Plan, Question
from memory.retrieval.recheck import recheck
from memory.retrieval.rooms import Rooms
from memory.retrieval.search import search

DEEPER = 4


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a question, out of how many candidates."""

    hits: list[PermittedHit]
    candidates: list[Candidate]
    dropped: int


def find(
    question: Question,
    vector: Encoded,
    decision: Decision,
    plan: Plan,
    state: AccessState,
    session: Reading,
    rooms: Rooms,
) -> Found:
    """Return the `top_k` best permitted hits. Raises `IndexUnavailable` and `EncoderUnavailable`."""
    while True:
        candidates = search(question, vector, decision.visible, plan, rooms.index)
        checked = recheck(candidates, decision.visible, question.top_k, state, session)
        exhausted = len(candidates) < plan.depth or plan.depth >= decision.visible.chunks
        if exhausted or len(checked.hits) >= question.top_k:
            return Found(checked.hits, candidates, checked.dropped)
        plan = replace(plan, depth=plan.depth * DEEPER)
