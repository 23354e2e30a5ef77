"""The embedded index and the one for servers give the same answers to the same questions about the same points.

The second runs in its client's local mode, which searches exactly; so exact mode is what can be compared.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from qdrant_client import QdrantClient

from memory.adapters.index.collection import Collection, Shape
from memory.adapters.index.edge import open_edge_index
from memory.adapters.index.server import ServerIndex
from memory.domain.ports.index import Index
from memory.domain.retrieval import Narrowing, Scored, VisibleSet
from memory.testing.index_world import (
    DAY,
    DIMENSION,
    EVERYTHING,
    PLAN,
    START,
    point,
    point_id,
    quick_folder,
    seeing,
    state,
    vector,
)

WORDS = ("leave", "contract", "payroll", "holiday", "sabbatical", "office", "budget", "policy", "travel", "notice")
POINTS = 400
QUESTIONS = 25

pytestmark = pytest.mark.filterwarnings("ignore:(Payload indexes have no effect|Local mode performs exact):UserWarning")


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Index, Index]]:
    """Return both indexes after the same writes: some points were governed, some removed."""
    chance = random.Random(7)  # noqa: S311 - the same points in every run
    points = [
        point(
            number,
            chance.randrange(10),
            terms=" ".join(chance.choices(WORDS, k=chance.randrange(3, 40))),
            direction=vector(*(chance.uniform(-1, 1) for _ in range(DIMENSION))),
            until=START + DAY if chance.random() < 0.2 else None,
        )
        for number in range(POINTS)
    ]
    shape = Shape("memory", DIMENSION)
    with quick_folder() as folder:
        indexes: tuple[Index, Index] = (
            open_edge_index(folder, DIMENSION),
            ServerIndex(Collection(QdrantClient(":memory:"), shape), shape),
        )
        for index in indexes:
            index.publish(points)
            index.govern([state(number, 3) for number in range(0, POINTS, 7)])
            index.remove([point_id(number) for number in range(0, POINTS, 11)])
        yield indexes
        for index in indexes:
            index.close()


def sights() -> list[tuple[VisibleSet, Narrowing]]:
    """Return every form of a visible set, with and without narrowing."""
    withheld = [point_id(number) for number in range(1, POINTS, 13)]
    sets = [
        seeing(1, hidden=(0, 2, 3)),
        seeing(1, 2, 3, 4, 5, hidden=(0, 6)),
        seeing(1, 2, 3, 4, 5, hidden=(), known_up_to=5),
        seeing(3, 4, hidden=(1,), withheld=withheld),
        seeing(1, 2, 3, 4, hidden=(5,), moment=START + timedelta(hours=3)),
    ]
    return [(one, narrow) for one in sets for narrow in (EVERYTHING, Narrowing(modified_to=START + DAY))]


@pytest.mark.parametrize(("visible", "narrowing"), sights())
def test_the_nearest_ten_are_the_same_in_the_same_order(
    both: tuple[Index, Index], visible: VisibleSet, narrowing: Narrowing
) -> None:
    """Would fail for a condition that the two engines are told differently."""
    chance = random.Random(11)  # noqa: S311
    for _ in range(QUESTIONS):
        asked = vector(*(chance.uniform(-1, 1) for _ in range(DIMENSION)))
        edge, server = (
            index.search_dense(asked, visible=visible, narrowing=narrowing, plan=PLAN, limit=10) for index in both
        )
        assert len(edge) == 10
        assert [hit.point_id for hit in edge] == [hit.point_id for hit in server]
        assert scores(edge) == pytest.approx(scores(server), abs=1e-5)


@pytest.mark.parametrize(("visible", "narrowing"), sights())
def test_bm25_over_the_visible_points_gives_the_same_ten(
    both: tuple[Index, Index], visible: VisibleSet, narrowing: Narrowing
) -> None:
    """Would fail if the two counted document frequencies over different points. Equal scores may change places."""
    chance = random.Random(13)  # noqa: S311
    for _ in range(QUESTIONS):
        asked = " ".join(chance.sample(WORDS, k=3))
        edge, server = (
            index.search_sparse(asked, visible=visible, narrowing=narrowing, plan=PLAN, limit=POINTS) for index in both
        )
        assert len(edge) >= 10
        assert ranked(edge) == ranked(server)


def scores(hits: list[Scored]) -> list[float]:
    return [hit.score for hit in hits]


def ranked(hits: list[Scored]) -> list[str]:
    """Return the best ten as the product orders them: by score to five digits, then by id."""
    return [hit.point_id for hit in sorted(hits, key=lambda hit: (-float(f"{hit.score:.5g}"), hit.point_id))][:10]
