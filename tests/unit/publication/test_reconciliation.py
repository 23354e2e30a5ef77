"""The index is derived: what is wrong with it is found point by point and mended, and it can be made again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from memory.cli.checks import compared
from memory.domain.errors import IndexUnavailable, MemoryFault
from memory.domain.ports.encoder import Model
from memory.domain.ports.index import IndexPoint, PointFacts, PointState
from memory.publication.reconciliation import Differences, differences, mend
from memory.publication.relay import Kept, Relay
from memory.testing.index_fake import ExactIndex
from memory.testing.surroundings import NOON
from memory.wiring import DIMENSION
from tests.worlds.building import World, a_world, document

DAY = timedelta(days=1)
STRAY = "00000000-0000-4000-8000-000000000001"


class FailingIndex(ExactIndex):
    """Fails in the midst of a write when it is told to, as a full disk or a killed process does."""

    def __init__(self) -> None:
        super().__init__()
        self.points_left: int | None = None

    def publish(self, points: Sequence[IndexPoint]) -> None:
        super().publish(points[: self.points_left])
        if self.points_left is not None:
            raise IndexUnavailable


class OvertakenIndex(ExactIndex):
    """Lets something happen just before it is emptied."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] = int

    def clear(self) -> None:
        self.meanwhile()
        super().clear()


class LostTurns:
    """Turns that are lost as soon as they are taken."""

    @contextmanager
    def take(self, *, wait: bool) -> Iterator[Kept]:
        assert wait
        yield lambda: False


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as world:
        filled(world)
        yield world


def filled(world: World) -> None:
    """Bring in points in force, closed ones, masked and clear ones."""
    source = world.source("handbook", "everyone")
    for number in range(3):
        text = f"# Leave\n\nleave of {number}\n\n# Desk\n\nask desk{number}@example.com"
        world.bring(source, document(f"d{number}", text, NOON - 3 * DAY, attributes={"team": "people"}))
        world.bring(source, document(f"d{number}", text.replace("# Leave", "# Holidays"), NOON - DAY))


def found_in(world: World) -> Differences:
    return differences(world.services.catalogue, world.services.index)


def points_of(world: World) -> dict[str, PointState]:
    return {point_id: state for point_id, state in world.services.index.states() if state is not None}


def mended(world: World) -> Differences:
    """Mend what is found, let the index follow, and return what is found then."""
    mend(found_in(world), world.services.catalogue)
    world.services.relay.drain()
    return found_in(world)


def test_an_index_that_followed_does_not_differ(world: World) -> None:
    assert len(points_of(world)) == 12
    assert found_in(world).count == 0


def test_a_missing_point_is_found_and_mended(world: World) -> None:
    """Fails when mending publishes nothing, or forgets the closed points."""
    before = points_of(world)
    gone = (*(id_ for id_ in before if before[id_].valid_to), next(id_ for id_ in before if not before[id_].valid_to))
    world.services.index.remove(gone)
    assert found_in(world) == Differences(tuple(sorted(gone)), (), ())
    assert mended(world).count == 0
    assert points_of(world) == before


def test_a_surplus_point_is_found_and_mended(world: World) -> None:
    """Fails when the ids that only the index knows are not looked at, or are published in place of removed."""
    before = points_of(world)
    state = replace(next(iter(before.values())), id=STRAY)
    world.services.index.publish([IndexPoint(state, world.services.encoder.encode_query("leave"), "leave")])
    assert found_in(world) == Differences((), (), (STRAY,))
    assert mended(world).count == 0
    assert points_of(world) == before


CHANGES = {
    "compartment": lambda state: replace(state, compartment=state.compartment + 1),
    "valid_from": lambda state: replace(state, valid_from=state.valid_from - timedelta(microseconds=1)),
    "valid_to": lambda state: replace(state, valid_to=NOON),
    "source": lambda state: narrowed(state, source="vault"),
    "media_type": lambda state: narrowed(state, media_type="text/plain"),
    "labels": lambda state: narrowed(state, labels=("public",)),
    "language": lambda state: narrowed(state, language="de"),
    "modified_at": lambda state: narrowed(state, modified_at=NOON),
    "attributes": lambda state: narrowed(state, attributes=("team=sales",)),
}


def narrowed(state: PointState, **facts: object) -> PointState:
    return replace(state, facts=PointFacts(**{**{n: getattr(state.facts, n) for n in PointFacts.__slots__}, **facts}))


@pytest.mark.parametrize("field", CHANGES)
def test_a_point_that_differs_in_anything_is_found_and_mended(world: World, field: str) -> None:
    """Fails when a field of the state is not compared: a filter would answer by it for ever. Tried: compartment and
    whether it is current alone, as the comparison was before."""
    before = points_of(world)
    wrong = CHANGES[field](next(state for state in before.values() if state.valid_to is None))
    world.services.index.govern([wrong])
    assert found_in(world) == Differences((), (wrong.id,), ())
    assert mended(world).count == 0
    assert points_of(world) == before


def test_every_field_of_a_state_can_be_wrong() -> None:
    """The changes above leave none out."""
    fields = {*PointState.__slots__, *PointFacts.__slots__} - {"id", "facts"}
    assert set(CHANGES) == fields


def test_the_doctor_says_what_differs_and_mends_when_asked(world: World) -> None:
    state = next(iter(points_of(world).values()))
    assert compared(world.services, mending=False) == "12 points, all as catalogued"
    world.services.index.remove([state.id])
    with pytest.raises(MemoryFault, match=r"1 missing, 0 different, 0 more .*memory doctor --mend"):
        compared(world.services, mending=False)
    assert compared(world.services, mending=True) == (
        "12 points, all as catalogued; mended: points of the index: 1 missing, 0 different, 0 more"
    )
    assert compared(world.services, mending=True) == "12 points, all as catalogued"


def test_a_rebuild_makes_the_same_index_without_an_inference(world: World) -> None:
    """Fails when anything is embedded again, or when the rebuilt index is not what the catalogue says."""
    before = points_of(world)
    world.services.index.remove(list(before)[:4])
    with world.services.meter.request() as used:
        assert world.services.relay.rebuild() == len(before)
    assert [usage for usage in used.usage() if usage.port == "encoder"] == []
    assert points_of(world) == before


@pytest.mark.parametrize("written", [0, 5])
def test_an_interrupted_rebuild_goes_on_with_the_next_drain(written: int) -> None:
    """Fails when the index is emptied before what has to be published is in the outbox. Tried: in the other order,
    with a failing write of the outbox between."""
    index = FailingIndex()
    with a_world(index=index) as world:
        filled(world)
        before = points_of(world)
        index.points_left = written
        with pytest.raises(IndexUnavailable):
            world.services.relay.rebuild()
        assert len(points_of(world)) == written
        index.points_left = None
        world.services.relay.drain()
        assert points_of(world) == before


def test_nothing_is_published_between_staging_and_emptying() -> None:
    """Fails when a rebuild stages and empties without its turn: another thread publishes what was staged, and drops the
    entries, before the index is empty. Tried: the turn taken for draining alone."""
    index = OvertakenIndex()
    with a_world(index=index) as world:
        filled(world)
        before = points_of(world)
        other = Thread(target=world.services.relay.drain)

        def meanwhile() -> None:
            other.start()
            other.join(0.2)

        index.meanwhile = meanwhile
        assert world.services.relay.rebuild() == len(before)
        other.join()
        assert points_of(world) == before


def test_a_rebuild_that_lost_its_turn_leaves_everything_to_the_next_drain() -> None:
    """Fails when a rebuild goes by what it staged: who took the turn may have published that, and dropped the entries,
    before the index was empty."""
    index = OvertakenIndex()
    with a_world(index=index) as world:
        filled(world)
        before = points_of(world)
        index.meanwhile = world.services.relay.drain
        services = world.services
        assert Relay(services.catalogue, services.index, services.encoder.model, LostTurns()).rebuild() == 0
        assert points_of(world) == {}
        world.services.relay.drain()
        assert points_of(world) == before


def test_an_index_that_cannot_be_filled_is_not_emptied(world: World) -> None:
    """Fails when a rebuild looks for vectors after it has emptied the index: here they are those of another model."""
    before = points_of(world)
    other = Model("other", "1", DIMENSION, 64)
    with pytest.raises(IndexUnavailable, match="no vector of the model other"):
        Relay(world.services.catalogue, world.services.index, other).rebuild()
    assert points_of(world) == before
    assert world.services.relay.drain() == 0
