"""What a sync reads, which absences it believes, and when it waits for a person."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from memory.domain.documents import SourceCheckpoint, SourceDeletion, SourceEvent
from memory.domain.errors import Conflict, InvalidRequest, SourceFailed
from memory.domain.identity import OPERATING, PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.connector import Deletions, Listing, Permissions
from memory.domain.syncs import SyncMode, SyncRun, SyncState
from memory.ingest.claiming import WHAT_CHANGED, SyncOrder, SyncRooms, begin, request
from memory.ingest.departures import DeletionCap
from memory.ingest.registering import register, source_of
from memory.ingest.running import run_sync
from memory.testing.connector_fake import DAY, PROMISES, InMemoryConnector, InMemoryPlace
from tests.worlds.building import World, a_world

ADA = PrincipalToken.parse("user:ada")
FULL, PERMISSIONS = SyncOrder(SyncMode.FULL), SyncOrder(SyncMode.PERMISSIONS)
CONFIRMED = SyncOrder(deletions_confirmed=True)
TWO_OR_HALF = DeletionCap(2, 0.5)
CAPPED = {"listing": Listing.CAPPED}


@dataclass
class Stage:
    """A world with the source `wiki`, read from memory, of which two documents may go without a person."""

    world: World
    place: InMemoryPlace = field(default_factory=InMemoryPlace)
    cap: DeletionCap = TWO_OR_HALF

    @property
    def rooms(self) -> SyncRooms:
        return replace(self.world.services.syncing, connector=lambda _: self.place.connect(), cap=self.cap)

    def promise(self, **promises: Any) -> None:
        self.place.promises = replace(PROMISES, **promises)

    def fill(self, *names: str) -> None:
        for name in names:
            self.place.put(name, f"# {name}\n\nAbout {name}.".encode())

    def sync(self, order: SyncOrder = WHAT_CHANGED) -> dict[str, int]:
        """Sync and return what was counted."""
        self.world.clock.advance(timedelta(minutes=1))
        run = begin("wiki", ADA, self.rooms, order)
        run_sync(run, self.rooms)
        return dict(self.last().counts)

    def last(self) -> SyncRun:
        with self.world.services.catalogue.read() as session:
            return session.sources.last_syncs()["wiki"]

    def present(self) -> list[str]:
        with self.world.services.catalogue.read() as session:
            return session.documents.present("wiki")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_world() as world:
        wanted = source_of("wiki", "git", "", "team", {"allow": ["everyone", "user:ada"]})
        register(wanted, OPERATING, world.services.writing)
        yield Stage(world)


# Before the walk


class Emptied(InMemoryConnector):
    """Says that it cannot be read, and would tell that everything is gone."""

    def validate(self) -> None:
        raise SourceFailed("The source is gone; look for it.")

    def incremental(self, checkpoint: str) -> Iterator[SourceEvent]:
        yield SourceDeletion("a", DAY)
        yield SourceCheckpoint("{}")


def test_a_source_that_does_not_validate_fails_its_sync_before_anything_is_read(stage: Stage) -> None:
    """Bites: without `validate` in `Walk.events` this walk empties the source."""
    stage.fill("a")
    stage.sync()
    stage.world.clock.advance(timedelta(minutes=1))
    rooms = replace(stage.rooms, connector=lambda _: Emptied(stage.place))
    with pytest.raises(SourceFailed, match="look for it"):
        run_sync(begin("wiki", ADA, rooms), rooms)
    assert (stage.last().state, stage.last().error) == (SyncState.FAILED, "The source is gone; look for it.")
    assert stage.present() == ["a"]


# Permissions alone


def test_a_sync_of_permissions_changes_who_may_read_and_reads_no_document(stage: Stage) -> None:
    """Bites: a walk that ignores the mode and reads documents, or one that tells permissions and applies none."""
    stage.fill("a")
    stage.sync()
    checkpoint = _checkpoint(stage)
    reader = stage.world.token(stage.world.person("ben", "employees"))
    assert stage.world.found(reader, "About a")
    stage.fill("b")
    stage.place.acls[""] = Acl.of([ADA])
    assert stage.sync(PERMISSIONS) == {"permissions": 1}
    assert stage.world.found(reader, "About a") == set()
    assert (stage.present(), _checkpoint(stage)) == (["a"], checkpoint)
    assert stage.sync() == {"added": 1}


def test_a_source_that_tells_no_permissions_refuses_to_sync_them(stage: Stage) -> None:
    stage.promise(acl=Permissions.NONE)
    with pytest.raises(InvalidRequest, match="tells no permissions"):
        stage.sync(PERMISSIONS)


# Absence


def test_absence_from_a_complete_listing_means_gone_in_either_walk(stage: Stage) -> None:
    stage.fill("a", "b", "c")
    stage.sync()
    stage.place.remove("a")
    assert stage.sync() == {"deleted": 1}
    stage.place.remove("b")
    assert stage.sync(FULL) == {"deleted": 1, "unchanged": 1}
    assert stage.present() == ["c"]


@pytest.mark.parametrize("order", [WHAT_CHANGED, FULL])
@pytest.mark.parametrize("promises", [CAPPED, {"deletes": Deletions.NONE}])
def test_absence_from_any_other_listing_means_nothing(stage: Stage, order: SyncOrder, promises: dict[str, Any]) -> None:
    """Bites: `_missed` without its look at the listing, or at how the source tells deletions."""
    stage.promise(**promises)
    stage.fill("a", "b")
    stage.sync()
    stage.place.remove("a")
    assert "deleted" not in stage.sync(order)
    assert stage.present() == ["a", "b"]


def test_a_capped_listing_may_still_say_in_so_many_words_that_a_document_is_gone(stage: Stage) -> None:
    stage.promise(**CAPPED, deletes=Deletions.EXPLICIT)
    stage.fill("a", "b")
    stage.sync()
    stage.place.remove("a")
    assert stage.sync() == {"deleted": 1}


@pytest.mark.parametrize("failed", ["folder/a", "folder"])
@pytest.mark.parametrize("order", [WHAT_CHANGED, FULL])
def test_what_failed_and_what_lies_below_it_counts_as_present(stage: Stage, failed: str, order: SyncOrder) -> None:
    """Bites: `_missed` that does not look at what failed, or not at the folders of a document."""
    stage.fill("folder/a", "folderless")
    stage.sync()
    stage.place.remove("folder/a")
    stage.place.remove("folderless")
    stage.place.spoil(failed)
    assert stage.sync(order) == {"failed": 1, "deleted": 1}
    assert stage.present() == ["folder/a"]


def test_a_document_that_returns_is_back_at_once(stage: Stage) -> None:
    stage.fill("a", "b")
    stage.sync()
    reader = stage.world.token(stage.world.person("ben", "employees"))
    stage.place.remove("a")
    stage.sync()
    assert len(stage.world.found(reader, "About")) == 1
    stage.fill("a")
    stage.sync()
    assert len(stage.world.found(reader, "About")) == 2


# Mass deletion


@pytest.mark.parametrize("deletes", [Deletions.ABSENCE, Deletions.EXPLICIT])
@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize("mode", [SyncMode.INCREMENTAL, SyncMode.FULL])
def test_too_many_deletions_hide_nothing_until_a_person_confirms_them(
    stage: Stage, deletes: Deletions, mode: SyncMode, *, history: bool
) -> None:
    """Bites: following deletions as they are told, or a checkpoint that forgets those that were not followed."""
    stage.promise(deletes=deletes, history=history)
    stage.fill(*"abcde")
    stage.sync()
    for name in "abc":
        stage.place.remove(name)
    for _ in range(2):
        with pytest.raises(Conflict, match="3 of 5 documents are gone"):
            stage.sync(SyncOrder(mode))
        assert (stage.present(), stage.last().state) == (list("abcde"), SyncState.FAILED)
    assert "confirm the deletions" in (stage.last().error or "")
    assert stage.sync(SyncOrder(mode, deletions_confirmed=True))["deleted"] == 3
    assert stage.present() == ["d", "e"]
    assert stage.world.leaves().count(b"source:deletions:confirmed") == 1


@pytest.mark.parametrize(("cap", "stopped"), [((3, 0.5), False), ((2, 0.6), False), ((2, 0.5), True)])
def test_the_cap_is_a_number_and_a_share_and_both_have_to_be_exceeded(
    stage: Stage, cap: tuple[int, float], *, stopped: bool
) -> None:
    stage.cap = DeletionCap(*cap)
    stage.fill(*"abcde")
    stage.sync()
    for name in "abc":
        stage.place.remove(name)
    if stopped:
        with pytest.raises(Conflict):
            stage.sync()
    else:
        assert stage.sync() == {"deleted": 3}


def test_tombstones_that_are_told_again_are_no_mass_deletion(stage: Stage) -> None:
    """A folder tells an absence twice. Bites: counting what is told instead of what would go."""
    stage.fill(*"abcde")
    stage.sync()
    for name in "abc":
        stage.place.remove(name)
    stage.sync(CONFIRMED)
    told = [SourceDeletion(name, stage.world.clock.now(), explicit=False) for name in "abc"]
    connector = stage.place.connect()
    connector.incremental = lambda _: iter(told)  # type: ignore[assignment,method-assign,return-value]
    rooms = replace(stage.rooms, connector=lambda _: connector)
    run = begin("wiki", ADA, rooms)
    run_sync(run, rooms)
    with stage.world.services.catalogue.read() as session:
        ended = session.sources.sync(run.id)
    assert ended is not None
    assert ended.counts == {"absent": 3}


# The queue


def test_a_queued_sync_remembers_what_it_was_asked_to_do(stage: Stage) -> None:
    queued = request("wiki", ADA, stage.rooms, SyncOrder(SyncMode.FULL, deletions_confirmed=True))
    assert (stage.last().mode, stage.last().deletions_confirmed) == (SyncMode.FULL, True)
    with pytest.raises(Conflict, match="Another kind"):
        begin("wiki", ADA, stage.rooms)
    assert begin("wiki", ADA, stage.rooms, SyncOrder(SyncMode.FULL, deletions_confirmed=True)).id == queued.id


def _checkpoint(stage: Stage) -> str | None:
    with stage.world.services.catalogue.read() as session:
        source = session.sources.get("wiki")
    assert source is not None
    return source.checkpoint
