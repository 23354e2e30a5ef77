from collections.abc import Iterator
from datetime import timedelta

import pytest

from memory.testing.surroundings import NOON
from tests.worlds.building import World, a_world, document

DAY = timedelta(days=1)


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as opened:
        opened.person("ana", "employees")
        opened.person("sec", "employees", "security")
        yield opened


def token(world: World, name: str) -> str:
    return world.token(world.person(name), name=name)


def sections(*words: str) -> str:
    return "\n\n".join(f"# {word}\n\n{word} text" for word in words)


def texts(world: World, who: str, query: str, **body: object) -> list[str]:
    return [passage["text"] for passage in world.passages(token(world, who), query, **body)]


def test_a_hit_grows_by_its_neighbours_on_either_side(world: World) -> None:
    source = world.source("handbook", "group:employees")
    world.bring(source, document("d", sections("alpha", "beta", "gamma", "delta"), NOON))
    for reach, expected in ((0, "gamma"), (1, "beta gamma delta"), (5, "alpha beta gamma delta")):
        assert texts(world, "ana", "gamma", top_k=1, expand=reach) == [sections(*expected.split())]


def test_a_neighbour_that_is_a_hit_stays_that_hits(world: World) -> None:
    source = world.source("handbook", "group:employees")
    world.bring(source, document("d", sections("alpha", "beta", "gamma"), NOON))
    found = texts(world, "ana", "alpha beta gamma", top_k=3, expand=5)
    assert sorted(found) == [sections("alpha"), sections("beta"), sections("gamma")]


def test_a_neighbour_under_stricter_rules_is_not_added(world: World) -> None:
    """Fails when neighbours are taken for governed alike: of a past version they need not be.

    What a version dropped keeps the rules it had. Here the first version held an account number and the second does
    not, so what both say is internal and what only the first said is confidential. Tried: any compartment will do.
    """
    source = world.source("handbook", "group:employees")
    gamma = "# gamma\n\nto DE89 3704 0044 0532 0130 00"
    world.bring(source, document("d", f"{sections('alpha', 'beta')}\n\n{gamma}", NOON - 9 * DAY))
    world.bring(source, document("d", sections("alpha", "beta"), NOON - 3 * DAY))
    then = {"as_of": (NOON - 5 * DAY).isoformat(), "expand": 5, "top_k": 1}
    assert texts(world, "ana", "beta", **then) == [sections("alpha", "beta")]
    assert texts(world, "ana", "gamma", **then) == ["# gamma\n\nto [IBAN_CODE]"]
