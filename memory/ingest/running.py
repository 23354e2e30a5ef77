"""Running a sync that was claimed: choose what to read, count what became of it, and put its end on record.

Enters: a claimed `SyncRun`. Leaves: its row, `completed`, `failed` or `interrupted`, and an entry in the audit log.
Counts commit with the batch that they count, so that they are right at any moment, however the process ends.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread

from memory.audit.events import EventName
from memory.domain.documents import SourceEvent, SourcePermission
from memory.domain.errors import AuditUnavailable, Conflict, MemoryFault, NotFound
from memory.domain.governance import Source
from memory.domain.ports.catalogue import Writing
from memory.domain.ports.connector import Connector
from memory.domain.syncs import SyncMode, SyncRun, SyncState, SyncTrouble
from memory.ingest.claiming import SyncRooms, begin_next, hand_on_at_start, held, record_failure, suspended
from memory.ingest.permitting import permit
from memory.ingest.registering import same_registration
from memory.ingest.rooms import Outcome
from memory.ingest.syncing import sync
from memory.ingest.walking import Walk

BEAT_S = 10.0
"""Six signs of life fit into the silence after which a claim is lost."""

POLL_S = 0.5
"""How soon a queued sync begins."""

KEPT_TROUBLE = 100
"""So many items that could not be brought in are kept with a sync; all of them are counted."""

TROUBLE = frozenset({"quarantined", "failed"})

STOPPED = "It was stopped; start another, it goes on from the last checkpoint."
UNEXPECTED = "Something went wrong that should not have; the log of the service says what, at the time of the end."
CHANGED = "The registration of this source changed while it was read; sync it again."

log = logging.getLogger(__name__)

Told = Callable[[Outcome], None]


class SyncStopped(Exception):  # noqa: N818 - a request, no error
    """The process that runs a sync is about to end."""


class SyncRunner:
    """Runs queued syncs one after the other, in a thread of its own while `working`."""

    def __init__(self, rooms: SyncRooms, *, poll_s: float = POLL_S) -> None:
        self._rooms = rooms
        self._poll_s = poll_s
        self._stop = Event()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Run what is queued until the block ends; what runs then stops between two batches.

        What an earlier process left running is queued first.
        """
        hand_on_at_start(self._rooms)
        thread = Thread(target=self._work, name="syncs", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def run_next(self) -> SyncRun | None:
        """Run the sync that waits longest; return it as it was claimed, None when none waits. Raises as `run_sync`."""
        run = begin_next(self._rooms)
        if run is not None:
            run_sync(run, self._rooms, stopped=self._stop.is_set)
        return run

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                idle = self.run_next() is None
            except SyncStopped:
                return
            except Exception as error:  # noqa: BLE001 - the thread must outlive any fault; the record says what it was
                log.error("A sync did not complete: %s", type(error).__name__)
                idle = True
            if idle:
                self._stop.wait(self._poll_s)


def run_sync(
    run: SyncRun, rooms: SyncRooms, *, told: Told = lambda _outcome: None, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Read the source of a claimed sync and record how it ended; each item that became durable is told.

    Whatever ends it early is raised again when it is on record: `SourceFailed`, `SyncStopped`, `KeyboardInterrupt`.
    """
    try:
        if run.deletions_confirmed:
            rooms.record(EventName.DELETIONS_CONFIRMED, run.requested_by, {"source": run.source, "sync": run.id})
        with _beating(run, rooms):
            _read(run, rooms, told, stopped)
        _record_completion(run, rooms)
    except BaseException as error:
        _fail(run, error, rooms)
        raise
    _end(run, SyncState.COMPLETED, None, rooms)


def _read(run: SyncRun, rooms: SyncRooms, told: Told, stopped: Callable[[], bool]) -> None:
    source = _registered(run, rooms)
    connector = rooms.connector(source)
    given_up = Event()

    def go_on() -> None:
        if stopped() or given_up.is_set():
            raise SyncStopped

    events = _walk(connector, run, source, rooms, go_on).events()

    def bind(_: Sequence[SourceEvent], _outcomes: Sequence[Outcome], session: Writing) -> None:
        _count(run, source, Counter(), (), session, rooms)

    def count(batch: Sequence[SourceEvent], outcomes: Sequence[Outcome], session: Writing) -> None:
        counts = Counter(outcome.change for outcome in outcomes)
        if run.mode is SyncMode.PERMISSIONS:
            counts["permissions"] = sum(isinstance(event, SourcePermission) for event in batch)
        _count(run, source, counts, outcomes, session, rooms)

    asked = run.requested_by
    permit(connector, source, rooms.writing, actor=asked, finish=bind)
    walk = sync(events, source, rooms.writing, publish=rooms.publish, actor=asked, finish=count, given_up=given_up)
    for outcome in walk:
        told(outcome)
    rooms.published()


def _walk(connector: Connector, run: SyncRun, source: Source, rooms: SyncRooms, go_on: Callable[[], None]) -> Walk:
    def present() -> list[str]:
        with rooms.writing.catalogue.read() as session:
            return session.documents.present(source.name)

    return Walk(connector, source.checkpoint, run, rooms.cap, present, rooms.writing.clock, go_on)


def _registered(run: SyncRun, rooms: SyncRooms) -> Source:
    with rooms.writing.catalogue.read() as session:
        source = session.sources.get(run.source)
    if source is None:
        raise NotFound
    if not source.active:
        raise suspended(source)
    return source


def _count(
    run: SyncRun,
    source: Source,
    counts: Mapping[str, int],
    outcomes: Sequence[Outcome],
    session: Writing,
    rooms: SyncRooms,
) -> None:
    """Count a batch in its own transaction, unless the claim or the registration it goes by no longer holds.

    A ceiling that was narrowed, or a suspension, therefore binds from the next batch on.
    """
    now = held(run, session.sources)
    registered = session.sources.get(source.name)
    if registered is not None and not registered.active:
        raise suspended(registered)
    if registered is None or not same_registration(registered, source):
        raise Conflict(CHANGED)
    trouble = [SyncTrouble(one.external_id, one.change, one.reason or "") for one in outcomes if one.change in TROUBLE]
    counted = replace(
        now,
        counts=dict(Counter(now.counts) + Counter(counts)),
        trouble=(*now.trouble, *trouble)[:KEPT_TROUBLE],
        heartbeat_at=rooms.writing.clock.now(),
    )
    session.sources.put_sync(counted)


@contextmanager
def _beating(run: SyncRun, rooms: SyncRooms) -> Iterator[None]:
    """Tell that this process lives, beside batches that may take minutes."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(BEAT_S):
            try:
                with rooms.writing.catalogue.write() as session:
                    held(run, session.sources)
                    session.sources.beat_sync(run.id, rooms.writing.clock.now())
            except MemoryFault as error:
                log.warning("A sign of life of %s was not recorded: %s", run.id, type(error).__name__)

    thread = Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _record_completion(run: SyncRun, rooms: SyncRooms) -> None:
    with rooms.writing.catalogue.read() as session:
        counts = Counter(held(run, session.sources).counts)
    body = {
        "source": run.source,
        "sync": run.id,
        "published": counts["added"] + counts["updated"],
        "unchanged": counts["unchanged"],
        "deleted": counts["deleted"],
        "failed": counts["failed"] + counts["quarantined"],
    }
    rooms.record(EventName.SYNC_COMPLETED, run.requested_by, body)


def _fail(run: SyncRun, error: BaseException, rooms: SyncRooms) -> None:
    try:
        if _end(run, *_verdict(error), rooms):
            record_failure(run, rooms)
    except AuditUnavailable:
        log.error("The audit log could not take the end of %s.", run.id)


def _verdict(error: BaseException) -> tuple[SyncState, str]:
    match error:
        case MemoryFault():
            return SyncState.FAILED, str(error)
        case Exception() if not isinstance(error, SyncStopped):
            return SyncState.FAILED, UNEXPECTED
    return SyncState.INTERRUPTED, STOPPED


def _end(run: SyncRun, state: SyncState, error: str | None, rooms: SyncRooms) -> bool:
    """Put the end on record; say whether it was still to be told, and by this process."""
    with rooms.writing.catalogue.write() as session:
        try:
            now = held(run, session.sources)
        except Conflict:
            return False
        session.sources.put_sync(now.ended(state, rooms.writing.clock.now(), error))
        return True
