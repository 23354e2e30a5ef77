"""The record of syncs, a part of what the catalogue keeps about its sources."""

from datetime import datetime
from typing import Protocol

from memory.domain.syncs import SyncRun


class SyncReader(Protocol):
    """What was synced, when, and how it went."""

    def sync(self, sync_id: str) -> SyncRun | None:
        """Return a sync by id."""
        ...

    def last_syncs(self) -> dict[str, SyncRun]:
        """Return by name of the source the sync that was asked for last; sources without one are left out."""
        ...

    def unfinished_syncs(self) -> list[SyncRun]:
        """Return the queued and running syncs, at most one for each source, in the order they were asked for."""
        ...


class SyncWriter(SyncReader, Protocol):
    """Syncs as they go on. A finished one never changes again."""

    def open_sync(self, run: SyncRun) -> None:
        """Add a sync. Raises `Conflict` while another of its source is unfinished, or if the source is not there."""
        ...

    def put_sync(self, run: SyncRun) -> None:
        """Replace what is known of an unfinished sync. Raises `Conflict` if it has ended or is not known."""
        ...

    def beat_sync(self, sync_id: str, at: datetime) -> None:
        """Note a sign of life of the process that runs a sync. Raises `Conflict` as `put_sync`."""
        ...
