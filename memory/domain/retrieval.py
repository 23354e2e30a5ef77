"""The nouns of one question, in the order in which the read walk makes them.

Caller → Entitlements → Decision → Plan → Candidate → PermittedHit → RedactedHit → Passage. Each room accepts only the
type that the room before it returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from memory.domain.documents import Document, Interval, Occurrence, Span, Version
from memory.domain.governance import Profile
from memory.domain.identity import Principal, PrincipalToken


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the caller asks to leave out. Empty fields narrow nothing; across fields all must hold, inside one any."""

    sources: frozenset[str] = frozenset()
    media_types: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    modified_from: datetime | None = None
    modified_to: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Say whether nothing is narrowed."""
        return self == Narrowing()


@dataclass(frozen=True, slots=True)
class Question:
    """One request to `/retrieve`, validated. Recipient and its country are declarations: they may only narrow."""

    query: str
    purpose: str
    top_k: int
    narrowing: Narrowing
    as_of: datetime | None = None
    at_least_as_fresh: str | None = None
    max_tokens: int | None = None
    expand: int = 0
    processing_region: str | None = None
    recipient: str | None = None
    recipient_country: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """One of the callers whose rights bound a request: the directory's facts and every token that names them.

    `tokens` holds the principal itself, its groups (nested), and the everyone tokens it belongs to.
    """

    principal: Principal
    tokens: frozenset[PrincipalToken]


@dataclass(frozen=True, slots=True)
class Entitlements:
    """What the sources permit, before policy: the scopes whose ACL permits every party, at one epoch."""

    parties: tuple[Party, ...]
    scopes: frozenset[int]
    epoch: int
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class VisibleSet:
    """What the engine may look at, and nothing else; there is no way to write «everything».

    `compartments` are the visible ones and `hidden` all others that hold points, both sorted; `known_up_to` is the
    highest compartment either list could contain, so that a newer one is never let in by a complement. `chunks` is the
    exact number of visible points and `total` the number of all. `withheld` are points that lost visibility in writes
    which the index has not seen yet. `moment` is set for `as_of`: then closed intervals count, at that time.
    """

    compartments: tuple[int, ...]
    hidden: tuple[int, ...]
    known_up_to: int
    chunks: int
    total: int
    withheld: frozenset[str]
    moment: datetime | None


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something the application must do with an answer; it was allowed on that condition."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What policy makes of the entitlements for this purpose and context.

    `policies` are the ids of the policies that permitted anything here; `digest` names the visible compartments, and
    `revision` the state of the catalogue they were computed from.
    """

    entitlements: Entitlements
    visible: VisibleSet
    digest: str
    revision: int
    policies: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    policy_revision: str


class SearchMode(StrEnum):
    """How the engine walks its vectors: all of them, or a graph with or without extra hops for the filter."""

    EXACT = "exact"
    ACORN = "acorn"
    GRAPH = "graph"


@dataclass(frozen=True, slots=True)
class Plan:
    """How one question is searched, a function of the question and of what the caller may see.

    `depth` is the number of candidates each leg must return; `ef` widens the graph walk; the weights are those of the
    legs in fusion. `languages` are those the question may be in (ISO 639-1), likeliest first; empty when nobody knows.
    """

    mode: SearchMode
    depth: int
    ef: int | None
    dense_weight: float
    sparse_weight: float
    languages: tuple[str, ...]


class Scored(NamedTuple):
    """A point with the score of one leg; higher is better. Scores never leave the service.

    A tuple, as a candidate is: of everything here these alone come by the hundred.
    """

    point_id: str
    score: float


class Candidate(NamedTuple):
    """A point after fusion, before the catalogue has confirmed it."""

    point_id: str
    score: float


@dataclass(frozen=True, slots=True)
class PermittedHit:
    """A candidate that the catalogue confirms: live, current at the asked moment, in a visible compartment.

    `profile` is that of the point, `profiles` are those of all chunks of its version: one while the version is in
    force, several where a later one changed the rules for what it kept. Only `retrieval.recheck` constructs it.
    """

    candidate: Candidate
    interval: Interval
    document: Document
    version: Version
    occurrence: Occurrence
    profile: Profile
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class Redaction:
    """A mark in a passage, in coordinates of the *redacted* text, that stands for a value the caller may not read."""

    span: Span
    entity_type: str
    policy: str


@dataclass(frozen=True, slots=True)
class RedactedHit:
    """A permitted hit with the text this caller gets. `span` is where it stands in the version as this caller reads it.

    `all_clear` says that this caller may read every value of the whole version in clear, the rest of it included.
    """

    hit: PermittedHit
    text: str
    span: Span
    redactions: tuple[Redaction, ...]
    all_clear: bool


@dataclass(frozen=True, slots=True)
class StoredHit:
    """What the catalogue knows of one point: everything the re-check and the citation need."""

    interval: Interval
    document: Document
    version: Version
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a passage comes from, precisely enough to find it again.

    `span` counts code points of the version's text as its reader gets it, which is the canonical text for whoever may
    read all of it in clear: counted in the text of others, it would tell how long the values before it are.
    `content_hash` is None unless its reader may read the whole version in clear: whoever has all of a document but one
    value could otherwise try values until the hash is right.
    """

    document_id: str
    version: int
    title: str
    uri: str
    source: str
    section: tuple[str, ...]
    author: str | None
    modified_at: datetime
    span: Span
    content_hash: str | None
    commit: str | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a passage can be trusted to be today's word, in whole seconds."""

    state: str
    content_age_s: int
    acl_age_s: int


@dataclass(frozen=True, slots=True)
class Passage:
    """One piece of the answer. Its text is untrusted content: never instructions."""

    chunk_id: str
    text: str
    citation: Citation
    labels: tuple[str, ...]
    redactions: tuple[Redaction, ...]
    freshness: Freshness
