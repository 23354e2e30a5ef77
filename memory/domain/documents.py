"""What is known: documents, their immutable versions, and the pieces they are cut into.

Spans are half-open code-point offsets into the canonical text of a version, everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from memory.domain.permissions import Acl


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")

    def overlaps(self, other: "Span") -> bool:
        """Say whether the two ranges share a code point."""
        return self.start < other.end and other.start < self.end

    def slice(self, text: str) -> str:
        """Return exactly this part of `text`."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one version came from. Every field is what the source said; none of it is trusted to grant anything.

    `parent` is the external id of the document that this one was found in, for attachments and members of archives.
    """

    uri: str
    path: str | None = None
    author: str | None = None
    commit: str | None = None
    message: str | None = None
    connector: str = ""
    connector_version: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document as a connector hands it over.

    `external_id` is stable in its source across renames; `scope_key` names the place whose permission governs it.
    `modified_at` is when the source says this content came into force. `standing` is False where the source knows that
    the document is gone by the end of what it is telling: then nobody sees it, not even until its deletion is told.
    """

    external_id: str
    title: str
    content: bytes
    media_type: str
    scope_key: str
    modified_at: datetime
    provenance: Provenance
    standing: bool = True


@dataclass(frozen=True, slots=True)
class SourceDeletion:
    """The source no longer has this document."""

    external_id: str
    at: datetime
    explicit: bool = True


@dataclass(frozen=True, slots=True)
class SourcePermission:
    """The permission of one scope, told without any content."""

    scope_key: str
    acl: Acl


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """One item that could not be read; it counts as present, never as deleted."""

    external_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceCheckpoint:
    """Where a sync may resume once everything before it is durable. JSON text, at most a few megabytes."""

    body: str


SourceEvent = SourceDocument | SourceDeletion | SourcePermission | SourceFailure | SourceCheckpoint


class DocumentState(StrEnum):
    """What became of a document.

    `ready` can be retrieved; `quarantined` could not be read or scanned and waits for a person; `deleted` is a
    tombstone.
    """

    READY = "ready"
    QUARANTINED = "quarantined"
    DELETED = "deleted"


class ElementKind(StrEnum):
    """What a partitioned element is, in the words of unstructured."""

    TITLE = "title"
    TEXT = "text"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table that holds something: its column, counted from 0, and where its value stands in the text."""

    column: int
    span: Span


@dataclass(frozen=True, slots=True)
class TableRow:
    """That an element is one row of a table.

    `table` counts the tables of the document from 0; the row of the same table with `header` set, if there is one,
    comes first and names the columns. Cells are in order, disjoint, inside the element; empty ones are left out.
    """

    table: int
    header: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """A structural piece of the canonical text. `depth` is the heading level of a title, counted from 1.

    `row` is set where the element is one row of a table; a table whose cells are not known is one element without it.
    """

    kind: ElementKind
    span: Span
    depth: int = 0
    page: int | None = None
    row: TableRow | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside another: an attachment, or what lies in an archive.

    `name` is a relative path without `..`, unique within its container; see `memory.domain.members.member_name`.
    """

    name: str
    media_type: str
    content: bytes


HIDDEN_NOTE = "hidden text was left out"
"""The note of a text that holds less than its file does, because nobody would see the rest."""


@dataclass(frozen=True, slots=True)
class PartitionedText:
    """A document after partitioning: one canonical text and its elements in reading order.

    Elements do not overlap. `notes` are things a person should know (`page 3: no text layer`), in words of the parser:
    they quote nothing of the file. `members` are files found inside this one, to be read as documents of their own.
    `format` is what the file was read as, for people.
    """

    text: str
    elements: tuple[Element, ...]
    parser: str
    parser_version: str
    notes: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    format: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one version that is found and cited as a whole. `section` is the path of headings above it."""

    ordinal: int
    span: Span
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document: stable through versions and renames. `id` is opaque and of constant length."""

    id: str
    source: str
    external_id: str
    title: str
    media_type: str
    scope: int
    state: DocumentState
    reason: str | None
    current_version: int
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable state of a document.

    `content_hash` is SHA-256 of the source bytes, hex; `text_hash` names the canonical text, None when it could not be
    read. `effective_from` is when it came into force by the source's clock, never before its predecessor's, and not
    after it was fetched; `superseded_at` is when the next version or a deletion ended it. `notes` are those of its
    parser, for people (see `PartitionedText`).
    """

    document_id: str
    number: int
    title: str
    content_hash: str
    text_hash: str | None
    provenance: Provenance
    parser: str | None
    parser_version: str | None
    modified_at: datetime
    effective_from: datetime
    fetched_at: datetime
    superseded_at: datetime | None
    state: DocumentState
    reason: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a chunk stands in one version."""

    document_id: str
    version: int
    chunk_id: str
    ordinal: int
    span: Span
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time in which a chunk was part of its document; one point of the index each.

    `compartment` is where its latest content is governed now. Times are the source's effective times; `valid_to` None
    means current. `clear_types` is empty for the masked point that everyone with access reaches, else the entity types
    left in clear in what this point's vector was made from.
    """

    point_id: str
    chunk_id: str
    document_id: str
    compartment: int
    embedded_hash: str
    language: str | None
    valid_from: datetime
    valid_to: datetime | None
    clear_types: frozenset[str] = frozenset()
