"""Opening a receipt: for whom it was written, and for auditors.

To its caller a receipt says what the answer said and why. Counts of candidates, the visible set, the index and how it
was searched are for auditors, since they speak of more than the answer; so are the tokens of the parties, since an
agent is not to learn the groups of the person it acts for.
"""

from datetime import datetime
from typing import Any

from memory.audit.events import AuditEvent, EventName
from memory.domain.errors import NotFound
from memory.domain.identity import Caller, Role
from memory.domain.ports.audit import AuditLog

FOR_AUDITORS = {
    "data": ("candidates", "dropped"),
    "authorization": ("visible", "epoch", "tokens"),
    "inputs": ("index_revision", "search_mode"),
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
    asked = given["subject"], given["actor"], given["application"]
    return bool(asked == (str(caller.subject), actor, caller.application))


def _without(body: dict[str, Any]) -> dict[str, Any]:
    return {
        field: {key: value for key, value in part.items() if key not in FOR_AUDITORS.get(field, ())}
        if isinstance(part, dict)
        else part
        for field, part in body.items()
    }
