"""One sync of a source at a time, counted with its batches, whatever ends it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from memory.domain.documents import SourceCheckpoint, SourceEvent, SourceFailure, SourcePermission
from memory.domain.errors import AuditUnavailable, Conflict, SourceFailed
from memory.domain.governance import SuspensionReason
from memory.domain.identity import EVERYONE, OPERATING, PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.connector import Capabilities, Deletions, Listing, Permissions
from memory.domain.syncs import Holder, SyncRun, SyncState
from memory.ingest import claiming
from memory.ingest.claiming import (
    SyncRooms,
    adopt_queued,
    anything_waits,
    begin,
    begin_next,
    end_own,
    end_unclaimed,
    hand_on_at_start,
    request,
)
from memory.ingest.registering import register, source_of
from memory.ingest.rooms import Outcome
from memory.ingest.running import KEPT_TROUBLE, SyncStopped, run_sync
from memory.ingest.suspending import suspend
from tests.worlds.building import World, a_world, document

ADA, BEN = (PrincipalToken.parse(f"user:{name}") for name in ("ada", "ben"))
PROMISES = Capabilities(Deletions.ABSENCE, Permissions.INLINE, Listing.COMPLETE, incremental=True, history=False)
HERE = Holder(socket.gethostname(), os.getpid())


class Scripted:
    """A connector that tells a story, and remembers how it was asked to."""

    version = "1"

    def __init__(self, *story: SourceEvent | BaseException, **promises: Any) -> None:
        self.story = story
        self.asked: list[str | None] = []
        self.capabilities = replace(PROMISES, **promises)
        self.broken: SourceFailed | None = None

    def validate(self) -> None:
        if self.broken is not None:
            raise self.broken

    def permissions(self) -> Iterator[SourcePermission]:
        self.asked.append("permissions")
        return (event for event in self.story if isinstance(event, SourcePermission))

    capabilities = Capabilities(
        deletes=Deletions.EXPLICIT, acl=Permissions.NONE, listing=Listing.COMPLETE, incremental=True, history=False
    )

    def full(self) -> Iterator[SourceEvent]:
        return self._tell(None)

    def incremental(self, checkpoint: str) -> Iterator[SourceEvent]:
        return self._tell(checkpoint)

    def _tell(self, checkpoint: str | None) -> Iterator[SourceEvent]:
        self.asked.append(checkpoint)
        for event in self.story:
            if isinstance(event, BaseException):
                raise event
            yield event


@dataclass(frozen=True)
class Stage:
    """A world with the registered source `wiki`, read by whatever connector a test gives."""

    world: World

    def rooms(self, *story: SourceEvent | BaseException, connector: Scripted | None = None) -> SyncRooms:
        given = connector or Scripted(*story)
        return replace(self.world.services.syncing, connector=lambda _: given)

    def page(self, name: str) -> SourceEvent:
        return document(name, f"# {name}\n\nAbout {name}.", self.world.clock.now())

    def batch(self, name: str) -> list[SourceEvent]:
        """Return a permission, a document, and the checkpoint that ends the batch."""
        return [SourcePermission("", Acl.of([EVERYONE])), self.page(name), SourceCheckpoint(f'"{name}"')]

    def run(self, run: SyncRun) -> SyncRun:
        with self.world.services.catalogue.read() as session:
            found = session.sources.sync(run.id)
        assert found is not None
        return found

    def checkpoint(self) -> str | None:
        with self.world.services.catalogue.read() as session:
            source = session.sources.get("wiki")
        assert source is not None
        return source.checkpoint

    def register(self, *allow: str) -> None:
        register(source_of("wiki", "git", "", "team", {"allow": allow}), OPERATING, self.world.services.writing)

    def register_as(self, name: str) -> None:
        register(source_of(name, "git", "", "team", {"allow": ["everyone"]}), OPERATING, self.world.services.writing)

    def held(self, holder: Holder) -> SyncRun:
        """Put a running sync on record as some process left it."""
        asked = request("wiki", BEN, self.rooms())
        run = asked.begun(holder, self.world.clock.now())
        with self.world.services.catalogue.write() as session:
            session.sources.put_sync(run)
        return run


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_world() as world:
        made = Stage(world)
        made.register("everyone")
        yield made


@pytest.fixture(scope="module")
def gone() -> int:
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


# Running


def test_what_became_durable_is_told_and_counted(stage: Stage) -> None:
    rooms = stage.rooms(*stage.batch("a"), SourceFailure("b", "No access."), *stage.batch("c"))
    run = begin("wiki", ADA, rooms)
    told: list[Outcome] = []
    run_sync(run, rooms, told=told.append)
    ended = stage.run(run)
    assert (ended.state, ended.counts) == (SyncState.COMPLETED, {"added": 2, "failed": 1})
    assert [(one.external_id, one.change, one.reason) for one in ended.trouble] == [("b", "failed", "No access.")]
    assert [one.external_id for one in told] == ["a", "b", "c"]


def test_a_source_is_read_in_full_once_and_then_from_its_checkpoint(stage: Stage) -> None:
    connector = Scripted(*stage.batch("a"))
    for _ in range(2):
        rooms = stage.rooms(connector=connector)
        run_sync(begin("wiki", ADA, rooms), rooms)
    assert connector.asked == [None, '"a"']


@pytest.mark.parametrize(
    ("end", "state", "sentence"),
    [
        (SourceFailed("It went away; look for it."), SyncState.FAILED, "It went away; look for it."),
        (RuntimeError("SECRET"), SyncState.FAILED, "Something went wrong"),
        (KeyboardInterrupt(), SyncState.INTERRUPTED, "It was stopped"),
    ],
)
def test_what_ends_a_sync_early_is_on_record_and_raised_with_what_was_done_counted(
    stage: Stage, end: BaseException, state: SyncState, sentence: str
) -> None:
    """Bites: counting what a generator told instead of what was committed, or keeping the text of any error."""
    rooms = stage.rooms(*stage.batch("a"), stage.page("b"), end)
    run = begin("wiki", ADA, rooms)
    with pytest.raises(type(end)):
        run_sync(run, rooms)
    ended = stage.run(run)
    assert (ended.state, ended.counts) == (state, {"added": 1})
    assert ended.error is not None
    assert ended.error.startswith(sentence)
    assert stage.checkpoint() == '"a"'
    assert stage.world.leaves().count(b"source:sync:failed") == 1


def test_a_sync_that_is_told_to_stop_keeps_whole_batches(stage: Stage) -> None:
    """What was prepared by then is kept too; nothing more is read."""
    told: list[Outcome] = []
    rooms = stage.rooms(*stage.batch("a"), *stage.batch("b"), *stage.batch("c"))
    run = begin("wiki", ADA, rooms)
    with pytest.raises(SyncStopped):
        run_sync(run, rooms, told=told.append, stopped=lambda: bool(told))
    assert (stage.run(run).state, stage.run(run).counts) == (SyncState.INTERRUPTED, {"added": 2})
    again = stage.rooms(*stage.batch("c"))
    run = begin("wiki", ADA, again)
    run_sync(run, again)
    assert stage.run(run).counts == {"added": 1}


def test_all_trouble_is_counted_and_the_first_of_it_kept(stage: Stage) -> None:
    rooms = stage.rooms(*(SourceFailure(f"f{number}", "No access.") for number in range(KEPT_TROUBLE + 30)))
    run = begin("wiki", ADA, rooms)
    run_sync(run, rooms)
    ended = stage.run(run)
    assert ended.counts == {"failed": KEPT_TROUBLE + 30}
    assert [one.external_id for one in ended.trouble] == [f"f{number}" for number in range(KEPT_TROUBLE)]


def test_a_registration_that_changes_binds_from_the_next_batch_on(stage: Stage) -> None:
    """Bites: without the comparison in `_count` the second batch comes in under the ceiling that is no more."""
    rooms = stage.rooms(*stage.batch("a"), *stage.batch("b"))
    run = begin("wiki", ADA, rooms)
    with pytest.raises(Conflict, match="registration"):
        run_sync(run, rooms, told=lambda _: stage.register("user:ada"))
    assert (stage.run(run).state, stage.run(run).counts) == (SyncState.FAILED, {"added": 1})
    with stage.world.services.catalogue.read() as session:
        assert session.sources.get("wiki") is not None
        assert session.documents.find("wiki", "b") is None


def test_a_source_that_is_suspended_while_it_is_read_ends_with_the_way_back(stage: Stage) -> None:
    """Fails when a suspension is told as a changed registration: «sync it again» would be refused."""
    rooms = stage.rooms(*stage.batch("a"), *stage.batch("b"))
    run = begin("wiki", ADA, rooms)

    def switch(_: Outcome) -> None:
        suspend("wiki", SuspensionReason.CONTENT, stage.world.services.catalogue, lambda *_: None)

    with pytest.raises(Conflict, match="memory source resume wiki"):
        run_sync(run, rooms, told=switch)
    assert "memory source resume wiki" in (stage.run(run).error or "")
    assert stage.run(run).counts == {"added": 1}


def test_a_sync_that_cannot_be_recorded_is_not_completed(stage: Stage) -> None:
    def refuse(*_: object) -> None:
        raise AuditUnavailable

    rooms = replace(stage.rooms(*stage.batch("a")), record=refuse)
    run = begin("wiki", ADA, rooms)
    with pytest.raises(AuditUnavailable):
        run_sync(run, rooms)
    assert stage.run(run).state is SyncState.FAILED


# Claiming


def test_a_source_that_is_held_cannot_be_claimed_and_a_free_one_can(stage: Stage) -> None:
    """Bites: `begin` that does not look whose the unfinished sync is."""
    rooms = stage.rooms(*stage.batch("a"))
    first = begin("wiki", ADA, rooms)
    with pytest.raises(Conflict, match="Another process"):
        begin("wiki", ADA, rooms)
    run_sync(first, rooms)
    assert begin("wiki", ADA, rooms).holder == HERE


def test_a_queued_sync_is_begun_by_whoever_comes_first(stage: Stage) -> None:
    rooms = stage.rooms()
    queued = request("wiki", BEN, rooms)
    begun = begin("wiki", ADA, rooms)
    assert (begun.id, begun.requested_by, begun.state) == (queued.id, BEN, SyncState.RUNNING)
    assert begin_next(rooms) is None


@pytest.mark.parametrize("silent", [timedelta(seconds=59), timedelta(seconds=61)])
def test_a_claim_is_lost_after_a_minute_of_silence_and_not_before(stage: Stage, silent: timedelta) -> None:
    left = stage.held(Holder("another-host", 1))
    stage.world.clock.advance(silent)
    if silent < claiming.SILENCE:
        with pytest.raises(Conflict):
            request("wiki", ADA, stage.rooms())
        assert stage.run(left).state is SyncState.RUNNING
    else:
        request("wiki", ADA, stage.rooms())
        assert (stage.run(left).state, stage.run(left).error) == (SyncState.INTERRUPTED, claiming.ABANDONED)
        assert stage.world.leaves().count(b"source:sync:failed") == 1


def test_a_claim_of_a_process_that_is_gone_from_this_host_is_lost_at_once(stage: Stage, gone: int) -> None:
    left = stage.held(Holder(HERE.host, gone))
    begin("wiki", ADA, stage.rooms())
    assert stage.run(left).state is SyncState.INTERRUPTED


def test_the_id_of_a_process_says_nothing_about_another_host(stage: Stage, gone: int) -> None:
    stage.held(Holder("another-host", gone))
    with pytest.raises(Conflict):
        begin("wiki", ADA, stage.rooms())


def test_a_server_that_starts_finishes_what_its_predecessor_ran_and_keeps_what_is_queued(stage: Stage) -> None:
    left = stage.held(HERE)  # in a container the predecessor had the same id
    for _ in range(2):
        hand_on_at_start(stage.rooms())
        assert (stage.run(left).state, stage.run(left).error) == (SyncState.QUEUED, claiming.LEFT)
    rooms = stage.rooms(*stage.batch("a"))
    heir = begin_next(rooms)
    assert heir is not None
    run_sync(heir, rooms)
    ended = stage.run(left)
    assert (ended.state, ended.error, ended.counts) == (SyncState.COMPLETED, None, {"added": 1})


def test_a_server_that_starts_leaves_a_living_command_alone(stage: Stage) -> None:
    left = stage.held(Holder(HERE.host, os.getppid()))
    hand_on_at_start(stage.rooms())
    assert stage.run(left).state is SyncState.RUNNING


@pytest.mark.parametrize("silent", [timedelta(seconds=59), timedelta(seconds=61)])
def test_a_sync_whose_process_is_silent_for_a_minute_is_finished_by_another(stage: Stage, silent: timedelta) -> None:
    """Bites: looking at what is queued alone, as `anything_waits` and `begin_next` once did."""
    rooms = stage.rooms(*stage.batch("a"))
    left = stage.held(Holder("another-host", 1))
    stage.world.clock.advance(silent)
    heir = begin_next(rooms)
    if silent < claiming.SILENCE:
        assert heir is None
        assert not anything_waits(rooms)
        return
    assert heir is not None
    assert (heir.id, heir.requested_by, heir.holder, heir.error) == (left.id, BEN, HERE, claiming.LEFT)
    run_sync(heir, rooms)
    assert (stage.run(left).state, stage.run(left).counts) == (SyncState.COMPLETED, {"added": 1})


def test_what_ended_two_processes_is_not_tried_on_a_third(stage: Stage, gone: int) -> None:
    """Bites: handing a sync on without looking whether it was before; a file that kills its reader would go round."""
    left = stage.held(Holder(HERE.host, gone))
    heir = begin_next(stage.rooms())
    assert heir is not None
    with stage.world.services.catalogue.write() as session:
        session.sources.put_sync(replace(heir, holder=Holder(HERE.host, gone)))
    assert anything_waits(stage.rooms())
    assert begin_next(stage.rooms()) is None
    assert (stage.run(left).state, stage.run(left).error) == (SyncState.INTERRUPTED, claiming.ABANDONED)
    assert stage.world.leaves().count(b"source:sync:failed") == 1
    assert not anything_waits(stage.rooms())


def test_who_lost_its_sync_to_another_process_leaves_nothing_behind_when_it_wakes(stage: Stage, gone: int) -> None:
    """Bites: asking whether the sync has ended, and not whose it is, at a batch or at the end."""
    rooms = stage.rooms(*stage.batch("a"))
    sleeper = begin("wiki", BEN, rooms)
    heir = replace(sleeper, holder=Holder("another-host", gone))
    with stage.world.services.catalogue.write() as session:
        session.sources.put_sync(heir)
    with pytest.raises(Conflict, match="another process"):
        run_sync(sleeper, rooms)
    nothing = stage.rooms()
    with pytest.raises(Conflict, match="another process"):
        run_sync(sleeper, nothing)
    assert stage.run(sleeper) == heir
    assert stage.checkpoint() is None
    assert b"source:sync:" not in stage.world.leaves()


def test_who_labels_by_something_else_leaves_a_queued_sync_to_whoever_was_asked(stage: Stage) -> None:
    """Fails when a worker runs whatever is queued, or ends what is queued under another name.

    Two servers share a catalogue and only the second was restarted after an edit. The first looks at the disk, finds
    that it disagrees, and ends what waits for itself; what the second was asked for is run by the second.
    """
    first, second = (replace(stage.rooms(*stage.batch("a")), labelling=name) for name in ("before", "after"))
    stage.register_as("handbook")
    theirs, ours = request("wiki", ADA, second), request("handbook", ADA, first)
    assert end_own(first)
    assert not end_own(first)
    assert (stage.run(ours).state, stage.run(ours).error) == (SyncState.FAILED, claiming.OTHER_RULES)
    assert stage.world.leaves().count(b"source:sync:failed") == 1
    assert not anything_waits(first)
    assert begin_next(first) is None
    assert stage.run(theirs) == theirs
    begun = begin_next(second)
    assert begun is not None
    assert begun.id == theirs.id


@pytest.mark.parametrize("waited", [claiming.UNCLAIMED, claiming.UNCLAIMED + timedelta(seconds=1)])
def test_what_nobody_labels_by_any_more_waits_ten_minutes_and_ends_with_what_to_do(
    stage: Stage, waited: timedelta
) -> None:
    """Fails when a sync waits for ever for a server that never returns, or ends before the time is over."""
    asked = request("wiki", ADA, replace(stage.rooms(), labelling="gone"))
    stage.world.clock.advance(waited)
    assert begin_next(stage.rooms()) is None
    ends = waited > claiming.UNCLAIMED
    assert stage.run(asked) == (
        asked.ended(SyncState.FAILED, stage.world.clock.now(), claiming.OTHER_RULES) if ends else asked
    )
    assert stage.world.leaves().count(b"source:sync:failed") == ends


def test_what_waits_behind_a_long_sync_of_its_own_server_is_not_ended_by_another(stage: Stage) -> None:
    """Fails when only the age of a queued sync counts, and not the signs of life of who works under its name.

    The twin is the same queue once that worker has been silent for ten minutes: it was taken for dead by then.
    """
    theirs = replace(stage.rooms(), labelling="theirs")
    stage.register_as("handbook")
    long = begin("handbook", ADA, theirs)
    waiting = request("wiki", ADA, theirs)
    stage.world.clock.advance(timedelta(hours=1))
    with stage.world.services.catalogue.write() as session:
        session.sources.beat_sync(long.id, stage.world.clock.now())
    end_unclaimed(stage.rooms())
    assert stage.run(waiting) == waiting
    with stage.world.services.catalogue.write() as session:
        session.sources.put_sync(stage.run(long).ended(SyncState.COMPLETED, stage.world.clock.now()))
    end_unclaimed(stage.rooms())
    assert stage.run(waiting) == waiting
    stage.world.clock.advance(claiming.UNCLAIMED + timedelta(seconds=1))
    end_unclaimed(stage.rooms())
    assert stage.run(waiting).error == claiming.OTHER_RULES


def test_what_a_dead_worker_left_is_not_ended_by_others_before_its_own_server_could_replace_it(
    stage: Stage, gone: int
) -> None:
    """Fails when handing a sync on forgets its last sign of life: others would end what was asked for an hour ago."""
    theirs = replace(stage.rooms(), labelling="theirs")
    left = begin("wiki", ADA, theirs)
    stage.world.clock.advance(timedelta(hours=1))
    now = stage.world.clock.now()
    with stage.world.services.catalogue.write() as session:
        session.sources.put_sync(replace(left, holder=Holder(HERE.host, gone), heartbeat_at=now))
    assert begin_next(stage.rooms()) is None
    assert (stage.run(left).state, stage.run(left).error) == (SyncState.QUEUED, claiming.LEFT)
    assert anything_waits(theirs)


def test_a_sync_from_before_names_were_kept_is_run_by_whoever_comes_first(stage: Stage) -> None:
    """Fails when what names no rules is ended, or is run without a name; it may have waited for days."""
    rooms = stage.rooms(*stage.batch("a"))
    asked = request("wiki", ADA, replace(rooms, labelling=None))  # type: ignore[arg-type]
    stage.world.clock.advance(timedelta(days=3))
    assert not end_own(rooms)
    begun = begin_next(rooms)
    assert begun is not None
    assert (begun.id, begun.labelling) == (asked.id, rooms.labelling)


def test_every_end_is_put_on_record_that_can_be_before_the_fault_is_raised(stage: Stage) -> None:
    """Fails when the first end that the audit log cannot take keeps the others from it."""
    attempts: list[object] = []

    def down_at_first(_name: object, _who: object, body: Mapping[str, Any]) -> None:
        attempts.append(body["source"])
        if len(attempts) == 1:
            raise AuditUnavailable

    rooms = replace(stage.rooms(), record=down_at_first)
    stage.register_as("handbook")
    for source in ("wiki", "handbook"):
        request(source, ADA, rooms)
    with pytest.raises(AuditUnavailable):
        end_own(rooms)
    assert sorted(attempts) == ["handbook", "wiki"]


def test_a_server_that_starts_has_what_waits_labelled_by_its_own_rules(stage: Stage) -> None:
    """Fails when a restart leaves the rules of the server before on what is queued: the restart would lose it.

    Fails as well when adopting says nothing of when: another server would end at once what has waited for long.
    """
    asked = request("wiki", ADA, replace(stage.rooms(), labelling="before"))
    stage.world.clock.advance(timedelta(days=1))
    adopt_queued(stage.rooms())
    end_unclaimed(replace(stage.rooms(), labelling="before"))  # a server that was not restarted looks at it
    begun = begin_next(stage.rooms())
    assert begun is not None
    assert (begun.id, begun.labelling) == (asked.id, stage.rooms().labelling)


def test_a_command_that_takes_over_what_is_queued_labels_by_its_own_rules(stage: Stage) -> None:
    asked = request("wiki", ADA, replace(stage.rooms(), labelling="others"))
    begun = begin("wiki", ADA, stage.rooms())
    assert (begun.id, begun.labelling) == (asked.id, stage.rooms().labelling)


def test_ending_what_is_queued_leaves_what_runs(stage: Stage) -> None:
    left = stage.held(Holder(HERE.host, os.getppid()))
    assert not end_own(stage.rooms())
    assert stage.run(left).state is SyncState.RUNNING


def test_who_was_taken_for_dead_leaves_nothing_behind_when_it_wakes(stage: Stage) -> None:
    """Bites when both guards are gone: the look in `_count`, and the condition of `put_sync` on what has not ended."""
    rooms = stage.rooms(*stage.batch("a"))
    sleeper = begin("wiki", ADA, rooms)
    stage.world.clock.advance(claiming.SILENCE * 2)
    heir = begin("wiki", BEN, rooms)
    with pytest.raises(Conflict):
        run_sync(sleeper, rooms)
    assert (stage.checkpoint(), stage.run(sleeper).counts) == (None, {})
    assert stage.run(sleeper).error == claiming.ABANDONED
    run_sync(heir, rooms)
    assert stage.run(heir).counts == {"added": 1}
