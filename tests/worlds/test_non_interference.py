"""What a caller may not see changes nothing of what the caller gets: not one byte of any answer.

Two worlds begin equal. Step by step the same visible things happen in both, and hidden things happen in one of them
alone: documents behind other permissions, labels, suspensions; documents that were visible and were deleted,
quarantined or moved away, with the index still behind; an optimised or rebuilt index; other people's groups and
questions. After every step the same questions are asked in both, and status, headers and bodies must be equal. Time
and chance stand still; nothing is left out of the comparison.

Every pair is made for itself: two homes that nothing else has touched, and a plan that no other pair has. The plans
are the same in every run, so that a failure is one for everybody. MEMORY_WORLDS_SEED=NUMBER plays others, which is for
whoever changes what the walks do; a pair that fails becomes an `@example`, which is played in every run.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from memory.access.freshness import SALT_BYTES
from memory.domain.identity import PrincipalToken, Role
from memory.testing.index_world import quick_folder
from memory.testing.surroundings import NOON
from tests.worlds.asgi import Response
from tests.worlds.building import PURPOSE, World, open_world
from tests.worlds.twins import (
    BEFORE,
    BESIDE,
    KINDS,
    ROOMS,
    WORDS,
    Hidden,
    Shared,
    Side,
    Step,
    founded,
    plans,
    text_of,
    two_worlds,
)

PAIRS = 540  # some come out alike
INDEPENDENT = 500
SEED = os.environ.get("MEMORY_WORLDS_SEED")
DAY = timedelta(days=1)
BELOW = ("/versions", "/versions/1", "/diff", "/versions/2")
FOUNDED, FORGED = "the token of an epoch that both worlds have passed", "0" * 64


@pytest.fixture(scope="module")
def beginning() -> Iterator[Path]:
    """Found one world and close it; every other begins as a copy of it."""
    with quick_folder() as folder:
        with open_world(folder / "home") as world:
            founded(world)
        yield folder / "home"


def tokens_in(world: World) -> dict[str, str]:
    ana, gil = PrincipalToken.parse("user:ana"), PrincipalToken.parse("user:gil")
    assistant = PrincipalToken.parse("service:assistant")
    return {
        "ana": world.token(ana, name="ana"),
        "gil": world.token(gil, name="gil"),
        "agent": world.token(ana, through=assistant, application="assistant", name="agent"),
        "auditor": world.token(ana, roles=[Role.OPERATOR], name="operator"),
    }


QUESTIONS: tuple[dict[str, Any], ...] = (
    {"top_k": 100},
    {"top_k": 1},
    {"top_k": 2},
    {"top_k": 2, "expand": 1},
    {"top_k": 3, "expand": 5, "max_tokens": 12},
    {"top_k": 100, "max_tokens": 40},
    {"top_k": 2, "as_of": (BEFORE + timedelta(days=10)).isoformat()},
    {"top_k": 100, "expand": 2, "as_of": (BEFORE + timedelta(days=40)).isoformat()},
    {"top_k": 5, "filters": {"labels": ["confidential", "internal"]}},
    {"top_k": 5, "filters": {"types": ["text/plain"]}},
    {"top_k": 3, "filters": {"attributes": {"status": "final"}}},
    {"top_k": 5, "filters": {"sources": ["handbook", "vault"], "modified_from": (BEFORE + 9 * DAY).isoformat()}},
    {"top_k": 5, "filters": {"modified_from": (BEFORE + DAY).isoformat(), "modified_to": (NOON - DAY).isoformat()}},
    {"top_k": 4, "filters": {"types": ["text/markdown"]}, "as_of": (BEFORE + timedelta(days=15)).isoformat()},
    {"top_k": 5, "context": {"recipient": "partner", "recipient_country": "US"}},
    {"top_k": 5, "at_least_as_fresh": FOUNDED},
    {"top_k": 5, "at_least_as_fresh": FORGED},
)


def answers(
    side: Side, token: str, query: str, questions: list[int], ids: list[str], *, seed: int
) -> list[tuple[str, Response]]:
    """Ask everything a caller can ask, in the same order in every world. A seed gives receipts their ids, once."""
    world, client = side.world, side.world.client
    world.randomness.reseed(seed)
    got: list[tuple[str, Response]] = []
    for number in questions:
        question = dict(QUESTIONS[number])
        forged = question.get("at_least_as_fresh") == FORGED
        if question.get("at_least_as_fresh") == FOUNDED:
            question["at_least_as_fresh"] = world.services.reading.freshness.seal(1, bytes(SALT_BYTES))
        answer = world.retrieve(token, query, **question)
        got.append((f"retrieve {query} {question}", answer))
        assert answer.status == (409 if forged else 200), answer.body
        if answer.status == 200:
            receipt = client.get(f"/receipts/{answer.json()['receipt_id']}", token)
            assert receipt.status == 200
            got.append((f"receipt of {number}", receipt))
    cursor = None
    for page in range(50):
        listed = client.get("/documents", token, purpose=PURPOSE, limit=4, cursor=cursor)
        got.append((f"page {page}", listed))
        cursor = listed.json().get("next")
        if cursor is None:
            break
    for place, document_id in enumerate(ids):
        below = [f"/documents/{document_id}", f"/documents/{document_id}{BELOW[(seed + place) % len(BELOW)]}"]
        got.extend((path, client.get(path, token, purpose=PURPOSE, from_=1, to=2)) for path in below)
    return got


def ids_of(world: World, events: list[Any], source: str = "handbook") -> list[str]:
    """Return the ids of what happened, whether or not it exists in this world."""
    found = []
    for event in events:
        if isinstance(event, Shared):
            found.append(world.document_id(source, f"shown-{event.name}"))
        else:
            prefix = "hidden" if event.kind in ("elsewhere", "redated", "suspended") else event.kind
            place = {"elsewhere": "vault", "redated": "vault", "suspended": "closed"}.get(event.kind, source)
            found.append(world.document_id(place, f"{prefix}-{event.name}"))
    return sorted(set(found))


@dataclass(frozen=True)
class Pair:
    """What happens in two worlds, and what is asked in both, by whom; `depth` is how far the legs are read."""

    depth: int
    plan: list[Step]
    who: str
    query: str
    questions: list[int]

    def play(self, one: Side, other: Side) -> None:
        """Let everything happen, and compare after every step."""
        token = tokens_in(one.world)[self.who]
        for number, (in_both, in_one, in_other) in enumerate(self.plan):
            for side, events in ((one, [*in_both, *in_one]), (other, [*in_both, *in_other])):
                for event in events:
                    event.happen(side)
            ids = ids_of(one.world, [*in_both, *in_one, *in_other])
            self.compare(
                *(answers(side, token, self.query, self.questions, ids, seed=number + 1) for side in (one, other))
            )

    def compare(self, here: list[tuple[str, Response]], there: list[tuple[str, Response]]) -> None:
        for (question, answer), (same, other) in zip(here, there, strict=True):
            assert question == same
            assert answer == other, question
            assert answer.status < 500, question


pairs = st.builds(
    Pair,
    st.sampled_from([2, 3, 100]),
    plans,
    st.sampled_from(["ana", "gil", "agent", "auditor"]),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=4, unique=True).map(" ".join),
    st.lists(st.integers(0, len(QUESTIONS) - 1), min_size=2, max_size=3, unique=True),
)
everywhere = settings(
    max_examples=PAIRS,
    deadline=None,
    derandomize=SEED is None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_what_a_caller_may_not_see_changes_no_byte_of_any_answer(beginning: Path) -> None:
    """Fails when anything hidden reaches a rank, a count, a receipt or a status.

    Tried: document frequencies over the whole index; the engine's own fusion, by distributions and by ranks. What
    seldom moves a rank of a random pair is tried on purpose in the tests below.
    """
    played = set()

    @everywhere
    @given(pair=pairs)
    def holds(pair: Pair) -> None:
        with two_worlds(beginning, pair.depth) as (one, other):
            pair.play(one, other)
        played.add(repr(pair))

    (holds if SEED is None else seed(int(SEED))(holds))()
    assert len(played) >= INDEPENDENT


@pytest.mark.parametrize("word", ["leave", "travel"])
@pytest.mark.parametrize("kind", dict.fromkeys(KINDS))
def test_a_hidden_crowd_tips_no_statistic(beginning: Path, kind: str, word: str) -> None:
    """Fails when hidden or withdrawn points are counted, however seldom that moves a rank in the pairs above.

    Two passages tie but for the id, and a crowd that says one of the words makes that word common: whichever of the two
    came first, one of the words puts it second. Tried: a pending withdrawal that is not obeyed; document frequencies
    over the whole index; a plan that depends on how many points there are.
    """
    shown = [Shared("write", "d0", ["leave"], "", 1), Shared("write", "d1", ["travel"], "", 1)]
    crowd = Hidden(kind, "d2", [word] * 8, "", 2, publish=False)
    pair = Pair(100, [(shown, [crowd], [])], "ana", "leave travel", [0, 1])
    with two_worlds(beginning, pair.depth) as (one, other):
        pair.play(one, other)


@pytest.mark.parametrize("kind", [*BESIDE, "elsewhere", "withdrawn"])
def test_ties_at_the_cut_fall_the_same_way(beginning: Path, kind: str) -> None:
    """Fails when ties are left in the engine's order, which follows how its points came in, or are cut unread.

    Tried: no order by id within a leg; no reading on below the cut.
    """
    shown = [Shared("write", f"d{number}", ["leave"], "", 1) for number in range(30)]
    event = Hidden(kind, "d2", ["leave"] * 8, "", 1, publish=True)
    pair = Pair(2, [(shown, [event], [])], "ana", "leave travel", [1, 2])
    with two_worlds(beginning, pair.depth) as (one, other):
        pair.play(one, other)


def test_an_optimised_index_changes_no_byte(beginning: Path) -> None:
    """Fails when an answer depends on the segments that its points lie in, which an optimised index has merged.

    That scores are rounded is shown by `tests/properties/test_fusion.py`: the sums of these small vectors come out the
    same in every order.
    """
    with two_worlds(beginning, 100) as (one, other):
        for side in (one, other):
            for number in range(24):
                parts = [WORDS[number % 7], f"{WORDS[number % 5]} {WORDS[number % 3]}", WORDS[number % 2]]
                side.bring(side.handbook, f"d{number}", text_of(parts), number % 9, scope=ROOMS[number % 5])
        for number in range(24):
            other.bring(other.vault, f"v{number}", text_of([WORDS[number % 7]] * 3), 1)
        other.world.services.index.optimize()
        token = tokens_in(one.world)["ana"]
        ids = [one.world.document_id("handbook", "d1"), one.world.document_id("vault", "v1")]
        for number, word in enumerate(WORDS):
            pair = [
                answers(side, token, word, list(range(len(QUESTIONS))), ids, seed=number + 1) for side in (one, other)
            ]
            assert pair[0] == pair[1]
