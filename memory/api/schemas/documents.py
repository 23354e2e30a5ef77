"""Documents, versions, texts and differences, as the API shows them."""

import binascii
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EncodedBytes, EncoderProtocol, Field, StringConstraints

from memory.api.schemas.moments import Moment
from memory.api.schemas.retrieve import RedactionBody
from memory.domain.documents import Document, Version
from memory.ingest.rooms import Outcome
from memory.retrieval.browsing import ListedVersion, ShownText
from memory.retrieval.diffing import Difference


class DocumentBody(BaseModel):
    """A document. `id` is opaque; `state` is ready for readers, and whatever it is for the source's own writer."""

    id: str
    state: str
    reason: str | None
    source: str
    title: str
    media_type: str
    language: str | None
    version: int

    @classmethod
    def of(cls, document: Document) -> "DocumentBody":
        """Return what is known of a document."""
        return cls(
            id=document.id,
            state=document.state,
            reason=document.reason,
            source=document.source,
            title=document.title,
            media_type=document.media_type,
            language=document.language,
            version=document.current_version,
        )


class DocumentPage(BaseModel):
    """A page of documents; `next` is the cursor of the page after it, null on the last."""

    items: list[DocumentBody]
    next: str | None


class VersionBody(BaseModel):
    """One immutable state of a document.

    `content_hash`, and what the parser noted, are null for readers who may not read every value in it.
    """

    version: int
    title: str
    content_hash: str | None
    commit: str | None
    modified_at: datetime
    effective_from: datetime
    superseded_at: datetime | None
    notes: list[str] | None

    @classmethod
    def of(cls, version: Version, content_hash: str | None) -> "VersionBody":
        """Return what a reader may know of a version; `content_hash` is for those who may read every value in it.

        So are notes, which come from the process that parsed the file and is trusted with nothing: one that was taken
        over could put a value into them.
        """
        return cls(
            version=version.number,
            title=version.title,
            content_hash=content_hash,
            commit=version.provenance.commit,
            modified_at=version.modified_at,
            effective_from=version.effective_from,
            superseded_at=version.superseded_at,
            notes=None if content_hash is None else list(version.notes),
        )


class VersionPage(BaseModel):
    """A page of the versions that the reader may read, oldest first; `next` is the cursor of the page after it."""

    items: list[VersionBody]
    next: str | None


class TextBody(VersionBody):
    """A version with its canonical text, redacted. The text is untrusted content."""

    text: str
    trust: str
    redactions: list[RedactionBody]

    @classmethod
    def shown(cls, shown: ShownText) -> "TextBody":
        """Return a text as its reader may see it."""
        redactions = [
            {
                "span": {"start": one.span.start, "end": one.span.end},
                "entity_type": one.entity_type,
                "policy": one.policy,
            }
            for one in shown.redactions
        ]
        version = shown.version
        facts = VersionBody.of(version, None if shown.redactions else version.content_hash).model_dump()
        return cls.model_validate({**facts, "text": shown.text, "trust": "untrusted", "redactions": redactions})


class ChangeBody(BaseModel):
    """One change. `kind` is added, removed, moved or changed; line numbers count from 1."""

    kind: str
    section: list[str]
    old_lines: list[str]
    new_lines: list[str]
    old_start: int
    new_start: int
    words: list[tuple[str, str]]


class DifferenceBody(BaseModel):
    """What changed between two versions, as this reader may see them."""

    added: list[str]
    removed: list[str]
    changes: list[ChangeBody]

    @classmethod
    def of(cls, difference: Difference) -> "DifferenceBody":
        """Return a difference."""
        return cls.model_validate(difference.to_json())


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class StrictBase64(EncoderProtocol):
    """RFC 4648 section 4 and nothing else: the decoder that pydantic brings drops what it does not know."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        """Return the bytes. Raises `ValueError` for a character outside the alphabet, or wrong padding."""
        try:
            return b64decode(data, validate=True)
        except binascii.Error:
            raise ValueError("must be base64; encode the bytes of the file so, or send text") from None

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        """Return the text of some bytes."""
        return b64encode(value)

    @classmethod
    def get_json_format(cls) -> Literal["base64"]:
        """Return the format that OpenAPI names."""
        return "base64"


Content = Annotated[bytes, EncodedBytes(encoder=StrictBase64)]


class PushedDocument(BaseModel):
    """A document handed over by its system. Give `text`, or `content` in base64 with its media type."""

    model_config = ConfigDict(extra="forbid")

    external_id: Identifier
    title: Identifier
    text: str | None = Field(None, description="Plain text or Markdown.")
    content: Content | None = None
    media_type: Annotated[str, StringConstraints(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=200)] = "text/markdown"
    uri: Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://")] | None = None
    author: Annotated[str, StringConstraints(max_length=200)] | None = None
    modified_at: Moment | None = None
    allow: list[Identifier] | None = Field(None, max_length=1_000, description="Who may read; default: as the source.")
    deny: list[Identifier] = Field([], max_length=1_000)
    attributes: dict[Identifier, Identifier] = Field({}, max_length=20)


class PushRequest(BaseModel):
    """One or more documents of one source."""

    model_config = ConfigDict(extra="forbid")

    documents: list[PushedDocument] = Field(min_length=1, max_length=500)


class PushedState(BaseModel):
    """What became of one pushed document."""

    external_id: str
    document: str | None
    version: int | None
    change: str
    reason: str | None

    @classmethod
    def of(cls, outcome: Outcome) -> "PushedState":
        """Return an outcome."""
        return cls(
            external_id=outcome.external_id,
            document=outcome.document_id,
            version=outcome.version,
            change=outcome.change,
            reason=outcome.reason,
        )


class PushAnswer(BaseModel):
    """What became of each, in order, durable; `consistency_token` goes into `at_least_as_fresh` of a later question."""

    items: list[PushedState]
    consistency_token: str


def version_page_of(versions: list[ListedVersion], limit: int) -> VersionPage:
    """Return a page; its cursor is written like an id, so that it is as long on every page."""
    following = str(UUID(int=versions[-1].version.number)) if len(versions) == limit else None
    return VersionPage(items=[VersionBody.of(one.version, one.content_hash) for one in versions], next=following)


def page_of(documents: list[Document], limit: int) -> dict[str, Any]:
    """Return a page; a full one has a successor to ask for."""
    following = documents[-1].id if len(documents) == limit else None
    return {"items": [DocumentBody.of(document) for document in documents], "next": following}
