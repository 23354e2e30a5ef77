"""The record of syncs. A unique index over the unfinished ones lets each source have one at a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select, update

from memory.adapters.catalogue.tables import sources, syncs
from memory.adapters.catalogue.transaction import Reader, Writer
from memory.domain.errors import Conflict
from memory.domain.syncs import Holder, SyncRun

_LATER = syncs.alias("later")
# One step of an index for each source, however many syncs there were.
_LATEST = (
    select(_LATER.c.id)
    .where(_LATER.c.source == sources.c.name)
    .order_by(_LATER.c.requested_at.desc(), _LATER.c.id.desc())
    .limit(1)
    .correlate(sources)
    .scalar_subquery()
)
_LAST = select(syncs).join(sources, syncs.c.id == _LATEST)
_UNFINISHED = select(syncs).where(syncs.c.finished_at.is_(None)).order_by(syncs.c.requested_at, syncs.c.id)


class SqlSyncReader(Reader):
    """Reads of the record of syncs."""

    def sync(self, sync_id: str) -> SyncRun | None:
        """Return a sync by id."""
        return next(iter(self._runs(select(syncs).where(syncs.c.id == sync_id))), None)

    def last_syncs(self) -> dict[str, SyncRun]:
        """Return by name of the source the sync that was asked for last."""
        return {run.source: run for run in self._runs(_LAST)}

    def unfinished_syncs(self) -> list[SyncRun]:
        """Return the queued and running syncs in the order they were asked for."""
        return self._runs(_UNFINISHED)

    def _runs(self, query: Select[Any]) -> list[SyncRun]:
        return [_run(row) for row in self._connection.execute(query).mappings()]


class SqlSyncWriter(SqlSyncReader, Writer):
    """Syncs as they go on."""

    def open_sync(self, run: SyncRun) -> None:
        """Add a sync; a second unfinished one of its source is a `Conflict`, as is a source that is not there."""
        self._add(syncs, [_values(run)])

    def put_sync(self, run: SyncRun) -> None:
        """Replace what is known of an unfinished sync. Raises `Conflict` if it has ended or is not known."""
        self._change(run.id, _values(run))

    def beat_sync(self, sync_id: str, at: datetime) -> None:
        """Note a sign of life. Raises `Conflict` as `put_sync`."""
        self._change(sync_id, {"heartbeat_at": at})

    def _change(self, sync_id: str, values: Mapping[str, Any]) -> None:
        statement = update(syncs).where(syncs.c.id == sync_id, syncs.c.finished_at.is_(None)).values(values)
        if self._connection.execute(statement).rowcount == 0:
            raise Conflict("This sync has ended; start another.")


def _run(row: RowMapping) -> SyncRun:
    facts = dict(row)
    host, pid = facts.pop("host"), facts.pop("pid")
    return SyncRun(**facts, holder=None if host is None else Holder(host, pid))


def _values(run: SyncRun) -> dict[str, Any]:
    facts = {name: getattr(run, name) for name in SyncRun.__slots__ if name != "holder"}
    holder = run.holder
    return facts | {"host": holder and holder.host, "pid": holder and holder.pid}
