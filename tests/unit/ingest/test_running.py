"""One sync of a source, counted with its batches, whatever ends it."""

from dataclasses import replace

import pytest

from memory.domain.documents import SourceFailure
from memory.domain.errors import AuditUnavailable, Conflict, SourceFailed
from memory.domain.governance import SuspensionReason
from memory.domain.syncs import SyncState
from memory.ingest.claiming import (
    begin,
)
from memory.ingest.rooms import Outcome
from memory.ingest.running import KEPT_TROUBLE, SyncStopped, run_sync
from memory.ingest.suspending import suspend
from tests.unit.ingest.staged_source import ADA, Scripted, Stage


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
