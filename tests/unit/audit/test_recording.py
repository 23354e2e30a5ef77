import ast
import copy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import memory
from memory.audit.events import AuditEvent, EventName
from memory.audit.receipts import Receipt
from memory.audit.recording import Answer, AnswerDraft, Usage, record
from memory.domain.documents import Span
from memory.domain.errors import AuditUnavailable, Conflict
from memory.domain.identity import PrincipalToken
from memory.testing.audit_fake import InMemoryAuditLog

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = PrincipalToken.parse("user:alice")


def recorded(draft: AnswerDraft, receipt: Receipt, log: InMemoryAuditLog, receipt_id: str = "rcp_1") -> Answer:
    return record(draft, receipt, log=log, at=NOON, actor=ALICE, receipt_id=receipt_id, private=b"the query")


def test_an_answer_is_on_record_when_it_exists(draft: AnswerDraft, receipt: Receipt) -> None:
    log = InMemoryAuditLog()
    answer = recorded(draft, receipt, log)
    assert (answer.receipt_id, answer.passages, answer.usage) == ("rcp_1", draft.passages, draft.usage)
    (line,) = log.lines()
    event = AuditEvent.parse(line.leaf)
    assert (event.name, event.at, event.actor) == (EventName.ANSWER_RELEASED, NOON, ALICE)
    assert Receipt.from_json(dict(event.body)) == receipt
    assert log.find("rcp_1") == line
    assert log.private("rcp_1") == b"the query"


def test_without_a_log_there_is_no_answer(draft: AnswerDraft, receipt: Receipt) -> None:
    """Fails when `record` constructs the answer before it appends, or swallows the error."""
    log = InMemoryAuditLog()
    log.available = False
    with pytest.raises(AuditUnavailable):
        recorded(draft, receipt, log)


def test_a_used_receipt_id_gives_no_second_answer(draft: AnswerDraft, receipt: Receipt) -> None:
    """Fails when a log takes a key twice: one receipt would hide the other."""
    log = InMemoryAuditLog()
    recorded(draft, receipt, log)
    with pytest.raises(Conflict):
        recorded(draft, receipt, log)


def test_neither_the_query_nor_any_text_is_in_the_log(draft: AnswerDraft, receipt: Receipt) -> None:
    log = InMemoryAuditLog()
    recorded(draft, receipt, log)
    (line,) = log.lines()
    assert b"the query" not in line.leaf
    assert b"CANARY" not in line.leaf


def test_what_the_receipt_does_not_tell_of_is_not_released(draft: AnswerDraft, receipt: Receipt) -> None:
    """Fails when `record` trusts that receipt and draft belong together."""
    (passage,) = draft.passages
    drafts = [
        replace(draft, passages=(passage, passage)),
        replace(draft, passages=()),
        replace(draft, passages=(replace(passage, chunk_id="chk_2"),)),
        replace(draft, passages=(replace(passage, redactions=()),)),
        replace(draft, passages=(replace(passage, citation=replace(passage.citation, version=4)),)),
        replace(draft, passages=(replace(passage, citation=replace(passage.citation, span=Span(10, 400))),)),
        replace(draft, obligations=()),
        replace(draft, policy_revision="rev-8"),
    ]
    log = InMemoryAuditLog()
    for other in drafts:
        with pytest.raises(ValueError, match="exactly what would be released"):
            recorded(other, receipt, log)
    assert log.size() == 0


def test_nobody_else_makes_an_answer(draft: AnswerDraft, receipt: Receipt) -> None:
    """Fails when the seal is not checked."""
    with pytest.raises(TypeError):
        Answer("rcp_1", (), (), "rev", Usage(0, 0), seal=object())
    with pytest.raises(TypeError):
        Answer("rcp_1", (), (), "rev", Usage(0, 0))  # type: ignore[call-arg]
    answer = recorded(draft, receipt, InMemoryAuditLog())
    with pytest.raises((TypeError, ValueError)):
        replace(answer, passages=())
    assert copy.copy(answer) == answer


def test_an_answer_has_no_subclass_that_skips_the_seal() -> None:
    """Fails when `__init_subclass__` lets one be made."""
    with pytest.raises(TypeError):

        class Forged(Answer):  # type: ignore[misc]
            pass


def forgeries(source: str) -> list[int]:
    """Return the lines that could make an `Answer` or get at its seal."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("audit.recording"):
            found += [node.lineno for name in node.names if name.name in ("_SEAL", "*") or (name.asname is not None)]
        if isinstance(node, ast.Attribute) and node.attr == "_SEAL":
            found.append(node.lineno)
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = [getattr(argument, "attr", getattr(argument, "id", "")) for argument in node.args]
            if called == "Answer" or (called == "__new__" and "Answer" in named):
                found.append(node.lineno)
    return found


def test_no_module_but_recording_makes_an_answer() -> None:
    """The repository's own rule: an answer that skips the log would have to be written somewhere, and here it shows."""
    root = Path(memory.__file__).parent
    modules = [path for path in root.rglob("*.py") if path != root / "audit" / "recording.py"]
    assert len(modules) > 50
    assert {str(path): lines for path in modules if (lines := forgeries(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "Answer('r', (), (), 'rev', usage, seal)",
        "recording.Answer('r')",
        "from memory.audit.recording import Answer as Reply",
        "from memory.audit.recording import _SEAL",
        "from memory.audit.recording import *",
        "recording._SEAL",
        "object.__new__(Answer)",
        "object.__new__(recording.Answer)",
    ],
)
def test_the_rule_about_answers_bites(source: str) -> None:
    assert forgeries(source) == [1]


def test_the_rule_about_answers_lets_them_be_named() -> None:
    assert forgeries("from memory.audit.recording import Answer\ndef body(answer: Answer) -> None: ...") == []
