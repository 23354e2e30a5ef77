"""Opening a receipt: for whom it was written, and for auditors.

To its caller a receipt says what the answer said and why; counts of candidates, the visible set and the index are for
auditors, since they speak of more than the answer.
"""

from datetime import datetime
from typing import Any

from memory.audit.events import AuditEvent, EventName
from memory.domain.errors import NotFound
from memory.domain.identity import Caller, Role
from memory.domain.ports.audit import AuditLog

FOR_AUDITORS = {
    "data": ("candidates", "dropped"),
    "authorization": ("visible", "epoch"),
    "inputs": ("index_revision",),
    "tools": ("operations",),
}


def open_receipt(receipt_id: str, caller: Caller, log: AuditLog, now: datetime) -> dict[str, Any]:
    """Return the five fields of a receipt. Raises `NotFound` for a missing one and for somebody else's alike."""
    line = log.find(receipt_id)
    auditor = Role.AUDITOR in caller.roles
    if line is None:
        raise NotFound
    event = AuditEvent.parse(line.leaf)
    if event.name is not EventName.ANSWER_RELEASED or not (auditor or _belongs_to(event, caller)):
        raise NotFound
    read = AuditEvent(EventName.RECEIPT_READ, now, caller.actor or caller.subject, {"receipt_id": receipt_id})
    log.append(read.leaf(), key=None, private=None)
    body = {"receipt_id": receipt_id, "at": event.at.isoformat(), **event.body}
    return {**body, "sequence": line.sequence} if auditor else _without(body)


def _belongs_to(event: AuditEvent, caller: Caller) -> bool:
    given = event.body["authorization"]
    actor = None if caller.actor is None else str(caller.actor)
    return bool(given["subject"] == str(caller.subject) and given["actor"] == actor)


def _without(body: dict[str, Any]) -> dict[str, Any]:
    return {
        field: {key: value for key, value in part.items() if key not in FOR_AUDITORS.get(field, ())}
        if isinstance(part, dict)
        else part
        for field, part in body.items()
    }
