"""Sources and syncs, as those who run or audit a deployment see them: no location, no settings, no process."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from memory.domain.governance import Source
from memory.domain.syncs import SyncMode, SyncRun
from memory.ingest.claiming import SyncOrder


class SyncRequest(BaseModel):
    """What to sync. `mode`: incremental reads what changed, full all of it, permissions no content at all.

    `confirm_deletions` lets documents go that an earlier sync missed, however many there are.
    """

    model_config = ConfigDict(extra="forbid")

    mode: SyncMode = SyncMode.INCREMENTAL
    confirm_deletions: bool = False

    def order(self) -> SyncOrder:
        """Return what the write walk is asked for."""
        return SyncOrder(self.mode, self.confirm_deletions)


class LastSync(BaseModel):
    """How the sync went that was asked for last."""

    id: str
    state: str
    requested_at: datetime
    finished_at: datetime | None


class SourceBody(BaseModel):
    """A registered source. A suspended one is not `active`: nobody sees its documents."""

    name: str
    connector: str
    owner_team: str
    active: bool
    last_sync: LastSync | None

    @classmethod
    def of(cls, source: Source, last: SyncRun | None) -> "SourceBody":
        """Return what may be known of a source."""
        return cls(
            name=source.name,
            connector=source.connector,
            owner_team=source.owner_team,
            active=source.active,
            last_sync=None
            if last is None
            else LastSync(id=last.id, state=last.state, requested_at=last.requested_at, finished_at=last.finished_at),
        )


class SourceList(BaseModel):
    """All sources, by name."""

    items: list[SourceBody]


class SyncTroubleBody(BaseModel):
    """An item that could not be brought in: `change` is quarantined or failed."""

    external_id: str
    change: str
    reason: str


class SyncBody(BaseModel):
    """A sync. `state` is queued, running, completed, failed or interrupted; `error` says in one sentence what to do.

    `counts` are durable items by what became of them; `trouble` names the first 100 that could not be brought in.
    """

    id: str
    source: str
    mode: str
    state: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    counts: dict[str, int]
    trouble: list[SyncTroubleBody]
    error: str | None

    @classmethod
    def of(cls, run: SyncRun) -> "SyncBody":
        """Return what may be known of a sync."""
        return cls(
            id=run.id,
            source=run.source,
            mode=run.mode,
            state=run.state,
            requested_at=run.requested_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            counts=dict(run.counts),
            trouble=[
                SyncTroubleBody(external_id=one.external_id, change=one.change, reason=one.reason)
                for one in run.trouble
            ],
            error=run.error,
        )
