"""What a caller may not see changes nothing of what the caller gets: not one byte of any answer.

Two worlds begin equal. Step by step the same visible things happen in both, and hidden things happen in one of them
alone: documents behind other permissions, labels, suspensions; documents that were visible and were deleted,
quarantined or moved away, with the index still behind; an optimised or rebuilt index; other people's groups and
questions. After every step the same questions are asked in both, and status, headers and bodies must be equal. Time
and chance stand still; nothing is left out of the comparison.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from memory.domain.governance import Source
from memory.domain.identity import EVERYONE, PrincipalToken, Role
from memory.domain.permissions import UNKNOWN_ACL, Acl, AclEntry, Gate, Tier
from memory.testing.index_world import quick_folder
from memory.testing.surroundings import NOON
from tests.worlds.asgi import Response
from tests.worlds.building import PURPOSE, World, deletion, document, open_world, unreadable

PAIRS, STEPS = 42, 12  # 504 states of two worlds, each asked everything
WORDS = ("leave", "policy", "invoice", "travel", "sensor", "holiday", "budget")
ROOMS = ("", "hr", "it", "sales", "lab")
SECRET = "SECRET-4711"
MINUTE = timedelta(minutes=1)
BEFORE = NOON - timedelta(days=30)

sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
sections = st.lists(sentences, min_size=1, max_size=4)
names = st.sampled_from([f"d{number}" for number in range(6)])
rooms = st.sampled_from(ROOMS)


def text_of(parts: list[str], *more: str) -> str:
    """Return one section per part, each a chunk of its own; equal parts are equal chunks."""
    return "\n\n".join(f"# {part.split()[0]}\n\n{part}" for part in [*parts, *more])


@dataclass(frozen=True)
class Side:
    """One of the two worlds, with the handles of what both were founded with."""

    world: World
    handbook: Source
    vault: Source
    closed: Source
    own_words: str

    def bring(self, source: Source, name: str, text: str, days: int, *, scope: str = "", publish: bool = True) -> None:
        item = document(name, text, BEFORE + timedelta(days=days), scope=scope, author="Ada <ada@example.com>")
        self.world.bring(source, item, publish=publish)


@dataclass(frozen=True)
class Shared:
    """Something visible that happens in both worlds."""

    kind: str
    name: str
    parts: list[str]
    room: str
    days: int

    def happen(self, side: Side) -> None:
        name = f"shown-{self.name}"
        match self.kind:
            case "write":
                side.bring(side.handbook, name, text_of(self.parts), self.days, scope=self.room)
            case "redact":
                text = text_of(self.parts, f"{self.parts[0]} DE89 3704 0044 0532 0130 00")
                side.bring(side.handbook, name, text, self.days, scope=self.room)
            case "unveil":  # its first version is closed, and says something else in either world
                closed = text_of(self.parts, f"{side.own_words} {SECRET}", *[side.own_words] * 3)
                side.bring(side.handbook, name, closed, self.days, scope=self.room)
                side.bring(side.handbook, name, text_of(self.parts), self.days + 1, scope=self.room)
            case "delete":
                side.world.bring(side.handbook, deletion(name, BEFORE + timedelta(days=self.days)))


@dataclass(frozen=True)
class Hidden:
    """Something that no caller of these questions may see, in one world alone. `publish`: the index follows."""

    kind: str
    name: str
    parts: list[str]
    room: str
    days: int
    publish: bool

    def happen(self, side: Side) -> None:
        if self.kind in ("regrouped", "asked", "rebuilt"):
            self._beside(side.world)
        elif self.kind in VANISHING:
            self._vanish(side)
        else:
            self._never_show(side)

    def _never_show(self, side: Side) -> None:
        """Bring in something that nobody here may ever see."""
        text, publish = text_of(self.parts), self.publish
        match self.kind:
            case "elsewhere":
                side.bring(side.vault, f"hidden-{self.name}", text, self.days, publish=publish)
            case "suspended":
                side.bring(side.closed, f"hidden-{self.name}", text, self.days, publish=publish)
            case "restricted":
                name, labelled = f"restricted-{self.name}", text_of(self.parts, f"{self.parts[0]} {SECRET}")
                side.bring(side.handbook, name, labelled, self.days, scope=self.room, publish=publish)
            case "unreadable":
                item = unreadable(f"unreadable-{self.name}", BEFORE, scope=self.room)
                side.world.bring(side.handbook, item, publish=publish)
            case place:
                side.bring(side.handbook, f"{place}-{self.name}", text, self.days, scope=place, publish=publish)

    def _vanish(self, side: Side) -> None:
        """Show a document to everybody, in a scope of its own, and take it away; the index may not know yet."""
        name, own, text = f"{self.kind}-{self.name}", f"own-{self.kind}-{self.name}", text_of(self.parts)
        side.world.permit(side.handbook, own, Acl.of([EVERYONE]))
        side.bring(side.handbook, name, text, self.days, scope=own)
        match self.kind:
            case "withdrawn":
                side.world.bring(side.handbook, deletion(name, NOON), publish=self.publish)
            case "quarantined":
                side.world.bring(side.handbook, unreadable(name, NOON, scope=own), publish=self.publish)
            case "moved":
                side.bring(side.handbook, name, text, self.days, scope="denied", publish=self.publish)
            case "relabelled":  # every chunk stays, and the secret below them takes them along
                labelled = text_of(self.parts, f"{self.parts[0]} {SECRET}")
                side.bring(side.handbook, name, labelled, self.days, scope=own, publish=self.publish)
            case "closed":
                side.world.permit(side.handbook, own, Acl.of([PrincipalToken.parse("user:boss")]))

    def _beside(self, world: World) -> None:
        """Do what touches no document."""
        match self.kind:
            case "regrouped":
                world.group(f"team-{self.name}", world.person(f"other-{self.name}", country=None))
            case "asked":
                world.retrieve(world.token(PrincipalToken.parse("user:boss"), name="boss"), " ".join(self.parts))
            case "rebuilt":
                world.services.relay.rebuild()


BELOW = ("/versions", "/versions/1", "/diff", "/versions/2")
VANISHING = ("withdrawn", "quarantined", "moved", "relabelled", "closed")
KINDS = (
    *("elsewhere", "suspended", "restricted", "unknown", "denied", "expired", "link", "nobody", "unreadable"),
    *(*VANISHING, *VANISHING, "regrouped", "asked", "rebuilt"),
)
shared = st.builds(
    Shared,
    st.sampled_from(["write", "write", "redact", "unveil", "delete"]),
    names,
    sections,
    rooms,
    st.integers(0, 20),
)
crowds = st.builds(
    lambda parts, times: parts * times, sections, st.sampled_from([1, 1, 8])
)  # enough to tip a statistic
hidden = st.builds(Hidden, st.sampled_from(KINDS), names, crowds, rooms, st.integers(0, 20), st.booleans())
steps = st.lists(
    st.tuples(st.lists(shared, max_size=2), st.lists(hidden, max_size=2), st.lists(hidden, max_size=2)),
    min_size=STEPS,
    max_size=STEPS,
)


@contextmanager
def two_worlds() -> Iterator[tuple[Side, Side]]:
    """Open two equal worlds."""
    with quick_folder() as folder, open_world(folder / "one") as one, open_world(folder / "other") as other:
        yield founded(one, "leave leave"), founded(other, "budget travel invoice")


def founded(world: World, own_words: str) -> Side:
    boss = world.person("boss", "security")
    ana = world.person("ana", "employees")
    world.person("gil", guest=True)
    world.person("service:assistant", "applications", agent=True)
    handbook = world.source("handbook", "everyone", "user:boss")
    vault = world.source("vault", "user:boss")
    closed = world.source("closed", "everyone")
    for room in ROOMS:
        world.permit(handbook, room, Acl.of([EVERYONE]))
    world.permit(handbook, "unknown", UNKNOWN_ACL)
    world.permit(handbook, "nobody", Acl.of([]))
    world.permit(handbook, "denied", Acl.of([boss, EVERYONE], [ana, EVERYONE]))
    world.permit(handbook, "expired", Acl((Gate((Tier(frozenset({AclEntry(EVERYONE, NOON)})),)),)))
    world.permit(handbook, "link", Acl((Gate((Tier(frozenset({AclEntry(EVERYONE, discoverable=False)})),)),)))
    world.suspend(closed)
    return Side(world, handbook, vault, closed, own_words)


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
    {"top_k": 2, "expand": 1},
    {"top_k": 3, "expand": 5, "max_tokens": 12},
    {"top_k": 2, "as_of": (BEFORE + timedelta(days=10)).isoformat()},
    {"top_k": 100, "expand": 2, "as_of": (BEFORE + timedelta(days=40)).isoformat()},
    {"top_k": 5, "filters": {"labels": ["confidential"]}},
    {"top_k": 5, "filters": {"sources": ["handbook", "vault"], "modified_from": (BEFORE + 9 * MINUTE).isoformat()}},
    {"top_k": 5, "context": {"recipient": "partner", "recipient_country": "US"}},
    {"top_k": 5, "at_least_as_fresh": "0" * 64},
)


def answers(
    side: Side, token: str, query: str, questions: list[int], ids: list[str], *, seed: int
) -> list[tuple[str, Response]]:
    """Ask everything a caller can ask, in the same order in every world. A seed gives receipts their ids, once."""
    world, client = side.world, side.world.client
    world.randomness.reseed(seed)
    got: list[tuple[str, Response]] = []
    for number in questions:
        answer = world.retrieve(token, query, **QUESTIONS[number])
        got.append((f"retrieve {query} {QUESTIONS[number]}", answer))
        assert answer.status == (409 if "at_least_as_fresh" in QUESTIONS[number] else 200), answer.body
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
            prefix = {"elsewhere": "hidden", "suspended": "hidden"}.get(event.kind, event.kind)
            place = {"elsewhere": "vault", "suspended": "closed"}.get(event.kind, source)
            found.append(world.document_id(place, f"{prefix}-{event.name}"))
    return sorted(set(found))


@settings(max_examples=PAIRS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    plan=steps,
    who=st.sampled_from(["ana", "gil", "agent", "auditor"]),
    query=st.lists(st.sampled_from(WORDS), min_size=2, max_size=4, unique=True).map(" ".join),
    questions=st.lists(st.integers(0, len(QUESTIONS) - 1), min_size=2, max_size=2, unique=True),
)
def test_what_a_caller_may_not_see_changes_no_byte_of_any_answer(
    plan: list[tuple[list[Shared], list[Hidden], list[Hidden]]], who: str, query: str, questions: list[int]
) -> None:
    """Fails when anything hidden reaches a rank, a count, a receipt or a status.

    Tried: document frequencies over the whole index; a pending withdrawal that is not obeyed, or not written; an empty
    compartment left out of the hidden ones; versions shown because their document is visible; the epoch, and the
    revision of the index, in a receipt.
    """
    with two_worlds() as (one, other):
        token = tokens_in(one.world)[who]
        for number, (in_both, in_one, in_other) in enumerate(plan):
            for event in in_both:
                event.happen(one)
                event.happen(other)
            for side, events in ((one, in_one), (other, in_other)):
                for event in events:
                    event.happen(side)
            note(f"{in_both} | {in_one} | {in_other}")
            ids = ids_of(one.world, [*in_both, *in_one, *in_other])
            of_one, of_other = (answers(side, token, query, questions, ids, seed=number + 1) for side in (one, other))
            for (question, here), (same, there) in zip(of_one, of_other, strict=True):
                assert question == same
                assert here == there, question
                assert here.status < 500, question


def test_an_optimised_index_changes_no_byte() -> None:
    """Fails when scores are compared closer than the engine computes them: merged segments add in another order."""
    with two_worlds() as (one, other):
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
