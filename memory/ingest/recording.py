"""Putting on record what a batch changes, durably, before it commits.

Enters: what became of the items of a batch, and the permissions that changed with it. Leaves: entries in the audit log,
one commit for all of them. If they cannot be written nothing has changed either; should the batch then fail to commit,
the log tells of a change that was about to be, which is the lesser evil (decision 0029).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memory.audit.events import AuditEvent, EventName
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import Writing
from memory.ingest.rooms import Outcome, Rooms

CHANGED = {
    "quarantined": EventName.DOCUMENT_QUARANTINED,
    "deleted": EventName.DOCUMENT_DELETED,
}


@dataclass(frozen=True, slots=True)
class AclChange:
    """Another ACL came into force on a scope."""

    scope: int
    acl: Acl


def record_changes(
    changes: Sequence[Outcome | AclChange], source: Source, actor: PrincipalToken, rooms: Rooms, session: Writing
) -> None:
    """Record in one commit what a batch of one source changes, in order. Raises `AuditUnavailable`."""
    epoch, now = session.access.position().epoch, rooms.clock.now()
    common = {"source": source.name, "epoch": epoch}
    events = [_acl(one) if isinstance(one, AclChange) else _document(one) for one in changes]
    leaves = [AuditEvent(name, now, actor, {**body, **common}).leaf() for name, body in filter(None, events)]
    if leaves:
        rooms.log.append_many(leaves)


def _acl(change: AclChange) -> tuple[EventName, Mapping[str, Any]]:
    body = {"scope": change.scope, "acl_digest": change.acl.digest, "state": str(change.acl.state)}
    return EventName.ACL_CHANGED, body


def _document(outcome: Outcome) -> tuple[EventName, Mapping[str, Any]] | None:
    """Return what to record of an item, None of one that changed nothing."""
    body = {"document": outcome.document_id, "version": outcome.version}
    if outcome.content_hash is not None:
        return EventName.VERSION_PUBLISHED, {**body, "content_hash": outcome.content_hash}
    if outcome.change == "updated":
        return EventName.DOCUMENT_MOVED, body
    name = CHANGED.get(outcome.change)
    return None if name is None else (name, body)
