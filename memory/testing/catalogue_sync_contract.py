"""The part of the catalogue's contract that concerns syncs: one unfinished at a time, and never changed once ended."""
# ruff: noqa: D102 # the name of a test is its sentence

from dataclasses import replace

import pytest

from memory.domain.errors import Conflict
from memory.domain.ports.catalogue import Catalogue
from memory.domain.syncs import Holder, SyncRun, SyncState, SyncTrouble
from memory.testing.catalogue_story import ANNA, day, position, source

HOLDER = Holder("host", 4711)


def asked(name: str = "syn_1", of: str = "wiki", at: float = 0) -> SyncRun:
    """Return a sync that was asked for on day `at`."""
    return SyncRun(name, of, ANNA, day(at))


def opened(catalogue: Catalogue, *runs: SyncRun) -> None:
    """Register the sources and add the syncs."""
    with catalogue.write() as session:
        session.sources.put(source())
        session.sources.put(source("mail"))
    for run in runs:
        with catalogue.write() as session:
            session.sources.open_sync(run)


class SyncContract:
    """What every catalogue does with syncs; `CatalogueContract` inherits it."""

    def test_a_sync_comes_back_exactly_in_every_state(self, catalogue: Catalogue) -> None:
        opened(catalogue, asked())
        begun = asked().begun(HOLDER, day(1))
        counted = replace(
            begun,
            counts={"added": 3, "failed": 1},
            trouble=(SyncTrouble("a/\ud800", "failed", "Unread."),),
            labelling="rules+recognizers",
        )
        for run in (begun, counted, counted.ended(SyncState.FAILED, day(2), "It went away.")):
            with catalogue.write() as session:
                session.sources.put_sync(run)
            with catalogue.read() as session:
                assert session.sources.sync("syn_1") == run
        with catalogue.read() as session:
            assert session.sources.sync("syn_2") is None

    def test_a_source_has_one_unfinished_sync_at_a_time(self, catalogue: Catalogue) -> None:
        opened(catalogue, asked(), asked("syn_2", "mail", 1))
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.open_sync(asked("syn_3"))
        with catalogue.write() as session:
            session.sources.put_sync(asked().begun(HOLDER, day(1)))
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.open_sync(asked("syn_3"))
        with catalogue.write() as session:
            session.sources.put_sync(asked().ended(SyncState.COMPLETED, day(2)))
            session.sources.open_sync(asked("syn_3", at=2))
        with catalogue.read() as session:
            assert [run.id for run in session.sources.unfinished_syncs()] == ["syn_2", "syn_3"]

    def test_a_sync_of_a_source_that_is_not_there_is_a_conflict(self, catalogue: Catalogue) -> None:
        opened(catalogue)
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.open_sync(asked(of="chat"))

    def test_a_sync_that_ended_never_changes(self, catalogue: Catalogue) -> None:
        opened(catalogue, asked())
        ended = asked().begun(HOLDER, day(1)).ended(SyncState.INTERRUPTED, day(2), "Gone.")
        with catalogue.write() as session:
            session.sources.put_sync(ended)
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.put_sync(asked().begun(HOLDER, day(3)))
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.beat_sync("syn_1", day(3))
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.put_sync(asked("syn_2"))
        with catalogue.read() as session:
            assert session.sources.sync("syn_1") == ended

    def test_a_sign_of_life_changes_nothing_else(self, catalogue: Catalogue) -> None:
        begun = asked().begun(HOLDER, day(1))
        opened(catalogue, asked())
        before = position(catalogue)
        with catalogue.write() as session:
            session.sources.put_sync(begun)
            session.sources.beat_sync("syn_1", day(2))
        with catalogue.read() as session:
            assert session.sources.sync("syn_1") == replace(begun, heartbeat_at=day(2))
        assert position(catalogue) == before

    def test_the_last_sync_of_each_source_is_the_one_asked_for_last(self, catalogue: Catalogue) -> None:
        opened(catalogue)
        with catalogue.write() as session:
            for number in (2, 0, 1):
                run = asked(f"syn_{number}", at=number)
                session.sources.open_sync(run)
                session.sources.put_sync(run.ended(SyncState.COMPLETED, day(9)))
        with catalogue.read() as session:
            assert {name: run.id for name, run in session.sources.last_syncs().items()} == {"wiki": "syn_2"}
