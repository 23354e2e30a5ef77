"""The read walk: a question becomes permitted, redacted, cited passages and a receipt.

    Caller → Entitlements → Decision → Plan → Candidate → PermittedHit → RedactedHit → Passage → Answer

One catalogue session spans the walk, so that every room sees the same epoch.
"""

from memory.audit.recording import Answer
from memory.domain.identity import Caller
from memory.domain.retrieval import Question
from memory.retrieval.budget import within_budget
from memory.retrieval.circumstances import circumstances
from memory.retrieval.citations import cite
from memory.retrieval.entitling import entitle, require_fresh
from memory.retrieval.expansion import expand
from memory.retrieval.finding import find
from memory.retrieval.planning import plan
from memory.retrieval.receipting import Walk, begin, metered, record
from memory.retrieval.redaction import redact
from memory.retrieval.rooms import Rooms


def retrieve(question: Question, caller: Caller, rooms: Rooms) -> Answer:
    """Answer a question with exactly what its caller may see. Nothing leaves without a durable record.

    Raises `InvalidRequest` for what cannot be asked and `Unavailable` when a part that an answer needs is missing.
    """
    now = rooms.clock.now()
    with (
        rooms.meter.request() as tally,
        rooms.encoder.encoding(question.query) as vector,
        rooms.catalogue.read() as session,
    ):
        state = rooms.access.state(session)
        context = circumstances(question, caller, rooms.registrations, state, now)
        require_fresh(question.at_least_as_fresh, rooms.freshness, state)
        entitlements = entitle(caller, rooms.access, state, now)
        decision = rooms.visible.decide(entitlements, context, question.as_of, state, session)
        steps = plan(question, decision.visible, rooms.bounds, rooms.languages)
        opening = begin(question, caller, decision, steps, rooms)
        found = find(question, vector, decision, steps, state, session, rooms)
        spans = expand(found.hits, question.expand, question.as_of, session)
        redacted, clearance = redact(found.hits, spans, decision, context, rooms.decisions, session)
        passages = within_budget(cite(redacted, clearance, state, now), question.max_tokens, rooms.encoder)
    walk = Walk(question, caller, decision, opening, found, redacted, clearance, passages, metered(tally))
    return record(walk, rooms, now)
