"""The last room of the read walk: an answer becomes one by being recorded.

A draft and its receipt enter. The receipt is appended durably to the log; only then does an `Answer` exist, and the API
releases nothing else. If the entry cannot be written, there is no answer to release.
"""

from dataclasses import InitVar, dataclass
from datetime import datetime
from typing import final

from memory.audit.events import AuditEvent, EventName
from memory.audit.receipts import Receipt
from memory.domain.identity import PrincipalToken
from memory.domain.ports.audit import AuditLog
from memory.domain.retrieval import Obligation, Passage

_SEAL = object()


@dataclass(frozen=True, slots=True)
class Usage:
    """What the caller is told about the size of the answer."""

    passages: int
    characters: int


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """What would be released, before it is on record."""

    passages: tuple[Passage, ...]
    obligations: tuple[Obligation, ...]
    policy_revision: str
    usage: Usage


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What may be released. Only `record` makes one; anyone else gets a `TypeError`."""

    receipt_id: str
    passages: tuple[Passage, ...]
    obligations: tuple[Obligation, ...]
    policy_revision: str
    usage: Usage
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("an Answer is made by memory.audit.recording.record alone")

    def __init_subclass__(cls) -> None:
        raise TypeError("an Answer has no subclasses: one could skip the seal")


def record(
    draft: AnswerDraft,
    receipt: Receipt,
    *,
    log: AuditLog,
    at: datetime,
    actor: PrincipalToken,
    receipt_id: str,
    private: bytes | None,
) -> Answer:
    """Append the receipt durably, then return the answer.

    `private` (the query, as the caller chooses to encode it) goes into the encrypted, erasable side store. Raises
    `AuditUnavailable` when the log cannot keep it, and `ValueError` when the receipt does not tell of exactly the
    passages, obligations and policy revision that the draft would release.
    """
    _require_complete(draft, receipt)
    event = AuditEvent(EventName.ANSWER_RELEASED, at, actor, {"receipt_id": receipt_id, **receipt.to_json()})
    log.append(event.leaf(), key=receipt_id, private=private)
    return Answer(receipt_id, draft.passages, draft.obligations, draft.policy_revision, draft.usage, _SEAL)


def _require_complete(draft: AnswerDraft, receipt: Receipt) -> None:
    released = [
        (p.citation.document_id, p.citation.version, p.chunk_id, p.citation.span, p.redactions) for p in draft.passages
    ]
    recorded = [(d.document, d.version, d.chunk, d.span, d.redactions) for d in receipt.data.documents]
    obligations = tuple(obligation.id for obligation in draft.obligations)
    policies = receipt.policies
    if released != recorded or (obligations, draft.policy_revision) != (policies.obligations, policies.revision):
        raise ValueError("the receipt does not tell of exactly what would be released")
