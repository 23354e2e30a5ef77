"""One sync of a source at a time, and by whom: across processes, restarts and rules."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from memory.domain.errors import AuditUnavailable, Conflict
from memory.domain.syncs import Holder, SyncState
from memory.ingest import claiming
from memory.ingest.claiming import (
    adopt_queued,
    anything_waits,
    begin,
    begin_next,
    end_own,
    end_unclaimed,
    hand_on_at_start,
    request,
)
from memory.ingest.running import run_sync
from tests.unit.ingest.staged_source import ADA, BEN, HERE, Stage


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
