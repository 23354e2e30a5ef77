"""Whose turn it is to sync a source: at most one process at a time, across threads, processes and restarts.

The unfinished row in the catalogue is the claim. A process that holds one tells every few seconds that it lives. Whose
process is gone, or has been silent for a minute, has lost it: the sync waits in the queue again, once, since what ended
the first process may end the next one as well; then, or when somebody asks for another, it ends as interrupted. Should
the silent one wake up after all, its next batch finds its claim lost and leaves nothing behind.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from memory.audit.events import EventName
from memory.domain.errors import AuditUnavailable, Conflict, InvalidRequest, NotFound
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

UNCLAIMED = timedelta(minutes=10)
"""After this long without a sign of anybody who labels as a queued sync asks, nobody is going to run it."""

PUSH = "push"
"""The connector of sources that send their documents themselves."""

OTHER_RULES = (
    "What documents are labelled by (the rules of classification, or the recognizers) is no longer what the server "
    "started with; restart it and its workers, then sync again."
)

ABANDONED = "The process that ran this sync ended; start another, it goes on from the last checkpoint."
LEFT = "The process that ran this sync ended; another finishes it."
LOST = "This sync was taken for dead and is another process's, or has ended; sync its source again."

log = logging.getLogger(__name__)


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
    """Say whether a sync waits that this process may run, or one for somebody to see that nobody runs it any more."""
    now = rooms.writing.clock.now()
    with rooms.writing.catalogue.read() as session:
        unfinished = session.sources.unfinished_syncs()
    return any(_may_run(run, rooms) or _abandoned(run, now) for run in unfinished)


def begin_next(rooms: SyncRooms) -> SyncRun | None:
    """Claim for this process the sync that waits longest, None when none waits for it.

    What was asked of a process that labels by something else is left to that one: labels are what readers are decided
    by, so they change when a server starts and never because a worker did.
    """
    end_unclaimed(rooms)
    if not anything_waits(rooms):
        return None
    with rooms.writing.catalogue.write() as session:
        run = next((run for run in _queued(session.sources) if _may_run(run, rooms)), None)
        if run is None:
            return None
        run = replace(run, labelling=rooms.labelling).begun(_this_process(), rooms.writing.clock.now())
        session.sources.put_sync(run)
    return run


def end_unclaimed(rooms: SyncRooms) -> None:
    """Queue what processes left that are gone, and end what waits for a labelling that nobody has had for `UNCLAIMED`.

    Raises `AuditUnavailable` when an end could not be put on record.
    """
    _hand_on(rooms, _abandoned)
    now = rooms.writing.clock.now()

    def unclaimed(sources: SourceReader) -> list[SyncRun]:
        waiting = [run for run in _queued(sources) if run.labelling not in (None, rooms.labelling)]
        if not waiting:
            return []
        known = (*sources.unfinished_syncs(), *sources.last_syncs().values())
        return [run for run in waiting if now - _last_sign(run, known) > UNCLAIMED]

    _end_waiting(rooms, unclaimed)


def end_own(rooms: SyncRooms) -> bool:
    """End what waits for a process that labels as this one does, since no such process can begin; say whether any did.

    What others were asked for is theirs. Raises `AuditUnavailable` when an end could not be put on record.
    """
    return _end_waiting(rooms, lambda sources: [run for run in _queued(sources) if run.labelling == rooms.labelling])


def adopt_queued(rooms: SyncRooms) -> None:
    """Have what still waits labelled by what this process holds: a server that starts is how rules come into force."""
    now = rooms.writing.clock.now()
    with rooms.writing.catalogue.read() as session:
        if not _queued(session.sources):
            return
    with rooms.writing.catalogue.write() as session:
        for run in _queued(session.sources):
            session.sources.put_sync(run.adopted(rooms.labelling, now))


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


def _record_failures(runs: Iterable[SyncRun], rooms: SyncRooms) -> None:
    """Put every end on record that can be, before `AuditUnavailable` is raised for those that could not."""
    unrecorded: AuditUnavailable | None = None
    for run in runs:
        try:
            record_failure(run, rooms)
        except AuditUnavailable as error:
            log.error("The audit log could not take the end of %s.", run.id)
            unrecorded = error
    if unrecorded is not None:
        raise unrecorded


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


def _may_run(run: SyncRun, rooms: SyncRooms) -> bool:
    """Say whether a sync waits for a process that labels as this one does; what names nobody is for whoever comes."""
    return run.state is SyncState.QUEUED and run.labelling in (None, rooms.labelling)


def _last_sign(waiting: SyncRun, known: Iterable[SyncRun]) -> datetime:
    """Return when somebody was last seen who would run a queued sync: by what such a process was asked for, or did."""
    theirs = [run for run in known if run.labelling == waiting.labelling]
    signs = [sign for run in theirs for sign in (run.requested_at, run.heartbeat_at, run.finished_at)]
    return max(waiting.requested_at, *(sign for sign in signs if sign is not None))


def _end_waiting(rooms: SyncRooms, chosen: Callable[[SourceReader], list[SyncRun]]) -> bool:
    """End queued syncs as failed with what to do about it, and put that on record; say whether there were any."""
    with rooms.writing.catalogue.read() as session:
        if not chosen(session.sources):
            return False
    with rooms.writing.catalogue.write() as session:
        ended = chosen(session.sources)
        for run in ended:
            session.sources.put_sync(run.ended(SyncState.FAILED, rooms.writing.clock.now(), OTHER_RULES))
    _record_failures(ended, rooms)
    return bool(ended)


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
    _record_failures([run for run in after if run.finished_at is not None], rooms)


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
