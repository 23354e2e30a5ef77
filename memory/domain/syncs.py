"""Syncs: one reading of one source, on record from the moment it is asked for.

At most one sync of a source is unfinished at a time, whichever process runs it; that record is the guard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from memory.domain.identity import PrincipalToken


class SyncState(StrEnum):
    """What became of a sync.

    `failed`: its source could not be read to the end. `interrupted`: somebody stopped it, or its process ended. Either
    way what it counted is durable, and the next sync goes on from the last checkpoint.
    """

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class SyncMode(StrEnum):
    """How much of its source a sync reads: what changed, all of it, or its permissions without any content."""

    INCREMENTAL = "incremental"
    FULL = "full"
    PERMISSIONS = "permissions"


@dataclass(frozen=True, slots=True)
class SyncTrouble:
    """An item that could not be brought in: `change` is quarantined or failed, `reason` is for people."""

    external_id: str
    change: str
    reason: str


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that runs a sync."""

    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One sync of one source. `counts` are items by what became of them, those of durable batches alone.

    `heartbeat_at` is the last sign of life of `holder`, or, while the sync is queued and has none, of whoever ran or
    adopted it. `error` is one sentence; an unfinished sync has one when a process that ran it died. `trouble` holds the
    first items that could not be brought in, not all of them. `deletions_confirmed`: whoever asked has looked, and what
    is gone from the source may go, however much it is. `labelling` names the rules and recognizers it is to be labelled
    by; None, from before that was kept, names none.
    """

    id: str
    source: str
    requested_by: PrincipalToken
    requested_at: datetime
    state: SyncState = SyncState.QUEUED
    holder: Holder | None = None
    started_at: datetime | None = None
    heartbeat_at: datetime | None = None
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    trouble: tuple[SyncTrouble, ...] = ()
    error: str | None = None
    mode: SyncMode = SyncMode.INCREMENTAL
    deletions_confirmed: bool = False
    labelling: str | None = None

    def begun(self, holder: Holder, at: datetime) -> "SyncRun":
        """Return this sync as `holder` runs it from now on."""
        return replace(self, state=SyncState.RUNNING, holder=holder, started_at=at, heartbeat_at=at)

    def left(self, note: str) -> "SyncRun":
        """Return this sync as it waits for another process, its own having died; `note` stays until its end."""
        waiting = replace(self, state=SyncState.QUEUED, holder=None, started_at=None)
        return replace(waiting, error=note)

    def adopted(self, labelling: str, at: datetime) -> "SyncRun":
        """Return this queued sync as it waits, from now on, for a process that labels by something else."""
        return replace(self, labelling=labelling, heartbeat_at=at)

    def ended(self, state: SyncState, at: datetime, error: str | None = None) -> "SyncRun":
        """Return this sync as it ended."""
        return replace(self, state=state, finished_at=at, error=error)
