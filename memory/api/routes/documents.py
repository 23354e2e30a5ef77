"""Looking at documents: lists, versions, texts and differences."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

from memory.api.dependencies import CurrentCaller, Wired, admitted
from memory.api.schemas.documents import (
    DifferenceBody,
    DocumentBody,
    DocumentPage,
    TextBody,
    VersionPage,
    page_of,
    version_page_of,
)
from memory.audit.events import EventName
from memory.domain.errors import InvalidRequest
from memory.domain.identity import Role
from memory.ingest.pushing import pushed_document
from memory.retrieval.browsing import view

router = APIRouter(prefix="/documents", tags=["use"])

Purpose = Annotated[str, Query(min_length=1, max_length=200, description="A registered purpose.")]
MAX_NUMBER = 2**31 - 1
NO_ID = ""


@router.get("", response_model=DocumentPage)
def list_documents(
    caller: CurrentCaller,
    services: Wired,
    purpose: Purpose,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """List the documents that this caller may see."""
    with view(caller, purpose, services.reading) as seen:
        return page_of(seen.documents(after=str(cursor) if cursor else NO_ID, limit=limit), limit)


@router.get("/{document_id}")
def get_document(
    document_id: UUID,
    caller: CurrentCaller,
    services: Wired,
    purpose: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> DocumentBody:
    """Return one document; for the writer of its source its processing state, without a purpose."""
    if purpose is None and caller.writes is not None and Role.WRITER in caller.roles:
        admitted(caller, services)
        document = pushed_document(str(document_id), caller.writes, services.writing)
        services.record(EventName.DOCUMENTS_LISTED, caller.actor or caller.subject, {"documents": [document.id]})
        return DocumentBody.of(document)
    if purpose is None:
        raise InvalidRequest("Reading needs a purpose; name one that is registered.")
    with view(caller, purpose, services.reading) as seen:
        return DocumentBody.of(seen.document(str(document_id)))


@router.get("/{document_id}/versions")
def list_versions(
    document_id: UUID,
    caller: CurrentCaller,
    services: Wired,
    purpose: Purpose,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> VersionPage:
    """List the versions that this caller may read, oldest first."""
    after = min(cursor.int, MAX_NUMBER) if cursor else 0
    with view(caller, purpose, services.reading) as seen:
        return version_page_of(seen.versions(str(document_id), after=after, limit=limit), limit)


@router.get("/{document_id}/versions/{number}")
def get_version(
    document_id: UUID,
    number: Annotated[int, Path(ge=1, le=MAX_NUMBER)],
    caller: CurrentCaller,
    services: Wired,
    purpose: Purpose,
) -> TextBody:
    """Return one version with its text, redacted for this caller."""
    with view(caller, purpose, services.reading) as seen:
        return TextBody.shown(seen.text(str(document_id), number))


@router.get("/{document_id}/diff")
def get_difference(
    document_id: UUID,
    caller: CurrentCaller,
    services: Wired,
    purpose: Purpose,
    old: Annotated[int, Query(alias="from", ge=1, le=MAX_NUMBER)],
    new: Annotated[int, Query(alias="to", ge=1, le=MAX_NUMBER)],
) -> DifferenceBody:
    """Return what changed between two versions, both redacted for this caller first."""
    with view(caller, purpose, services.reading) as seen:
        return DifferenceBody.of(seen.difference(str(document_id), old, new))
