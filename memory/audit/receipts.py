"""What was asked, decided, called, used and authorised: the five answers that institutions owe about one release.

The retrieval walk fills a `Receipt`; `recording.record` writes it. A receipt holds ids, hashes and the caller's own
declarations, never a query, a text or a value: the query is a keyed commitment, a redaction is a span and a type.
"""

import hashlib
import hmac
from array import array
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from memory.audit.canonical import timestamp
from memory.domain.documents import Span
from memory.domain.ports.surroundings import Randomness
from memory.domain.retrieval import Narrowing, Passage, Redaction, SearchMode, VisibleSet


def new_receipt_id(randomness: Randomness) -> str:
    """Return an opaque id of constant length (36 characters) that cannot be guessed or counted."""
    return f"rcp_{randomness.token(16).hex()}"


def commit_to_query(key: bytes, query: str) -> str:
    """Return HMAC-SHA-256 of the query, hex: equal queries compare equal, and without the key nothing can be tested."""
    return hmac.new(key, query.encode(), hashlib.sha256).hexdigest()


def visible_digest(visible: VisibleSet) -> str:
    """Return SHA-256, hex, over the visible compartments: what a replay must arrive at again."""
    return hashlib.sha256(array("q", visible.compartments).tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Claims:
    """What the caller declared about the circumstances; recorded as declared, believed by nobody."""

    processing_region: str | None
    recipient: str | None
    recipient_country: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {
            "processing_region": self.processing_region,
            "recipient": self.recipient,
            "recipient_country": self.recipient_country,
        }


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was asked, of which model and index."""

    query_commitment: str
    purpose: str
    claims: Claims
    narrowing: Narrowing
    as_of: datetime | None
    top_k: int
    max_tokens: int | None
    expand: int
    model: str
    model_revision: str
    index_revision: int
    search_mode: SearchMode

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {
            "query_commitment": self.query_commitment,
            "purpose": self.purpose,
            "claims": self.claims.to_json(),
            "narrowing": _narrowing_json(self.narrowing),
            "as_of": _time_json(self.as_of),
            "top_k": self.top_k,
            "max_tokens": self.max_tokens,
            "expand": self.expand,
            "model": self.model,
            "model_revision": self.model_revision,
            "index_revision": self.index_revision,
            "search_mode": str(self.search_mode),
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        read = {
            "claims": Claims(**body["claims"]),
            "narrowing": _narrowing(body["narrowing"]),
            "as_of": _time(body["as_of"]),
            "search_mode": SearchMode(body["search_mode"]),
        }
        return cls(**(body | read))


class Outcome(StrEnum):
    """What policy made of the request: something was visible for this purpose in this place, or nothing was."""

    PERMITTED = "permitted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Policies:
    """Which written rules decided. `ids` permitted something; `obligations` are the ids of the conditions."""

    ids: tuple[str, ...]
    revision: str
    outcome: Outcome
    obligations: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {
            "ids": list(self.ids),
            "revision": self.revision,
            "outcome": str(self.outcome),
            "obligations": list(self.obligations),
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(tuple(body["ids"]), body["revision"], Outcome(body["outcome"]), tuple(body["obligations"]))


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that was metered at a port, and how much of it (`encoder.query` 1, `index.points` 96)."""

    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Tools:
    """What was called: by which application, through which agent, on whose behalf, and the work it took."""

    application: str
    agent: str | None
    on_behalf_of: str
    operations: tuple[Operation, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {
            "application": self.application,
            "agent": self.agent,
            "on_behalf_of": self.on_behalf_of,
            "operations": [{"name": one.name, "quantity": one.quantity} for one in self.operations],
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(**(body | {"operations": tuple(Operation(**one) for one in body["operations"])}))


@dataclass(frozen=True, slots=True)
class UsedChunk:
    """One passage of the answer by its ids. `redactions` are spans of the passage as it was released."""

    document: str
    version: int
    chunk: str
    point: str
    span: Span
    content_hash: str | None
    redactions: tuple[Redaction, ...]

    @classmethod
    def of(cls, passage: Passage, point: str) -> Self:
        """Return what a receipt says about `passage`, found through `point`."""
        cited = passage.citation
        return cls(
            cited.document_id,
            cited.version,
            passage.chunk_id,
            point,
            cited.span,
            cited.content_hash,
            passage.redactions,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name; spans are [start, end]."""
        return {
            "document": self.document,
            "version": self.version,
            "chunk": self.chunk,
            "point": self.point,
            "span": [self.span.start, self.span.end],
            "content_hash": self.content_hash,
            "redactions": [
                {"span": [one.span.start, one.span.end], "entity_type": one.entity_type, "policy": one.policy}
                for one in self.redactions
            ],
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        redactions = tuple(
            Redaction(Span(*one["span"]), one["entity_type"], one["policy"]) for one in body["redactions"]
        )
        return cls(**(body | {"span": Span(*body["span"]), "redactions": redactions}))


@dataclass(frozen=True, slots=True)
class Data:
    """What the answer was made of, in its order.

    `candidates` were found and `dropped` of them did not survive the re-check; both are for auditors, never callers.
    """

    documents: tuple[UsedChunk, ...]
    candidates: int
    dropped: int

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {
            "documents": [one.to_json() for one in self.documents],
            "candidates": self.candidates,
            "dropped": self.dropped,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(tuple(map(UsedChunk.from_json, body["documents"])), body["candidates"], body["dropped"])


@dataclass(frozen=True, slots=True)
class Authorization:
    """Who asked and by which right. `tokens` permitted something (groups included); `epoch` is when it was decided.

    `visible` is the `visible_digest` of the set that was searched; `grants` are ids of approved exceptions.
    """

    subject: str
    actor: str | None
    application: str
    token_id: str
    tokens: tuple[str, ...]
    grants: tuple[str, ...]
    epoch: int
    visible: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {
            "subject": self.subject,
            "actor": self.actor,
            "application": self.application,
            "token_id": self.token_id,
            "tokens": list(self.tokens),
            "grants": list(self.grants),
            "epoch": self.epoch,
            "visible": self.visible,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(**(body | {"tokens": tuple(body["tokens"]), "grants": tuple(body["grants"])}))


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why one answer was what it was."""

    inputs: Inputs
    policies: Policies
    tools: Tools
    data: Data
    authorization: Authorization

    def to_json(self) -> dict[str, Any]:
        """Return the five fields by name, of plain values."""
        return {
            "inputs": self.inputs.to_json(),
            "policies": self.policies.to_json(),
            "tools": self.tools.to_json(),
            "data": self.data.to_json(),
            "authorization": self.authorization.to_json(),
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            Inputs.from_json(body["inputs"]),
            Policies.from_json(body["policies"]),
            Tools.from_json(body["tools"]),
            Data.from_json(body["data"]),
            Authorization.from_json(body["authorization"]),
        )


def _time_json(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _narrowing_json(narrowing: Narrowing) -> dict[str, Any]:
    return {
        "sources": sorted(narrowing.sources),
        "media_types": sorted(narrowing.media_types),
        "labels": sorted(narrowing.labels),
        "languages": sorted(narrowing.languages),
        "modified_from": _time_json(narrowing.modified_from),
        "modified_to": _time_json(narrowing.modified_to),
        "attributes": sorted([key, value] for key, value in narrowing.attributes.items()),
    }


def _narrowing(body: dict[str, Any]) -> Narrowing:
    return Narrowing(
        sources=frozenset(body["sources"]),
        media_types=frozenset(body["media_types"]),
        labels=frozenset(body["labels"]),
        languages=frozenset(body["languages"]),
        modified_from=_time(body["modified_from"]),
        modified_to=_time(body["modified_to"]),
        attributes=dict(body["attributes"]),
    )
