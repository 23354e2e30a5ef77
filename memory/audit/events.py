"""What can be recorded. Producers make an `AuditEvent`; its canonical bytes are a leaf of the log.

Names are `subject:object:verb`: the part of the product that acted, what it acted on, and what became of that, in the
past tense and lower case. Every event has one shape, listed here: a body holds exactly these keys. So nothing gets into
the log because somebody serialised a whole request (a neighbour's policy log once kept authorization headers that way).
A key ending in `_digest` or `_hash` is a hash, hex; all others are ids, closed words, counts and times, never text.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from memory.audit.canonical import canonical_json, timestamp
from memory.audit.receipts import Authorization, Claims, Data, Inputs, Operation, Policies, Tools, UsedChunk
from memory.domain.identity import PrincipalToken
from memory.domain.retrieval import Narrowing, Redaction


class EventName(StrEnum):
    """Everything that is recorded, by subject. A name comes with what writes it; a test holds the two together."""

    ANSWER_RELEASED = "memory:answer:released"
    RECEIPT_READ = "memory:receipt:read"
    VERSION_PUBLISHED = "document:version:published"
    DOCUMENT_MOVED = "document:scope:changed"
    DOCUMENT_QUARANTINED = "document:content:quarantined"
    DOCUMENT_DELETED = "document:content:deleted"
    DOCUMENTS_LISTED = "document:record:listed"
    TEXT_SHOWN = "document:text:shown"
    ACL_CHANGED = "permission:acl:changed"
    GROUP_CHANGED = "permission:group:changed"
    PRINCIPAL_CHANGED = "permission:principal:changed"
    SOURCE_REGISTERED = "source:registration:changed"
    SOURCE_SUSPENDED = "source:service:suspended"
    SOURCE_RESUMED = "source:service:resumed"
    DELETIONS_CONFIRMED = "source:deletions:confirmed"
    SYNC_COMPLETED = "source:sync:completed"
    SYNC_FAILED = "source:sync:failed"
    SYNC_SHOWN = "source:sync:shown"
    SOURCES_LISTED = "source:record:listed"
    TOKEN_ISSUED = "token:access:issued"  # noqa: S105 a name, no secret
    INDEX_REBUILT = "index:points:rebuilt"
    CHECKPOINT_SIGNED = "log:checkpoint:signed"
    LOG_EXPORTED = "log:entries:exported"


Shape = Mapping[str, "Shape | None"]
"""Keys of an object; under each None for plain values (or lists of them), or the shape of an object (or a list)."""


def _plain(*keys: str) -> dict[str, "Shape | None"]:
    return dict.fromkeys(keys)


def _fields(kind: type[Any], **nested: Shape) -> dict[str, "Shape | None"]:
    return _plain(*(field.name for field in fields(kind))) | nested


SHAPES: Mapping[EventName, Shape] = {
    EventName.ANSWER_RELEASED: {
        "receipt_id": None,
        "inputs": _fields(Inputs, claims=_fields(Claims), narrowing=_fields(Narrowing)),
        "policies": _fields(Policies),
        "tools": _fields(Tools, operations=_fields(Operation)),
        "data": _fields(Data, documents=_fields(UsedChunk, redactions=_fields(Redaction))),
        "authorization": _fields(Authorization),
    },
    EventName.RECEIPT_READ: _plain("receipt_id"),
    EventName.VERSION_PUBLISHED: _plain("document", "version", "source", "content_hash", "epoch"),
    EventName.DOCUMENT_MOVED: _plain("document", "version", "source", "epoch"),
    EventName.DOCUMENT_QUARANTINED: _plain("document", "version", "source", "epoch"),
    EventName.DOCUMENT_DELETED: _plain("document", "version", "source", "epoch"),
    EventName.DOCUMENTS_LISTED: _plain("documents"),
    EventName.TEXT_SHOWN: _plain("document", "version"),
    EventName.ACL_CHANGED: _plain("source", "scope", "acl_digest", "state", "epoch"),
    EventName.GROUP_CHANGED: _plain("group", "added", "removed", "epoch"),
    EventName.PRINCIPAL_CHANGED: _plain("principal", "active", "epoch"),
    EventName.SOURCE_REGISTERED: _plain("source", "connector", "owner_team", "ceiling", "active"),
    EventName.SOURCE_SUSPENDED: _plain("source", "grounds", "epoch"),
    EventName.SOURCE_RESUMED: _plain("source", "epoch"),
    EventName.DELETIONS_CONFIRMED: _plain("source", "sync"),
    EventName.SYNC_COMPLETED: _plain("source", "sync", "published", "unchanged", "deleted", "failed"),
    EventName.SYNC_FAILED: _plain("source", "sync"),
    EventName.SYNC_SHOWN: _plain("source", "sync"),
    EventName.SOURCES_LISTED: _plain("sources"),
    EventName.TOKEN_ISSUED: _plain("token_id", "subject", "actor", "application", "roles", "writes", "expires_at"),
    EventName.INDEX_REBUILT: _plain("model", "model_revision", "points"),
    EventName.CHECKPOINT_SIGNED: _plain("size", "root_hash"),
    EventName.LOG_EXPORTED: _plain("size"),
}


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that happened. Raises `ValueError` when the body has not exactly the keys of its event's shape."""

    name: EventName
    at: datetime
    actor: PrincipalToken
    body: Mapping[str, Any]

    def __post_init__(self) -> None:
        _require_shape(self.body, SHAPES[self.name], self.name)

    def leaf(self) -> bytes:
        """Return the bytes that the Merkle tree hashes. Raises `ValueError` for a value without canonical form."""
        return canonical_json(
            {"event": str(self.name), "at": timestamp(self.at), "actor": str(self.actor), "body": self.body}
        )

    @classmethod
    def parse(cls, leaf: bytes) -> Self:
        """Read what `leaf` wrote. Raises `ValueError`."""
        body = json.loads(leaf)
        return cls(
            EventName(body["event"]),
            datetime.fromisoformat(body["at"]),
            PrincipalToken.parse(body["actor"]),
            body["body"],
        )


_BARE = frozenset({str, int, bool, type(None)})
_LISTS = (list, tuple)


def _require_shape(value: Any, shape: Shape | None, place: str) -> None:
    if isinstance(value, _LISTS):
        for item in value:
            _require_shape(item, shape, place)
    elif shape is None:
        if isinstance(value, Mapping):
            raise ValueError(f"{place} takes no object")
    elif not isinstance(value, Mapping) or value.keys() != shape.keys():
        raise ValueError(f"{place} takes exactly the keys {', '.join(sorted(shape))}")
    else:
        for key, item in value.items():
            if shape[key] is not None or type(item) not in _BARE:
                _require_shape(item, shape[key], f"{place} {key}")
