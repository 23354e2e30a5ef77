"""Two worlds that begin equal, and what may happen in them: visible things in both, hidden things in one alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st

from memory.domain.governance import Source
from memory.domain.identity import EVERYONE, PrincipalToken
from memory.domain.permissions import UNKNOWN_ACL, Acl, AclEntry, Gate, Tier
from memory.testing.index_world import quick_folder
from memory.testing.surroundings import NOON
from tests.worlds.building import World, deletion, document, open_world, unreadable

STEPS = 3
WORDS = ("leave", "policy", "invoice", "travel", "sensor", "holiday", "budget")
ROOMS = ("", "hr", "it", "sales", "lab")
SECRET = "SECRET-4711"
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
        """Ingest a document; its media type and its attribute follow from its date, so that filters part them."""
        item = document(
            name,
            text,
            BEFORE + timedelta(days=days),
            scope=scope,
            author="Ada <ada@example.com>",
            media_type="text/plain" if days % 3 == 0 else "text/markdown",
            attributes={"status": "final" if days % 2 else "draft"},
        )
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
            case "redate":  # what stays in the second version answers to its date, attribute and type
                side.bring(side.handbook, name, text_of(self.parts, *self.parts), self.days, scope=self.room)
                side.bring(side.handbook, name, text_of(self.parts, "changed"), self.days + 5, scope=self.room)
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
        if self.kind in BESIDE:
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
            case "redated":
                side.bring(side.vault, f"hidden-{self.name}", text_of(self.parts, "as it was"), self.days)
                side.bring(side.vault, f"hidden-{self.name}", text, self.days + 5, publish=publish)
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
        """Show a document to everybody, and take it away; the index may not know yet.

        In a scope of its own a compartment empties with it; in a room, others stay behind in its compartment.
        """
        name, text = f"{self.kind}-{self.name}", text_of(self.parts)
        own = f"own-{self.kind}-{self.name}" if self.kind == "closed" or self.days % 2 else self.room
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
            case "optimised":
                world.services.index.optimize()


VANISHING = ("withdrawn", "quarantined", "moved", "relabelled", "closed")
BESIDE = ("regrouped", "asked", "rebuilt", "optimised")
KINDS = (
    *("elsewhere", "redated", "suspended", "restricted", "unknown", "denied", "expired", "link", "nobody"),
    *("unreadable", *VANISHING, *VANISHING, *BESIDE),
)
shared = st.builds(
    Shared,
    st.sampled_from(["write", "write", "redact", "unveil", "redate", "delete"]),
    names,
    sections,
    rooms,
    st.integers(0, 20),
)
crowds = st.builds(
    lambda parts, times: parts * times, sections, st.sampled_from([1, 1, 8])
)  # enough to tip a statistic
hidden = st.builds(Hidden, st.sampled_from(KINDS), names, crowds, rooms, st.integers(0, 20), st.booleans())
Step = tuple[list[Shared], list[Hidden], list[Hidden]]
beginnings = st.tuples(st.lists(shared, min_size=1, max_size=3), st.lists(hidden, min_size=1, max_size=2), st.just([]))
later = st.tuples(st.lists(shared, max_size=2), st.lists(hidden, max_size=2), st.lists(hidden, max_size=2))
plans = st.builds(lambda first, more: [first, *more], beginnings, st.lists(later, min_size=1, max_size=STEPS - 1))


@contextmanager
def two_worlds(beginning: Path, depth: int) -> Iterator[tuple[Side, Side]]:
    """Open two equal worlds, whose searches read each leg as far as `depth`."""
    with (
        quick_folder() as folder,
        open_world(folder / "one", like=beginning, depth=depth) as one,
        open_world(folder / "other", like=beginning, depth=depth) as other,
    ):
        yield side_of(one, "leave leave"), side_of(other, "budget travel invoice")


def founded(world: World) -> None:
    boss = world.person("boss", "security")
    ana = world.person("ana", "employees")
    world.person("gil", guest=True)
    world.person("service:assistant", "applications", agent=True)
    handbook = world.source("handbook", "everyone", "user:boss")
    world.source("vault", "user:boss")
    closed = world.source("closed", "everyone")
    for room in ROOMS:
        world.permit(handbook, room, Acl.of([EVERYONE]))
    world.permit(handbook, "unknown", UNKNOWN_ACL)
    world.permit(handbook, "nobody", Acl.of([]))
    world.permit(handbook, "denied", Acl.of([boss, EVERYONE], [ana, EVERYONE]))
    world.permit(handbook, "expired", Acl((Gate((Tier(frozenset({AclEntry(EVERYONE, NOON)})),)),)))
    world.permit(handbook, "link", Acl((Gate((Tier(frozenset({AclEntry(EVERYONE, discoverable=False)})),)),)))
    world.suspend(closed)


def side_of(world: World, own_words: str) -> Side:
    with world.services.catalogue.read() as session:
        sources = {source.name: source for source in session.sources.all()}
    return Side(world, sources["handbook"], sources["vault"], sources["closed"], own_words)
