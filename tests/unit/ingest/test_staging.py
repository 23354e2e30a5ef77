"""Staging on the real catalogue and index: what a version costs, what history keeps, and what is obeyed at once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from memory.domain.documents import DocumentState
from memory.domain.governance import Source
from memory.domain.identity import EVERYONE, PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.encoder import Vector
from memory.domain.usage import Tally
from memory.publication.reconciliation import differences
from memory.retrieval.visibility import WITHDRAWN_POINTS
from memory.testing.encoder_fake import HashEncoder
from memory.testing.surroundings import NOON
from tests.worlds.building import WINDOW, World, a_world, deletion, document, unreadable

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG = [f"Paragraph {number} speaks of matter{number} and of nothing else. " * 3 for number in range(100)]


class CountingEncoder(HashEncoder):
    """Remembers how many texts it embedded."""

    def __init__(self) -> None:
        super().__init__(window=WINDOW)
        self.embedded = 0

    def encode_passages(self, texts: Iterable[str]) -> list[Vector]:
        vectors = super().encode_passages(texts)
        self.embedded += len(vectors)
        return vectors


class Desk:
    """A world with one source that everybody in the company reads, one reader and one holder of every role."""

    def __init__(self, world: World, encoder: CountingEncoder) -> None:
        self.world, self.encoder = world, encoder
        self.ana = world.token(world.person("ana", "employees"), name="ana")
        self.sec = world.token(world.person("sec", "employees", "security"), name="sec")
        self.source: Source = world.source("handbook", "everyone", "user:boss")
        for place in ("open", "closed"):
            world.permit(
                self.source, place, Acl.of([EVERYONE if place == "open" else PrincipalToken.parse("user:boss")])
            )

    def bring(self, *parts: str, days: int, name: str = "d", scope: str = "open", publish: bool = True) -> int:
        """Bring in a document of these paragraphs; return how many texts that embedded."""
        before = self.encoder.embedded
        item = document(name, "\n\n".join(parts), NOON - days * DAY, scope=scope)
        self.world.bring(self.source, item, publish=publish)
        return self.encoder.embedded - before

    def found(self, query: str, *, token: str | None = None, days: int | None = None, top_k: int = 50) -> list[str]:
        """Return the texts of passages that hold the query."""
        body = {} if days is None else {"as_of": (NOON - days * DAY).isoformat()}
        passages = self.world.passages(token or self.ana, query, top_k=top_k, **body)
        return [passage["text"] for passage in passages if query in passage["text"]]


@pytest.fixture
def desk() -> Iterator[Desk]:
    encoder = CountingEncoder()
    with a_world(encoder=encoder) as world:
        yield Desk(world, encoder)


def test_the_same_again_costs_nothing(desk: Desk) -> None:
    assert desk.bring(*LONG, days=9) >= 50
    assert desk.bring(*LONG, days=9) == 0
    assert desk.bring(*LONG, days=8, name="copy") == 0


@pytest.mark.parametrize("edit", ["changed", "inserted", "removed", "swapped"])
def test_an_edit_of_one_paragraph_embeds_at_most_three_texts(desk: Desk, edit: str) -> None:
    """Fails when boundaries are counted from the top: then an insertion shifts every chunk below it."""
    desk.bring(*LONG, days=9)
    edited = {
        "changed": [*LONG[:50], "Something else stands here now. " * 3, *LONG[51:]],
        "inserted": ["A foreword that was not there before. " * 3, *LONG],
        "removed": [*LONG[:50], *LONG[51:]],
        "swapped": [LONG[1], LONG[0], *LONG[2:]],
    }[edit]
    assert desk.bring(*edited, days=8) <= (6 if edit == "swapped" else 3)
    assert desk.found("matter99")
    assert bool(desk.found("matter50 ")) == (edit in ("inserted", "swapped"))


def test_a_chunk_that_was_removed_and_restored_is_found_in_both_its_times_and_not_between(desk: Desk) -> None:
    """Fails when a returning chunk takes up its old interval again, or when an interval is overwritten."""
    kept, gone = "# Kept\n\nalways here", "# Gone\n\nsometimes here"
    desk.bring(kept, gone, days=9)
    desk.bring(kept, days=6)
    assert desk.bring(kept, gone, days=3) == 0
    times = {days: bool(desk.found("sometimes", days=days)) for days in (10, 9, 8, 6, 5, 3, 1)}
    assert times == {10: False, 9: True, 8: True, 6: False, 5: False, 3: True, 1: True}
    assert desk.found("sometimes") == [gone]
    cited = [
        {one["citation"]["version"] for one in desk.world.passages(desk.ana, "sometimes", as_of=at(days).isoformat())}
        for days in (8, 1)
    ]
    assert cited == [{1}, {3}]


def test_the_same_paragraph_twice_is_cited_at_both_places(desk: Desk) -> None:
    """Fails when equal paragraphs share one identity: then one of the two spans is lost."""
    twice = "# Rule\n\nbring a friend"
    desk.bring(twice, "# Other\n\nin between", twice, days=9)
    text = "\n\n".join([twice, "# Other\n\nin between", twice])
    spans = [one["citation"]["span"] for one in desk.world.passages(desk.ana, "friend") if "friend" in one["text"]]
    assert sorted((span["start"], text[span["start"] : span["end"]]) for span in spans) == [
        (0, twice),
        (text.rindex("# Rule"), twice),
    ]
    desk.bring("# Other\n\nin between", twice, days=8)
    assert desk.found("friend") == [twice]
    assert len(desk.found("friend", days=9)) == 2


@pytest.mark.parametrize("publish", [True, False], ids=["published", "pending"])
def test_a_deletion_hides_at_once_and_a_return_shows_again(desk: Desk, publish: bool) -> None:  # noqa: FBT001
    desk.bring("# Rule\n\nbring a friend", days=9)
    desk.world.bring(desk.source, deletion("d", at(5)), publish=publish)
    assert desk.found("friend") == []
    assert desk.found("friend", days=8) == []
    assert state(desk) is DocumentState.DELETED
    desk.bring("# Rule\n\nbring a friend", days=3)
    assert desk.found("friend") == ["# Rule\n\nbring a friend"]
    assert (bool(desk.found("friend", days=8)), bool(desk.found("friend", days=4))) == (True, False)


@pytest.mark.parametrize("publish", [True, False], ids=["published", "pending"])
def test_a_document_that_does_not_stand_is_never_seen_until_it_does(desk: Desk, publish: bool) -> None:  # noqa: FBT001
    """The walk of a history tells it before it tells that it was deleted, and may be interrupted between the two.

    Bites: `_arrive` without a look at `standing`. The twin is the same document, once it stands.
    """
    item = document("d", "# Rule\n\nbring a friend", at(9), scope="open")
    hidden = replace(item, standing=False)
    for bring in (hidden, replace(hidden, content=b"# Rule\n\nbring two friends")):
        desk.world.bring(desk.source, bring, publish=publish)
        assert (desk.found("bring"), desk.found("bring", days=8), desk.world.listed(desk.ana)) == ([], [], [])
    desk.world.bring(desk.source, deletion("d", at(5)), publish=publish)
    assert state(desk) is DocumentState.DELETED
    desk.world.bring(desk.source, replace(item, modified_at=at(3)))
    assert desk.found("bring") == ["# Rule\n\nbring a friend"]
    assert len(desk.world.listed(desk.ana)) == 1
    desk.world.bring(desk.source, hidden, publish=publish)  # told again, and known: it is about to go
    assert (desk.found("bring"), desk.world.listed(desk.ana)) == ([], [])


@pytest.mark.parametrize("publish", [True, False], ids=["published", "pending"])
def test_what_cannot_be_read_any_more_is_withdrawn(desk: Desk, publish: bool) -> None:  # noqa: FBT001
    """Fails when yesterday's text is passed off as today's."""
    desk.bring("# Rule\n\nbring a friend", days=9)
    desk.world.bring(desk.source, unreadable("d", at(5), scope="open"), publish=publish)
    assert state(desk) is DocumentState.QUARANTINED
    assert desk.found("friend") == []
    desk.bring("# Rule\n\nbring two friends", days=3)
    assert desk.found("friend") == ["# Rule\n\nbring two friends"]


@pytest.mark.parametrize("publish", [True, False], ids=["published", "pending"])
def test_a_move_takes_the_past_along(desk: Desk, publish: bool) -> None:  # noqa: FBT001
    """Fails when only the points in force move: the past would stay open in the old place."""
    desk.bring("# Old\n\nolden words", "# Kept\n\nkept words", days=9)
    desk.bring("# Kept\n\nkept words", days=6)
    assert desk.found("olden", days=8)
    desk.bring("# Kept\n\nkept words", days=6, scope="closed", publish=publish)
    for query, days in (("kept", None), ("kept", 8), ("olden", 8)):
        assert desk.found(query, days=days) == []
    desk.bring("# Kept\n\nkept words", days=6, scope="open")
    assert (bool(desk.found("kept")), bool(desk.found("olden", days=8))) == (True, True)


def test_a_restricted_label_is_obeyed_before_the_index_knows(desk: Desk) -> None:
    """Fails when visibility waits for the relay, for a search or for a look."""
    kept = ["# One\n\nkept words", "# Two\n\nmore words"]
    desk.bring(*kept, days=9)
    assert desk.found("kept")
    desk.bring(*kept, "# Three\n\nthe key SECRET-1234", days=6, publish=False)
    assert desk.world.found(desk.ana, "kept more key") == set()
    assert desk.world.listed(desk.ana) == []
    desk.world.services.relay.drain()
    assert desk.found("kept", token=desk.sec)
    desk.bring(*kept, days=3, publish=False)
    assert desk.found("key", days=5) == []
    assert len(desk.world.listed(desk.ana)) == 1
    desk.world.services.relay.drain()
    assert desk.found("kept")


def test_more_withdrawals_than_can_be_named_close_their_compartments(desk: Desk) -> None:
    """Fails when the bound on withheld points lets the rest through, or when entries do not say what was withdrawn.

    Tried: nothing closed above the bound; `withdrawn_from` left out.
    """
    many = [f"# S{number}\n\nkept words number{number}" for number in range(WITHDRAWN_POINTS + 20)]
    desk.bring(*many, days=9)
    desk.bring("# Else\n\nkept words elsewhere", days=9, name="beside")
    desk.bring(*many, "# Three\n\nthe key SECRET-1234", days=6, publish=False)
    assert desk.found("kept", top_k=100) == []  # the neighbour too, until the index has followed: the price of the lag
    looked_at = json.loads(desk.world.leaves().splitlines()[-1])["body"]["data"]
    assert (looked_at["candidates"], looked_at["dropped"]) == (0, 0)
    assert len(desk.world.listed(desk.ana)) == 1
    desk.world.services.relay.drain()
    assert desk.found("kept", top_k=100) == ["# Else\n\nkept words elsewhere"]


def test_an_index_that_followed_says_what_the_catalogue_says(desk: Desk) -> None:
    desk.bring("# A\n\none", "# B\n\ntwo", days=9)
    desk.bring("# B\n\ntwo", "# C\n\nthree SECRET-1234", days=8)
    desk.bring("# A\n\none", days=7, scope="closed")
    desk.world.bring(desk.source, deletion("d", at(6)))
    assert differences(desk.world.services.catalogue, desk.world.services.index).count == 0


def narrowed(desk: Desk, query: str, **filters: object) -> list[str]:
    """Return the texts that hold the query, among what a filter lets through."""
    return [one["text"] for one in desk.world.passages(desk.ana, query, filters=filters) if query in one["text"]]


def test_a_passage_that_stays_is_found_by_the_facts_of_the_new_version(desk: Desk) -> None:
    """Fails when a point that stays keeps what callers narrow by of the version before.

    Tried: nothing ever outdated; modification dates left out of the comparison.
    """
    kept, first, second = "# Kept\n\nalways here", "# Told\n\nbefore", "# Told\n\nafterwards"
    desk.bring(kept, first, days=9)
    since, until = {"modified_from": at(5).isoformat()}, {"modified_to": at(5).isoformat()}
    assert (narrowed(desk, "always", **since), narrowed(desk, "always", **until)) == ([], [kept])
    assert desk.bring(kept, second, days=3) == 1
    assert (narrowed(desk, "always", **since), narrowed(desk, "always", **until)) == ([kept], [])
    as_it_was = desk.world.passages(desk.ana, "before", filters=until, as_of=at(8).isoformat())
    assert [one["text"] for one in as_it_was] == [first], "what is closed keeps its facts"
    assert differences(desk.world.services.catalogue, desk.world.services.index).count == 0


@pytest.mark.parametrize("change", ["attributes", "media_type", "labels"])
def test_every_narrowing_fact_of_a_point_that_stays_is_brought_up_to_date(desk: Desk, change: str) -> None:
    """Fails when one of them is forgotten, or when a media type, which is the document's, leaves closed points behind.

    Tried: each left out of the comparison; only open points for a media type. A label moves the points besides.
    """
    kept, old = "# Kept\n\nalways here", "# Old\n\nolden words"
    texts = {"labels": [kept, "# New\n\nIBAN DE89 3704 0044 0532 0130 00"]}.get(change, [kept])
    item = {
        "attributes": document("d", "\n\n".join(texts), at(6), scope="open", attributes={"status": "final"}),
        "media_type": document(
            "d", "\n\n".join([*texts, "# New\n\nnew"]), at(6), scope="open", media_type="text/plain"
        ),
        "labels": document("d", "\n\n".join(texts), at(6), scope="open"),
    }[change]
    asked = {
        "attributes": {"attributes": {"status": "final"}},
        "media_type": {"types": ["text/plain"]},
        "labels": {"labels": ["confidential"]},
    }[change]
    desk.bring(kept, old, days=9)
    desk.bring(kept, days=6)
    assert narrowed(desk, "always", **asked) == []
    desk.world.bring(desk.source, item)
    assert narrowed(desk, "always", **asked) == [kept]
    assert differences(desk.world.services.catalogue, desk.world.services.index).count == 0


def test_what_was_closed_keeps_its_facts_whatever_returns_at_that_very_moment(desk: Desk) -> None:
    """Fails when the version that began as an interval ended speaks for it: yesterday would be found by today's facts.

    Tried: versions that began up to and including the end of an interval.
    """
    desk.bring("# A\n\nfirst words", "# Kept\n\nalways here", days=9)
    desk.bring("# Kept\n\nalways here", days=6)
    again = "# A\n\nfirst words\n\n# Kept\n\nalways here"
    desk.world.bring(desk.source, document("d", again, at(6), scope="open", attributes={"status": "final"}))
    final, then = {"attributes": {"status": "final"}}, at(8).isoformat()
    assert narrowed(desk, "first", **final) == ["# A\n\nfirst words"]
    as_it_was = [one["text"] for one in desk.world.passages(desk.ana, "first", filters=final, as_of=then)]
    assert not [text for text in as_it_was if "first" in text]
    assert differences(desk.world.services.catalogue, desk.world.services.index).count == 0


def test_new_facts_are_one_payload_operation_and_the_same_again_none(desk: Desk) -> None:
    """Fails when points that stay are published with their vectors, or when nothing changed and the index is written.

    Tried: PUBLISH in place of GOVERN; every point that stays, although no fact of it changed.
    """
    desk.bring(*LONG, days=9)
    points = desk.world.services.index.count()
    with desk.world.services.meter.request() as used:
        desk.world.bring(desk.source, document("d", "\n\n".join(LONG), at(9), scope="open", attributes={"a": "b"}))
    assert written(used) == {"govern": (1, points)}
    with desk.world.services.meter.request() as used:
        desk.world.bring(desk.source, document("d", "\n\n".join(LONG), at(9), scope="open", attributes={"a": "b"}))
    assert (written(used), inferences(used)) == ({}, 0)
    edited = "\n\n".join([*LONG[:-1], "Something else stands here now."])
    with desk.world.services.meter.request() as used:
        desk.world.bring(desk.source, document("d", edited, at(9), scope="open", attributes={"a": "b"}))
    assert written(used) == {"publish": (1, 1), "govern": (1, 2)}, "one point is new, two are closed"


def test_a_place_without_a_told_permission_is_closed(desk: Desk) -> None:
    desk.bring("# Rule\n\nbring a friend", days=9, scope="untold")
    assert desk.found("friend") == []
    desk.world.permit(desk.source, "untold", Acl.of([EVERYONE]))
    assert desk.found("friend")


def test_an_older_time_than_that_of_the_version_before_counts_from_there(desk: Desk) -> None:
    """Fails when a version can begin before its predecessor: two would hold at once."""
    desk.bring("# Rule\n\nfirst words", days=5)
    desk.bring("# Rule\n\nsecond words", days=8)
    assert (desk.found("first"), desk.found("second")) == ([], ["# Rule\n\nsecond words"])
    assert desk.found("second", days=6) == []
    assert len(desk.found("words", days=4)) == 1


def test_a_time_ahead_of_the_clock_counts_from_now(desk: Desk) -> None:
    """Bites: `effective_from` without the clock; then the past ends with the version before, for ever. Also: a deletion
    ahead of the clock, after which no return would be in force before that time.
    """
    clock, ages = desk.world.clock, -365_000

    def then(moment: datetime) -> list[str]:
        return [one["text"] for one in desk.world.passages(desk.ana, "words", as_of=moment.isoformat())]

    desk.bring("# Rule\n\nfirst words", days=5)
    desk.bring("# Rule\n\nsecond words", days=ages)
    clock.advance(HOUR)
    desk.bring("# Rule\n\nthird words", days=-1)
    clock.advance(HOUR)
    moments = (at(4), NOON, NOON + HOUR, clock.now())
    words = ["first", "second", "third", "third"]
    assert [then(moment) for moment in moments] == [[f"# Rule\n\n{word} words"] for word in words]
    desk.world.bring(desk.source, deletion("d", at(ages)))
    clock.advance(HOUR)
    desk.bring("# Rule\n\nfourth words", days=-3)
    assert then(clock.now()) == ["# Rule\n\nfourth words"]


def written(used: Tally) -> dict[str, tuple[int, int]]:
    """Return (calls, points) by operation that wrote to the index."""
    of_index = {usage.operation: usage for usage in used.usage() if usage.port == "index"}
    writes = ("publish", "govern", "remove")
    return {
        one: (of_index[one].calls, of_index[one].items) for one in writes if one in of_index and of_index[one].items
    }


def inferences(used: Tally) -> int:
    return sum(usage.items for usage in used.usage() if usage.operation == "encode_passages")


def at(days: int) -> datetime:
    return NOON - days * DAY


def state(desk: Desk) -> DocumentState:
    with desk.world.services.catalogue.read() as session:
        found = session.documents.get(desk.world.document_id("handbook", "d"))
        assert found is not None
        return found.state
