"""The re-check against a catalogue that knows better than the index."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from memory.domain.documents import Interval
from memory.domain.retrieval import Candidate, VisibleSet
from memory.retrieval.recheck import Rechecked, recheck
from memory.testing.surroundings import NOON
from tests.worlds.building import World, a_world, deletion, document

DAY = timedelta(days=1)


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as opened:
        yield opened


def brought(world: World, *names: str) -> list[Interval]:
    """Bring in documents of one chunk each; return their points in the order of names."""
    source = world.source("handbook", "everyone")
    world.bring(source, *(document(name, f"# {name}\n\ntext of {name}", NOON - 9 * DAY) for name in names))
    with world.services.catalogue.read() as session:
        return [session.documents.intervals(world.document_id("handbook", name), open_only=True)[0] for name in names]


def checked(world: World, points: list[Interval], *, wanted: int = 10, **visible: object) -> Rechecked:
    """Check the points in order, with everything visible unless told otherwise."""
    compartments = tuple(sorted({point.compartment for point in points}))
    seen = VisibleSet(compartments, (), 99, len(points), len(points), frozenset(), None)
    with world.services.catalogue.read() as session:
        state = world.services.reading.access.state(session)
        candidates = [Candidate(point.point_id, 1.0) for point in points]
        return recheck(candidates, replace(seen, **visible), wanted, state, session)  # type: ignore[arg-type]


def names(found: Rechecked) -> list[str]:
    return [hit.document.external_id for hit in found.hits]


def test_live_candidates_in_visible_compartments_pass_in_their_order(world: World) -> None:
    points = brought(world, "b", "a", "c")
    assert names(checked(world, points)) == ["b", "a", "c"]
    assert names(checked(world, points, wanted=2)) == ["b", "a"]


def test_a_candidate_outside_the_visible_compartments_is_dropped(world: World) -> None:
    """Fails when the engine's filter is trusted: it may be behind, or another."""
    found = checked(world, brought(world, "a"), compartments=())
    assert (found.hits, found.dropped) == ([], 1)


def test_a_withheld_candidate_is_dropped(world: World) -> None:
    """Fails when the re-check does not look at the withheld points, whose withdrawal the index has yet to follow."""
    points = brought(world, "a", "b")
    assert names(checked(world, points, withheld=frozenset({points[0].point_id}))) == ["b"]


def test_a_superseded_a_deleted_and_an_unknown_candidate_are_dropped(world: World) -> None:
    """Fails when the re-check looks at compartments alone."""
    points = brought(world, "a", "b", "c")
    source = world.source("handbook", "everyone")
    world.bring(source, document("a", "# else\n\nnothing of it is left", NOON), deletion("b", NOON), publish=False)
    nobody = replace(points[2], point_id="00000000-0000-0000-0000-000000000000")
    found = checked(world, [*points[:2], nobody, points[2]])
    assert (names(found), found.dropped) == (["c"], 3)


def test_a_chunk_is_a_hit_once(world: World) -> None:
    points = brought(world, "a")
    assert len(checked(world, points * 3).hits) == 1


def test_a_moment_asks_for_what_held_then(world: World) -> None:
    """Fails when the catalogue is asked for what holds now."""
    points = brought(world, "a")
    world.bring(world.source("handbook", "everyone"), document("a", "# else\n\nnothing of it is left", NOON - DAY))
    for moment, expected in ((NOON - 10 * DAY, []), (NOON - 9 * DAY, ["a"]), (NOON - DAY, []), (NOON, [])):
        assert names(checked(world, points, moment=moment)) == expected
