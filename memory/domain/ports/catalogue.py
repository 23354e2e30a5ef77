"""The catalogue: the record of documents, permissions and governance. The index is derived from it.

A session is one transaction. `read()` sees one consistent state; `write()` commits when its block ends without an
error, durably, and leaves nothing behind otherwise. A write session is also a read session and sees its own writes.

Two counters order everything. The *epoch* advances with every commit that can change what anyone sees (ACL,
membership, label, deletion); rows that matter to visibility keep the epochs from and to which they held. The
*revision* advances with every commit that changes any row an `AccessDelta` can carry, so that a reader keeps its copy
current by asking for what changed since.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from memory.domain.documents import Document, DocumentState, Interval, Occurrence, Span, Version
from memory.domain.governance import Compartment, Finding, Labels, Profile, Source, Value
from memory.domain.identity import Principal, PrincipalToken
from memory.domain.permissions import Acl, Scope, ScopeAcl
from memory.domain.ports.encoder import Model, Vector
from memory.domain.ports.index import PointState
from memory.domain.ports.syncs import SyncReader, SyncWriter
from memory.domain.retrieval import StoredHit


@dataclass(frozen=True, slots=True)
class Position:
    """Where the catalogue stands."""

    epoch: int
    revision: int


@dataclass(frozen=True, slots=True)
class Membership:
    """`member` (a principal or another group) belongs to `group`."""

    group: PrincipalToken
    member: PrincipalToken


@dataclass(frozen=True, slots=True)
class AccessDelta:
    """What changed in the facts of visibility after a revision. `memberships` is the whole list, or None if unchanged.

    `principals` likewise; `suspended_sources` and `stale_rosters` are always whole.
    """

    position: Position
    acls: tuple[ScopeAcl, ...]
    profiles: tuple[tuple[int, Profile], ...]
    compartments: tuple[Compartment, ...]
    memberships: tuple[Membership, ...] | None
    principals: tuple[Principal, ...] | None
    suspended_sources: frozenset[str]
    stale_rosters: frozenset[str]


class AccessReader(Protocol):
    """Permissions, groups and compartments."""

    def position(self) -> Position:
        """Return the counters as of this session; one indexed row, called for every request."""
        ...

    def changes(self, since: int) -> AccessDelta:
        """Return everything that changed after revision `since`; 0 gives the whole state."""
        ...

    def principal(self, token: PrincipalToken) -> Principal | None:
        """Return what the directory knows of `token`."""
        ...

    def principals(self) -> list[Principal]:
        """Return everybody, ordered by token."""
        ...

    def members(self, group: PrincipalToken) -> list[PrincipalToken]:
        """Return the direct members of a group, ordered."""
        ...

    def scope(self, source: str, key: str) -> Scope | None:
        """Return the scope that a source calls `key`."""
        ...

    def scopes(self, source: str) -> list[Scope]:
        """Return every scope of a source, by key."""
        ...

    def compartments(self, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return (scope, profile id) of each compartment."""
        ...

    def scope_acl(self, scope: int, at_epoch: int | None = None) -> ScopeAcl | None:
        """Return the ACL in force on a scope, now or at a past epoch."""
        ...


class AccessWriter(AccessReader, Protocol):
    """Changes to what anyone may see. Each method that changes something advances the epoch of its transaction once."""

    def put_principal(self, principal: Principal) -> None:
        """Add or replace a principal."""
        ...

    def set_members(self, group: PrincipalToken, members: Iterable[PrincipalToken]) -> None:
        """Make `members` the direct members of `group`; equal lists change nothing."""
        ...

    def set_acl(self, source: str, scope_key: str, acl: Acl, observed_at: datetime) -> Scope:
        """Put `acl` in force on a scope, making the scope if it is new. An equal ACL only renews `observed_at`."""
        ...

    def profile(self, profile: Profile) -> int:
        """Return the id of an equal profile, adding it if it is new."""
        ...

    def compartment(self, scope: int, profile: int) -> int:
        """Return the id of this pair, adding it if it is new."""
        ...


class DocumentReader(Protocol):
    """Documents, versions, texts and where chunks stand in them."""

    def get(self, document_id: str) -> Document | None:
        """Return a document by id."""
        ...

    def find(self, source: str, external_id: str) -> Document | None:
        """Return a document by its source's id."""
        ...

    def page(
        self, *, after: str, limit: int, source: str | None = None, scopes: frozenset[int] | None = None
    ) -> list[Document]:
        """Return documents with an id above `after`, ordered by id; `scopes`, where given, bounds them."""
        ...

    def visible(self, compartments: Sequence[int], *, after: str, limit: int) -> list[Document]:
        """Return ready documents with an open interval in one of these compartments and an id above `after`, by id."""
        ...

    def present(self, source: str) -> list[str]:
        """Return the external ids of a source's documents that are not tombstones, ordered."""
        ...

    def beneath(self, source: str, prefix: str) -> list[Document]:
        """Return a source's documents whose external id begins with `prefix`, ordered by it; tombstones too."""
        ...

    def versions(self, document_id: str, *, after: int = 0, limit: int | None = None) -> list[Version]:
        """Return the versions with a number above `after`, oldest first; `limit` of them, or all (None)."""
        ...

    def version(self, document_id: str, number: int) -> Version | None:
        """Return one version."""
        ...

    def current_notes(self, document_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return what was noted of the current versions of these documents; those without notes are left out."""
        ...

    def text(self, document_id: str, text_hash: str) -> str:
        """Return a canonical text. Raises `NotFound`."""
        ...

    def slices(self, wanted: Sequence[tuple[str, str, Span]]) -> list[str]:
        """Return parts of canonical texts, given as (document id, text hash, span), in order. Raises `NotFound`."""
        ...

    def passages(self, wanted: Sequence[tuple[str, str, Span, Span]]) -> list[tuple[str, tuple[Value, ...]]]:
        """Return for each (document id, text hash, span, wider span) a part of the text and the values around it.

        Both in one query: the slice at the first span, and where the findings stand that overlap the second, which
        contains the first. Raises `NotFound`.
        """
        ...

    def findings(self, wanted: Sequence[tuple[str, str, Span | None]]) -> list[tuple[Finding, ...]]:
        """Return for each (document id, text hash, span) the findings that overlap the span; None means all of it."""
        ...

    def analysed_with(self, document_id: str, text_hash: str) -> str | None:
        """Return the version of the classifier that analysed this text, None if none did."""
        ...

    def occurrences(self, document_id: str, version: int) -> list[Occurrence]:
        """Return where the chunks of a version stand, by ordinal."""
        ...

    def intervals(self, document_id: str, *, open_only: bool) -> list[Interval]:
        """Return the intervals of a document's chunks, ordered by point id."""
        ...

    def governed(self, wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], frozenset[int]]:
        """Return for each (document id, version) the compartments that govern its chunks now, by their masked points.

        Left out is a version without chunks, and one with a chunk that no interval holds from the version's beginning
        to its end.
        """
        ...

    def neighbours(
        self, wanted: Sequence[tuple[str, int, range]], *, moment: datetime | None
    ) -> list[tuple[Occurrence, int]]:
        """Return what stands at these ordinals, given as (document id, version, ordinals), each once, in no order.

        With each comes the compartment of its masked point at `moment` (None: now); what had none then is left out.
        """
        ...

    def labels(self, document_id: str, version: int) -> Labels | None:
        """Return the labels in force on a version."""
        ...

    def hits(self, point_ids: Sequence[str], *, moment: datetime | None) -> dict[str, StoredHit]:
        """Return what the catalogue knows of points that are live at `moment` (None: now), in one query.

        Left out are points that are unknown, whose interval does not hold at that moment, or whose document is not
        ready. The version is the one in force at that moment.
        """
        ...


class DocumentWriter(DocumentReader, Protocol):
    """Additions to the record; versions, texts and occurrences are never changed afterwards."""

    def put(self, document: Document) -> None:
        """Add a document or replace its changeable facts."""
        ...

    def set_state(self, document_id: str, state: DocumentState, reason: str | None) -> None:
        """Change the state; leaving `ready` advances the epoch."""
        ...

    def add_version(self, version: Version) -> None:
        """Add the next version."""
        ...

    def supersede(self, document_id: str, number: int, at: datetime) -> None:
        """End a version at `at`."""
        ...

    def add_text(self, document_id: str, text_hash: str, text: str) -> None:
        """Keep a canonical text; the same again changes nothing."""
        ...

    def add_findings(self, document_id: str, text_hash: str, findings: Sequence[Finding], classifier: str) -> None:
        """Keep the findings of one text as what `classifier` (a version) found, replacing earlier ones."""
        ...

    def add_occurrences(self, occurrences: Sequence[Occurrence]) -> None:
        """Record where chunks stand in one version."""
        ...

    def set_labels(self, document_id: str, version: int, labels: Labels, origin: str) -> None:
        """Put labels in force; `origin` names the rule set or the person."""
        ...

    def open_intervals(self, intervals: Sequence[Interval]) -> None:
        """Add intervals that begin; counts of their compartments follow."""
        ...

    def close_intervals(self, point_ids: Sequence[str], at: datetime) -> None:
        """End open intervals; counts of their compartments follow."""
        ...

    def move_intervals(self, point_ids: Sequence[str], compartment: int) -> None:
        """Move intervals to another compartment; counts of both follow."""
        ...


class EmbeddingReader(Protocol):
    """Vectors by the exact text that was embedded, shared by all documents."""

    def vectors(self, hashes: Sequence[str], model: Model) -> dict[str, Vector]:
        """Return the cached vectors of these texts (SHA-256, hex) for exactly this model."""
        ...

    def texts(self, hashes: Sequence[str]) -> dict[str, str]:
        """Return the embedded texts themselves (masked, as the engine's terms need them)."""
        ...


class EmbeddingWriter(EmbeddingReader, Protocol):
    """Additions to the cache."""

    def put_vectors(self, vectors: Mapping[str, Vector], model: Model) -> None:
        """Keep vectors; the same again changes nothing."""
        ...

    def put_texts(self, texts: dict[str, str]) -> None:
        """Keep embedded texts; the same again changes nothing."""
        ...


class OutboxKind(StrEnum):
    """What the index has to do about a point: bring all of it, bring its payload, or forget it."""

    PUBLISH = "publish"
    GOVERN = "govern"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One point that the index has yet to follow. `withdrawn_from` is the compartment that lost the point, if any.

    `sequence` orders entries; it is 0 until stored.
    """

    point_id: str
    kind: OutboxKind
    withdrawn_from: int | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class PointRecord:
    """What the relay needs to publish one point."""

    state: PointState
    embedded_hash: str


class OutboxReader(Protocol):
    """What the index has yet to follow."""

    def pending(self, limit: int) -> list[OutboxEntry]:
        """Return the oldest entries, in order."""
        ...

    def newest(self) -> int:
        """Return the sequence of the newest entry, 0 when there is none."""
        ...

    def withdrawn(self) -> list[tuple[str, int]]:
        """Return (point id, compartment that lost it) of all pending withdrawals."""
        ...

    def points(self, point_ids: Sequence[str]) -> dict[str, PointRecord]:
        """Return the present state of points; ids that no longer exist are left out."""
        ...

    def all_points(self, *, after: str, limit: int) -> list[str]:
        """Return point ids above `after`, ordered: what a rebuild or a reconciliation walks."""
        ...


class OutboxWriter(OutboxReader, Protocol):
    """Entries come in with the change that causes them and go when the index has followed."""

    def enqueue(self, entries: Sequence[OutboxEntry]) -> None:
        """Add entries in order."""
        ...

    def drained(self, up_to: int) -> None:
        """Drop all entries with a sequence up to and including `up_to`."""
        ...


class SourceReader(SyncReader, Protocol):
    """Registered sources, and their syncs."""

    def get(self, name: str) -> Source | None:
        """Return a source by name."""
        ...

    def all(self) -> list[Source]:
        """Return all sources, by name."""
        ...

    def remembered(self, source: str, key: str) -> tuple[str, str] | None:
        """Return (request digest, response JSON) of an idempotency key that was used."""
        ...


class SourceWriter(SourceReader, SyncWriter, Protocol):
    """Changes to sources, and their syncs."""

    def put(self, source: Source) -> None:
        """Add or replace a source."""
        ...

    def set_checkpoint(self, name: str, checkpoint: str | None) -> None:
        """Remember how far a sync got; commits with the batch it covers."""
        ...

    def remember(self, source: str, key: str, digest: str, response: str) -> None:
        """Keep the outcome of an idempotent request."""
        ...


class Reading(Protocol):
    """One consistent view."""

    @property
    def access(self) -> AccessReader:
        """Permissions, groups and compartments."""
        ...

    @property
    def documents(self) -> DocumentReader:
        """Documents, versions and texts."""
        ...

    @property
    def embeddings(self) -> EmbeddingReader:
        """The embedding cache."""
        ...

    @property
    def outbox(self) -> OutboxReader:
        """What the index has yet to follow."""
        ...

    @property
    def sources(self) -> SourceReader:
        """Registered sources."""
        ...


class Writing(Protocol):
    """One transaction; writers are serialised."""

    @property
    def access(self) -> AccessWriter:
        """Permissions, groups and compartments."""
        ...

    @property
    def documents(self) -> DocumentWriter:
        """Documents, versions and texts."""
        ...

    @property
    def embeddings(self) -> EmbeddingWriter:
        """The embedding cache."""
        ...

    @property
    def outbox(self) -> OutboxWriter:
        """What the index has yet to follow."""
        ...

    @property
    def sources(self) -> SourceWriter:
        """Registered sources."""
        ...


class Catalogue(Protocol):
    """Opens sessions. Every method of every session may raise `CatalogueUnavailable`."""

    def read(self) -> AbstractContextManager[Reading]:
        """Open a consistent view."""
        ...

    def write(self) -> AbstractContextManager[Writing]:
        """Open a transaction."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...
