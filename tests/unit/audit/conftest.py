"""One answer and its receipt, as the read walk would hand them over."""

from datetime import UTC, datetime

import pytest

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
)
from memory.audit.recording import AnswerDraft, Usage
from memory.domain.documents import Span
from memory.domain.retrieval import Citation, Freshness, Narrowing, Obligation, Passage, Redaction, SearchMode

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def passage() -> Passage:
    citation = Citation(
        document_id="doc_1",
        version=3,
        title="CANARY title",
        uri="https://example.com/canary",
        source="handbook",
        section=("CANARY section",),
        author="CANARY author",
        modified_at=NOON,
        span=Span(10, 40),
        content_hash="ab" * 32,
        commit=None,
    )
    return Passage(
        chunk_id="chk_1",
        text="CANARY text with <EMAIL_ADDRESS>",
        citation=citation,
        labels=("internal",),
        redactions=(Redaction(Span(17, 32), "EMAIL_ADDRESS", "clear-email"),),
        freshness=Freshness("current", 60, 60),
    )


@pytest.fixture
def draft(passage: Passage) -> AnswerDraft:
    return AnswerDraft((passage,), (Obligation("verify-recipient", "Verify the recipient."),), "rev-7", Usage(1, 32))


@pytest.fixture
def receipt(passage: Passage) -> Receipt:
    return Receipt(
        Inputs(
            query_commitment="cd" * 32,
            purpose="support",
            claims=Claims("DE", "partner", None),
            narrowing=Narrowing(
                sources=frozenset({"handbook", "wiki"}),
                languages=frozenset({"de"}),
                modified_from=NOON,
                attributes={"team": "sales", "größe": "L=XL"},
            ),
            as_of=NOON,
            top_k=8,
            max_tokens=None,
            expand=1,
            model="all-MiniLM-L6-v2",
            model_revision="r1",
            index_revision=12,
            search_mode=SearchMode.EXACT,
        ),
        Policies(("read-internal",), "rev-7", Outcome.PERMITTED, ("verify-recipient",)),
        Tools("helpdesk", "local|service|agent", "local|user|alice", (Operation("encoder.query", 1),)),
        Data((UsedChunk.of(passage, "pt_1"),), candidates=40, dropped=2),
        Authorization(
            subject="local|user|alice",
            actor="local|service|agent",
            application="helpdesk",
            token_id="tok_1",
            tokens=("local|group|support", "local|user|alice"),
            grants=(),
            epoch=99,
            visible="ef" * 32,
        ),
    )
