"""Bringing documents in: push and delete, for the one source that the token names."""

from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, status

from memory.access.freshness import SALT_BYTES
from memory.api.dependencies import CurrentWriter, Wired
from memory.api.schemas.documents import PushAnswer, PushedDocument, PushedState, PushRequest
from memory.domain.documents import Provenance, SourceDocument
from memory.domain.errors import InvalidRequest
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl
from memory.ingest.pushing import SOURCE_SCOPE, Pushed, Receipt, delete, push
from memory.wiring import Services

router = APIRouter(prefix="/documents", tags=["bring in"])

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


@router.post("", status_code=status.HTTP_201_CREATED)
def push_documents(
    request: PushRequest, caller: CurrentWriter, services: Wired, idempotency_key: IdempotencyKey = None
) -> PushAnswer:
    """Add or update documents; the answer says what became of each, and it is durable."""
    source = str(caller.writes)
    documents = [_pushed(document, source, services) for document in request.documents]
    receipt = push(documents, source, idempotency_key, services.writing, actor=caller.actor or caller.subject)
    return _answer(receipt, source, idempotency_key, services)


@router.delete("/{document_id}")
def delete_document(
    document_id: UUID, caller: CurrentWriter, services: Wired, idempotency_key: IdempotencyKey = None
) -> PushAnswer:
    """Delete a document of the writer's source: its passages go at once, its history stays."""
    source, actor = str(caller.writes), caller.actor or caller.subject
    receipt = delete(str(document_id), source, idempotency_key, services.writing, actor=actor)
    return _answer(receipt, source, idempotency_key, services)


def _answer(receipt: Receipt, source: str, key: str | None, services: Services) -> PushAnswer:
    """A request that is repeated gets its answer again, to the last digit; no other one gets the same token."""
    services.publish()
    salt = services.randomness.token(SALT_BYTES) if key is None else sha256(f"{source}\n{key}".encode()).digest()
    token = services.reading.freshness.seal(receipt.epoch, salt[:SALT_BYTES])
    return PushAnswer(items=[PushedState.of(outcome) for outcome in receipt.outcomes], consistency_token=token)


def _pushed(pushed: PushedDocument, source: str, services: Services) -> Pushed:
    if (pushed.text is None) == (pushed.content is None):
        raise InvalidRequest("Give each document text or content, and not both.")
    if pushed.deny and pushed.allow is None:
        raise InvalidRequest("A document that names deny must name allow; without allow its source's permission holds.")
    content = pushed.content if pushed.content is not None else (pushed.text or "").encode("utf-8", "surrogatepass")
    provenance = Provenance(
        uri=pushed.uri or f"push:{source}/{pushed.external_id}",
        author=pushed.author,
        connector="push",
        attributes=pushed.attributes,
    )
    document = SourceDocument(
        external_id=pushed.external_id,
        title=pushed.title,
        content=content,
        media_type=pushed.media_type,
        scope_key=SOURCE_SCOPE,
        modified_at=pushed.modified_at or services.clock.now(),
        provenance=provenance,
    )
    acl = None
    if pushed.allow is not None:
        acl = Acl.of(map(PrincipalToken.parse, pushed.allow), map(PrincipalToken.parse, pushed.deny))
    return Pushed(document, acl)
