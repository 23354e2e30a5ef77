"""Second points, in clear: who may read a value in clear finds its document by it, and nobody else learns anything.

Two worlds hold the same documents but for one e-mail address. The cleared see the difference; to everybody else the
worlds are one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from memory.domain.governance import Source
from memory.domain.identity import LOCAL_ISSUER, PrincipalKind, PrincipalToken
from memory.testing.index_world import quick_folder
from memory.testing.surroundings import NOON
from tests.worlds.building import World, document, open_world
from tests.worlds.test_canaries import EVERYBODY_READS

ASKED, OTHER, LONGER = (
    "ines.ferro@post.example",
    "omar.klein@post.example",
    "a.much.longer.name.by.far@elsewhere.example",
)
ACCOUNT, OTHER_ACCOUNT = "DE89 3704 0044 0532 0130 00", "DE02 1203 0000 0000 2020 51"
PLACE = {"config": {"policies/30-jurisdictions.cedar": EVERYBODY_READS}}
FILLERS = 12


@dataclass(frozen=True)
class Desk:
    """A world whose documents say the same, each with an address of its own."""

    world: World
    source: Source
    reader: str
    cleared: str

    def bring(self, name: str, address: str, *, days: int = 3, account: str = ACCOUNT) -> None:
        text = f"# Lease\n\nWrite to {address} about the lease, account {account}.\n\n# Rest\n\nnothing else"
        self.world.bring(self.source, document(name, text, NOON - timedelta(days=days)))

    def ranks(self, token: str, query: str, **body: object) -> list[tuple[str, int, str]]:
        """Return what is found, best first; spans are left out, since they count the characters of a value."""
        passages = self.world.passages(token, query, top_k=100, **body)
        return [(one["citation"]["document"], one["citation"]["version"], one["text"]) for one in passages]

    def first(self, token: str, query: str, **body: object) -> str:
        return self.ranks(token, query, **body)[0][0]

    def id_of(self, name: str) -> str:
        return self.world.document_id("files", name)


def desk_in(world: World, address: str, account: str = ACCOUNT) -> Desk:
    reader, cleared = world.person("rob", "readers"), world.person("cleo", "readers", "cleared")
    desk = Desk(world, world.source("files", "everyone"), world.token(reader, name="r"), world.token(cleared, name="c"))
    for number in range(FILLERS):
        desk.bring(f"other{number}", f"person{number}@firm{number}.example")
    desk.bring("lease", address, account=account)
    return desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with quick_folder() as folder, open_world(folder / "home", **PLACE) as world:
        yield desk_in(world, ASKED)


@pytest.fixture(params=[OTHER, LONGER], ids=["as long", "longer"])
def desks(request: pytest.FixtureRequest) -> Iterator[tuple[Desk, Desk]]:
    with (
        quick_folder() as folder,
        open_world(folder / "one", **PLACE) as one,
        open_world(folder / "other", **PLACE) as other,
    ):
        yield desk_in(one, ASKED), desk_in(other, request.param)


def test_the_cleared_find_a_document_by_an_address_in_it(desk: Desk) -> None:
    """Fails when no second point is made. Tried: no searchable types."""
    assert desk.first(desk.cleared, ASKED) == desk.id_of("lease")
    assert desk.first(desk.cleared, "person7@firm7.example") == desk.id_of("other7")
    chunks = [(one, text) for one, _, text in desk.ranks(desk.cleared, ASKED)]
    assert len(chunks) == len(set(chunks)), "a chunk with two points is one passage"


def test_to_everybody_else_a_right_address_is_as_good_as_a_wrong_one(desks: tuple[Desk, Desk]) -> None:
    """Fails when the second point is in the compartment of the first, or when clear words are in the masked one.

    Tried: both. The cleared are the twin: their ranks do differ.
    """
    here, there = desks
    for query in (ASKED, OTHER, LONGER, f"Write to {ASKED} about the lease", "the lease"):
        assert here.ranks(here.reader, query) == there.ranks(there.reader, query)
    assert here.ranks(here.cleared, ASKED) != there.ranks(there.cleared, ASKED)


def test_what_nobody_may_search_for_is_masked_in_the_second_point_too(desk: Desk) -> None:
    """Fails when the second text keeps every value of its chunk; here the cleared may read the account as well.

    Tried: the text as it is, in place of the one with searchable values alone.
    """
    with quick_folder() as folder, open_world(folder / "home", **PLACE) as world:
        other = desk_in(world, ASKED, OTHER_ACCOUNT)
        shown = {text.replace(ACCOUNT, OTHER_ACCOUNT) for _, _, text in desk.ranks(desk.cleared, "lease")}
        assert shown == {text.replace(ACCOUNT, OTHER_ACCOUNT) for _, _, text in other.ranks(other.cleared, "lease")}
        for query in (ACCOUNT, OTHER_ACCOUNT):
            here, there = desk.ranks(desk.cleared, query), other.ranks(other.cleared, query)
            assert [place[:2] for place in here] == [place[:2] for place in there]


def test_a_lost_clearance_is_obeyed_by_the_next_request(desk: Desk) -> None:
    """Fails when a visible set outlives the membership it came from. Tried: sets kept whatever the position."""
    before = desk.ranks(desk.cleared, ASKED)
    assert before != desk.ranks(desk.reader, ASKED)
    with desk.world.services.catalogue.write() as session:
        session.access.set_members(PrincipalToken(LOCAL_ISSUER, PrincipalKind.GROUP, "cleared"), set())
    assert desk.ranks(desk.cleared, ASKED) == desk.ranks(desk.reader, ASKED)
    assert ASKED not in str(desk.ranks(desk.cleared, ASKED))
    desk.world.group("cleared", PrincipalToken.parse("user:cleo"))
    assert desk.ranks(desk.cleared, ASKED) == before


def test_a_changed_address_is_found_in_its_own_time(desk: Desk) -> None:
    """Fails when the second point of a surviving chunk is kept, though the value that it was made from is gone."""
    desk.bring("lease", OTHER, days=1)
    then = (NOON - timedelta(days=2)).isoformat()
    assert desk.first(desk.cleared, OTHER) == desk.id_of("lease")
    assert desk.first(desk.cleared, ASKED, as_of=then) == desk.id_of("lease")
    assert (ASKED in str(desk.ranks(desk.cleared, ASKED)), OTHER in str(desk.ranks(desk.reader, OTHER))) == (
        False,
        False,
    )
