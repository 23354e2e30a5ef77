"""Sources and their syncs, for those who run or audit this deployment."""

from typing import Annotated

from fastapi import APIRouter, Path, Response, status

from memory.api.dependencies import CurrentOperator, CurrentOverseer, Wired
from memory.api.schemas.sources import SourceBody, SourceList, SyncBody, SyncRequest
from memory.audit.events import EventName
from memory.domain.errors import NotFound
from memory.ingest.claiming import request

router = APIRouter(tags=["bring in"])

SyncId = Annotated[str, Path(pattern=r"^syn_[0-9a-f]{32}$")]


@router.get("/sources")
def list_sources(caller: CurrentOverseer, services: Wired) -> SourceList:
    """List the registered sources, each with how its last sync went."""
    with services.catalogue.read() as session:
        last, sources = session.sources.last_syncs(), session.sources.all()
    body = {"sources": [one.name for one in sources]}
    services.record(EventName.SOURCES_LISTED, caller.actor or caller.subject, body)
    return SourceList(items=[SourceBody.of(one, last.get(one.name)) for one in sources])


@router.post("/sources/{name}/sync", status_code=status.HTTP_202_ACCEPTED)
def start_sync(
    name: str, caller: CurrentOperator, services: Wired, response: Response, wanted: SyncRequest | None = None
) -> SyncBody:
    """Queue a sync of a source; it waits its turn in the worker beside the server, even through a restart."""
    order = (wanted or SyncRequest()).order()
    run = request(name, caller.subject, services.syncing, order)
    response.headers["Location"] = f"/syncs/{run.id}"
    return SyncBody.of(run)


@router.get("/syncs/{sync_id}")
def get_sync(sync_id: SyncId, caller: CurrentOverseer, services: Wired) -> SyncBody:
    """Return how far a sync is, or how it ended."""
    with services.catalogue.read() as session:
        run = session.sources.sync(sync_id)
    if run is None:
        raise NotFound
    services.record(EventName.SYNC_SHOWN, caller.actor or caller.subject, {"source": run.source, "sync": run.id})
    return SyncBody.of(run)
