"""The last room: the walk is written down, and only then becomes an answer.

Enters: everything the rooms before decided. Leaves: an `Answer`, whose receipt is durable.
"""

from dataclasses import dataclass
from datetime import datetime

from memory.access.decisions import Clearance
from memory.audit import recording
from memory.audit.receipts import (
    Authorization,
    Claims,
    Data,
    Inputs,
    Operation,
    Outcome,
    Policies,
    Receipt,
    Tools,
    UsedChunk,
    commit_to_query,
    new_receipt_id,
)
from memory.audit.recording import Answer, AnswerDraft, Usage
from memory.domain.identity import Caller, PrincipalToken
from memory.domain.retrieval import Decision, Obligation, Passage, Plan, Question, RedactedHit
from memory.domain.usage import Tally
from memory.retrieval.finding import Found
from memory.retrieval.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Opening:
    """What a receipt says that is known before anything is searched; written while the question is being encoded."""

    inputs: Inputs
    authorization: Authorization


@dataclass(frozen=True, slots=True)
class Walk:
    """What happened between a question and its passages."""

    question: Question
    caller: Caller
    decision: Decision
    opening: Opening
    found: Found
    redacted: list[RedactedHit]
    clearance: Clearance
    passages: tuple[Passage, ...]
    operations: tuple[Operation, ...]

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """The conditions of reading and of reading in clear, each once, in order."""
        return tuple(dict.fromkeys((*self.decision.obligations, *self.clearance.obligations)))


def begin(question: Question, caller: Caller, decision: Decision, plan: Plan, rooms: Rooms) -> Opening:
    """Write down what was asked, by whom, and by which right."""
    return Opening(_inputs(question, decision, plan, rooms), _authorization(caller, decision))


def record(walk: Walk, rooms: Rooms, now: datetime) -> Answer:
    """Write the receipt and return the answer. Raises `AuditUnavailable`, and then there is no answer."""
    usage = Usage(len(walk.passages), sum(len(passage.text) for passage in walk.passages))
    return recording.record(
        AnswerDraft(walk.passages, walk.obligations, walk.decision.policy_revision, usage),
        receipt(walk),
        log=rooms.log,
        at=now,
        actor=walk.caller.actor or walk.caller.subject,
        receipt_id=new_receipt_id(rooms.randomness),
        private=walk.question.query.encode("utf-8", "surrogatepass"),
    )


def metered(tally: Tally) -> tuple[Operation, ...]:
    """Return the work of one request as a receipt tells it: operations and amounts, without times."""
    return tuple(Operation(f"{used.port}.{used.operation}", used.items) for used in tally.usage())


def receipt(walk: Walk) -> Receipt:
    """Return the five answers about this walk."""
    points = [redacted.hit.interval.point_id for redacted in walk.redacted]
    used = tuple(UsedChunk.of(passage, point) for passage, point in zip(walk.passages, points, strict=False))
    found = walk.found
    return Receipt(
        inputs=walk.opening.inputs,
        policies=Policies(
            ids=walk.decision.policies,
            revision=walk.decision.policy_revision,
            outcome=Outcome.PERMITTED if walk.decision.visible.chunks else Outcome.DENIED,
            obligations=tuple(obligation.id for obligation in walk.obligations),
        ),
        tools=Tools(
            application=walk.caller.application,
            agent=_text(walk.caller.actor),
            on_behalf_of=str(walk.caller.subject),
            operations=walk.operations,
        ),
        data=Data(used, candidates=len(found.candidates), dropped=found.dropped),
        authorization=walk.opening.authorization,
    )


def _inputs(question: Question, decision: Decision, plan: Plan, rooms: Rooms) -> Inputs:
    model = rooms.encoder.model
    return Inputs(
        query_commitment=commit_to_query(rooms.commitment_key, question.query),
        purpose=question.purpose,
        claims=Claims(question.processing_region, question.recipient, question.recipient_country),
        narrowing=question.narrowing,
        as_of=question.as_of,
        top_k=question.top_k,
        max_tokens=question.max_tokens,
        expand=question.expand,
        model=model.name,
        model_revision=model.revision,
        index_revision=decision.revision,
        search_mode=plan.mode,
    )


def _authorization(caller: Caller, decision: Decision) -> Authorization:
    entitlements = decision.entitlements
    return Authorization(
        subject=str(caller.subject),
        actor=_text(caller.actor),
        application=caller.application,
        token_id=caller.token_id,
        tokens=tuple(sorted({str(token) for party in entitlements.parties for token in party.tokens})),
        grants=(),
        epoch=entitlements.epoch,
        visible=decision.digest,
    )


def _text(token: PrincipalToken | None) -> str | None:
    return None if token is None else str(token)
