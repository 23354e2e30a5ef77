"""Whose turn it is to sync a source: at most one process at a time, across threads, processes and restarts.

The unfinished row in the catalogue is the claim. A process that holds one tells every few seconds that it lives. Whose
process is gone, or has been silent for a minute, has lost it: the sync waits in the queue again, once, since what ended
the first process may end the next one as well; then, or when somebody asks for another, it ends as interrupted. Should
the silent one wake up after all, its next batch finds its claim lost and leaves nothing behind.
"""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from memory.audit.events import EventName
from memory.domain.errors import Conflict, InvalidRequest, NotFound
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.ports.catalogue import SourceReader
from memory.domain.ports.connector import ConnectorOpener
from memory.domain.ports.surroundings import Randomness
from memory.domain.syncs import Holder, SyncMode, SyncRun, SyncState
from memory.ingest.departures import DeletionCap
from memory.ingest.rooms import Rooms

SILENCE = timedelta(seconds=60)
"""After this long without a sign of life a process no longer holds its sync."""

PUSH = "push"
"""The connector of sources that send their documents themselves."""

OTHER_RULES = (
    "What documents are labelled by (the rules of classification, or the recognizers) is no longer what the server "
    "started with; restart it and its workers, then sync again."
)

ABANDONED = "The process that ran this sync ended; start another, it goes on from the last checkpoint."
LEFT = "The process that ran this sync ended; another finishes it."
LOST = "This sync was taken for dead and is another process's, or has ended; sync its source again."


@dataclass(frozen=True, slots=True)
class SyncRooms:
    """What syncs work with: the write walk, how to read a source, where to record, and how the index follows.

    `publish` lets it follow and waits for nobody; `published` returns when it has. `labelling` names the rules and
    recognizers that this process labels by.
    """

    writing: Rooms
    randomness: Randomness
    connector: ConnectorOpener
    record: Callable[[EventName, PrincipalToken, Mapping[str, Any]], None]
    publish: Callable[[], None]
    published: Callable[[], None]
    cap: DeletionCap
    labelling: str


@dataclass(frozen=True, slots=True)
class SyncOrder:
    """What a sync is asked to do; see `SyncRun` for what the fields mean."""

    mode: SyncMode = SyncMode.INCREMENTAL
    deletions_confirmed: bool = False


WHAT_CHANGED = SyncOrder()
"""The ordinary sync."""


def request(source: str, who: PrincipalToken, rooms: SyncRooms, order: SyncOrder = WHAT_CHANGED) -> SyncRun:
    """Queue a sync and return it. Raises `NotFound`, `InvalidRequest` for a push source, or `Conflict`."""
    _clear(rooms, _abandoned)
    run = _asked_for(source, who, rooms, order)
    with rooms.writing.catalogue.write() as session:
        _require_readable(session.sources.get(source))
        if _unfinished(source, session.sources) is not None:
            raise Conflict("A sync of this source is queued or running; wait for it to end.")
        session.sources.open_sync(run)
    return run


def begin(source: str, who: PrincipalToken, rooms: SyncRooms, order: SyncOrder = WHAT_CHANGED) -> SyncRun:
    """Claim a source for this process at once; an equal sync that waits in the queue is begun. Raises as `request`.

    Whoever calls this labels by what this process holds, also what was queued elsewhere.
    """
    _clear(rooms, _abandoned)
    asked = _asked_for(source, who, rooms, order)
    with rooms.writing.catalogue.write() as session:
        _require_readable(session.sources.get(source))
        waiting = _unfinished(source, session.sources)
        if waiting is not None and waiting.state is SyncState.RUNNING:
            raise Conflict("Another process syncs this source; wait for it to end.")
        if waiting is not None and SyncOrder(waiting.mode, waiting.deletions_confirmed) != order:
            raise Conflict("Another kind of sync of this source is queued; wait for it to end.")
        if waiting is None:
            session.sources.open_sync(asked)
        taken = replace(waiting or asked, labelling=rooms.labelling)
        run = taken.begun(_this_process(), rooms.writing.clock.now())
        session.sources.put_sync(run)
    return run


def anything_waits(rooms: SyncRooms) -> bool:
    """Say whether a sync waits for somebody to run it, or to see that nobody does any more."""
    now = rooms.writing.clock.now()
    with rooms.writing.catalogue.read() as session:
        unfinished = session.sources.unfinished_syncs()
    return any(run.state is SyncState.QUEUED or _abandoned(run, now) for run in unfinished)


def begin_next(rooms: SyncRooms) -> SyncRun | None:
    """Claim for this process the sync that waits longest, None when none waits.

    What was asked of a process that labels by something else ends with the reason: labels are what readers are decided
    by, so they change when a server starts and never because a worker did.
    """
    end_queued(rooms, OTHER_RULES, lambda run: run.labelling != rooms.labelling)
    if not anything_waits(rooms):
        return None
    with rooms.writing.catalogue.write() as session:
        run = next((run for run in _queued(session.sources) if run.labelling == rooms.labelling), None)
        if run is None:
            return None
        run = run.begun(_this_process(), rooms.writing.clock.now())
        session.sources.put_sync(run)
    return run


def end_queued(rooms: SyncRooms, reason: str, which: Callable[[SyncRun], bool] = lambda _run: True) -> None:
    """End queued syncs as failed, and put that on record: nobody is going to run them, and `reason` says why.

    What a process that is gone has left is among them.
    """
    if not anything_waits(rooms):
        return
    _hand_on(rooms, _abandoned)
    with rooms.writing.catalogue.write() as session:
        ended = [run for run in _queued(session.sources) if which(run)]
        for run in ended:
            session.sources.put_sync(run.ended(SyncState.FAILED, rooms.writing.clock.now(), reason))
    for run in ended:
        record_failure(run, rooms)


def adopt_queued(rooms: SyncRooms) -> None:
    """Have what still waits labelled by what this process holds: a server that starts is how rules come into force."""
    if not anything_waits(rooms):
        return
    with rooms.writing.catalogue.write() as session:
        for run in _queued(session.sources):
            session.sources.put_sync(replace(run, labelling=rooms.labelling))


def hand_on_at_start(rooms: SyncRooms) -> None:
    """Queue what earlier processes left behind. A claim with this process's own id was held by its predecessor.

    In a container every process that serves may have the same id, so that id alone says nothing.
    """
    here = _this_process()
    _hand_on(rooms, lambda run, now: run.holder == here or _abandoned(run, now))


def held(run: SyncRun, sources: SourceReader) -> SyncRun:
    """Return what is known of a sync that was claimed as `run`. Raises `Conflict` when the claim is lost."""
    now = sources.sync(run.id)
    if now is None or now.finished_at is not None or (now.holder, now.started_at) != (run.holder, run.started_at):
        raise Conflict(LOST)
    return now


def record_failure(run: SyncRun, rooms: SyncRooms) -> None:
    """Put on record that a sync did not come to its end. Raises `AuditUnavailable`."""
    rooms.record(EventName.SYNC_FAILED, run.requested_by, {"source": run.source, "sync": run.id})


def _asked_for(source: str, who: PrincipalToken, rooms: SyncRooms, order: SyncOrder) -> SyncRun:
    return SyncRun(
        id=f"syn_{rooms.randomness.token(16).hex()}",
        source=source,
        requested_by=who,
        requested_at=rooms.writing.clock.now(),
        mode=order.mode,
        deletions_confirmed=order.deletions_confirmed,
        labelling=rooms.labelling,
    )


def _queued(sources: SourceReader) -> list[SyncRun]:
    return [run for run in sources.unfinished_syncs() if run.state is SyncState.QUEUED]


def _require_readable(source: Source | None) -> None:
    if source is None:
        raise NotFound
    if source.connector == PUSH:
        raise InvalidRequest("This source pushes its documents itself; there is nothing to sync.")
    if not source.active:
        raise suspended(source)


def suspended(source: Source) -> Conflict:
    """Return the error that a sync of a suspended source ends with."""
    return Conflict(f"This source is suspended; before it is synced, run: memory source resume {source.name}")


def _unfinished(source: str, sources: SourceReader) -> SyncRun | None:
    return next((run for run in sources.unfinished_syncs() if run.source == source), None)


Gone = Callable[[SyncRun, datetime], bool]
"""Says whether the process that holds a sync is gone at a moment."""


def _clear(rooms: SyncRooms, gone: Gone) -> None:
    """End the claims of processes that are gone."""
    _settle(rooms, gone, lambda run, now: run.ended(SyncState.INTERRUPTED, now, ABANDONED))


def _hand_on(rooms: SyncRooms, gone: Gone) -> None:
    """Queue what processes held that are gone; end what was handed on before."""
    _settle(
        rooms,
        gone,
        lambda run, now: run.left(LEFT) if run.error is None else run.ended(SyncState.INTERRUPTED, now, ABANDONED),
    )


def _settle(rooms: SyncRooms, gone: Gone, settled: Callable[[SyncRun, datetime], SyncRun]) -> None:
    """Put on record what becomes of the claims of processes that are gone; the audit log hears of those that ended."""
    now = rooms.writing.clock.now()
    with rooms.writing.catalogue.read() as session:
        if not any(gone(run, now) for run in session.sources.unfinished_syncs()):
            return
    with rooms.writing.catalogue.write() as session:
        after = [settled(run, now) for run in session.sources.unfinished_syncs() if gone(run, now)]
        for run in after:
            session.sources.put_sync(run)
    for run in after:
        if run.finished_at is not None:
            record_failure(run, rooms)


def _abandoned(run: SyncRun, now: datetime) -> bool:
    """Say whether the process that holds a sync is gone. A queued sync has no holder and waits for one."""
    if run.holder is None or run.heartbeat_at is None:
        return False
    if now - run.heartbeat_at > SILENCE:
        return True
    return run.holder.host == socket.gethostname() and not _lives(run.holder.pid)


def _this_process() -> Holder:
    return Holder(socket.gethostname(), os.getpid())


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it is somebody else's, so it is there
    return True
