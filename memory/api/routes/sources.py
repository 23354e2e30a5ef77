"""Sources and their syncs, for those who run or audit this deployment."""

from typing import Annotated

from fastapi import APIRouter, Path, Response, status

from memory.api.dependencies import CurrentOperator, CurrentOverseer, Wired
from memory.api.schemas.sources import SourceBody, SourceList, SyncBody, SyncRequest
from memory.domain.errors import NotFound
from memory.ingest.claiming import request

router = APIRouter(tags=["bring in"])

SyncId = Annotated[str, Path(pattern=r"^syn_[0-9a-f]{32}$")]


@router.get("/sources")
def list_sources(_: CurrentOverseer, services: Wired) -> SourceList:
    """List the registered sources, each with how its last sync went."""
    with services.catalogue.read() as session:
        last = session.sources.last_syncs()
        return SourceList(items=[SourceBody.of(one, last.get(one.name)) for one in session.sources.all()])


@router.post("/sources/{name}/sync", status_code=status.HTTP_202_ACCEPTED)
def start_sync(
    name: str, caller: CurrentOperator, services: Wired, response: Response, wanted: SyncRequest | None = None
) -> SyncBody:
    """Queue a sync of a source; it waits its turn in the serving process, even through a restart."""
    order = (wanted or SyncRequest()).order()
    run = request(name, caller.subject, services.syncing, order)
    response.headers["Location"] = f"/syncs/{run.id}"
    return SyncBody.of(run)


@router.get("/syncs/{sync_id}")
def get_sync(sync_id: SyncId, _: CurrentOverseer, services: Wired) -> SyncBody:
    """Return how far a sync is, or how it ended."""
    with services.catalogue.read() as session:
        run = session.sources.sync(sync_id)
    if run is None:
        raise NotFound
    return SyncBody.of(run)
