"""The worlds of `*.yaml`: every way of asking who may see what gives the same answer, and it is the expected one.

The single check (`permits` of the scope's ACL, then the policy on the document's profile) is asked directly; the list,
the document by id, its text and the search go through the API, with the index up to date and with it lagging behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from memory.access.entitlements import permits
from memory.domain.documents import DocumentState
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl, AclEntry, AclState, Gate, Tier
from memory.domain.retrieval import Narrowing, Question
from memory.retrieval.circumstances import circumstances
from memory.testing.surroundings import NOON
from tests.worlds.building import PURPOSE, World, a_world, deletion, document, unreadable

WORLDS = [
    world for file in sorted(Path(__file__).parent.glob("*.yaml")) for world in yaml.safe_load(file.read_text("utf-8"))
]
KEYS = {
    *("name", "people", "nested", "agents", "guests", "inactive", "places", "documents"),
    *("suspended", "ceiling", "sees"),
}
DAY = timedelta(days=1)


def test_there_are_worlds_and_they_say_nothing_that_is_not_read() -> None:
    assert len(WORLDS) >= 12
    assert all(set(world) <= KEYS for world in WORLDS)


@pytest.mark.parametrize("lagging", [False, True], ids=["published", "lagging"])
@pytest.mark.parametrize("told", WORLDS, ids=lambda told: told["name"])
def test_every_way_of_asking_agrees(told: dict[str, Any], lagging: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """Fails when search, list, single check and policy differ: a list that forgets the policy, a check that forgets
    the source, a lagging index whose candidates are not checked again."""
    with opened(told, lagging=lagging) as world:
        names = {world.document_id("place", name): name for name in told["documents"]}
        for who, expected in told["sees"].items():
            caller = Caller.of(who)
            token = world.token(caller.subject, through=caller.actor, name=who)
            assert single_checks(world, caller, names) == set(expected), who
            assert sorted(names[one] for one in world.listed(token)) == sorted(expected), who
            for document_id, name in names.items():
                status = 200 if name in expected else 404
                assert world.client.get(f"/documents/{document_id}", token, purpose=PURPOSE).status == status, who
                text = world.client.get(
                    f"/documents/{document_id}/versions/{latest(world, document_id)}", token, purpose=PURPOSE
                )
                assert text.status == status, (who, name)
            found = {names[one] for one in world.found(token, "common")}
            assert found <= set(expected), who
            assert lagging or found == set(expected), who


@dataclass(frozen=True)
class Caller:
    """Who asks: `ana`, or `ana through service:bot`."""

    subject: PrincipalToken
    actor: PrincipalToken | None

    @classmethod
    def of(cls, text: str) -> "Caller":
        subject, _, actor = text.partition(" through ")
        return cls(named(subject), named(actor) if actor else None)

    @property
    def parties(self) -> list[PrincipalToken]:
        return [self.subject] if self.actor is None else [self.subject, self.actor]


def named(name: str) -> PrincipalToken:
    return PrincipalToken.parse(name if ":" in name else f"user:{name}")


@contextmanager
def opened(told: dict[str, Any], *, lagging: bool) -> Iterator[World]:
    """Build the world; a lagging index has seen every document as it began, and nothing that happened afterwards."""
    with a_world() as world:
        for name, groups in told["people"].items():
            facts = {"guest": name in told.get("guests", ()), "agent": name in told.get("agents", ())}
            world.person(name, *groups, **facts, active=name not in told.get("inactive", ()))
        for group, members in told.get("nested", {}).items():
            world.group(group, *(PrincipalToken.parse(f"group:{member}") for member in members))
        source = world.source("place", *told.get("ceiling", audience(told)))
        for key, place in told["places"].items():
            world.permit(source, key, acl_of(place))
        for name, body in told["documents"].items():
            text = body.get("text", "common")
            world.bring(source, document(name, text, NOON - 3 * DAY, scope=body["place"]))
        for name, body in told["documents"].items():
            later(world, source, name, body, publish=not lagging)
        if told.get("suspended"):
            world.suspend(source)
        yield world


def later(world: World, source: Source, name: str, body: dict[str, Any], *, publish: bool) -> None:
    place, text, then = body["place"], body.get("text", "common"), body.get("then")
    match then:
        case None:
            pass
        case "unreadable":
            world.bring(source, unreadable(name, NOON - DAY, scope=place), publish=publish)
        case "deleted":
            world.bring(source, deletion(name, NOON - DAY), publish=publish)
        case "returned":
            world.bring(source, deletion(name, NOON - 2 * DAY), publish=publish)
            world.bring(source, document(name, text, NOON - DAY, scope=place), publish=publish)
        case _:
            world.bring(source, document(name, then, NOON - DAY, scope=place), publish=publish)
    if "move" in body:
        world.bring(source, document(name, text, NOON - 3 * DAY, scope=body["move"]), publish=publish)


def audience(told: dict[str, Any]) -> set[str]:
    """Return everybody whom some place allows: a ceiling that closes nothing."""
    tiers = [tier for place in told["places"].values() for gate in gates_of(place) for tier in gate]
    return {entry.split(" ")[0] for tier in tiers for entry in tier.get("allow", ())}


def gates_of(place: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return list(place["gates"]) if "gates" in place else [[place]]


def acl_of(place: dict[str, Any]) -> Acl:
    gates = tuple(
        Gate(tuple(Tier(side(tier.get("allow", ())), side(tier.get("deny", ()))) for tier in gate))
        for gate in gates_of(place)
    )
    return Acl(gates, AclState(place.get("state", "complete")))


def side(entries: list[str]) -> frozenset[AclEntry]:
    return frozenset(map(entry_of, entries))


def entry_of(text: str) -> AclEntry:
    """Read `user:ana`, `user:ana until tomorrow` or `user:ana by link`."""
    token, _, rest = text.partition(" ")
    ends = {"until yesterday": NOON - DAY, "until tomorrow": NOON + DAY}
    return AclEntry(PrincipalToken.parse(token), ends.get(rest), discoverable=rest != "by link")


def single_checks(world: World, caller: Caller, names: dict[str, str]) -> set[str]:
    """Ask of each document by itself: ready, in a source in service, permitted by its ACL, and by policy."""
    rooms = world.services.reading
    with world.services.catalogue.read() as session:
        state = rooms.access.state(session)
        parties = [state.party(token) for token in caller.parties]
        asking = Question(query="", purpose=PURPOSE, top_k=1, narrowing=Narrowing())
        signed = world.services.verifier.verify(
            world.token(caller.subject, through=caller.actor, name="check"), now=world.clock.now()
        )
        context = circumstances(asking, signed, rooms.registrations, state, world.clock.now())
        seen = set()
        for document_id, name in names.items():
            found = session.documents.get(document_id)
            assert found is not None
            scope = session.access.scope_acl(found.scope)
            intervals = session.documents.intervals(document_id, open_only=True)
            source = session.sources.get(found.source)
            if found.state is not DocumentState.READY or scope is None or source is None or not source.active:
                continue
            profiles = {state.compartments.by_id[one.compartment].profile for one in intervals if not one.clear_types}
            readable = rooms.decisions.readable(parties, context, {one: state.profiles[one] for one in profiles})
            if all(permits(scope.acl, party.tokens, world.clock.now()) for party in parties) and readable.profiles:
                seen.add(name)
        return seen


def latest(world: World, document_id: str) -> int:
    with world.services.catalogue.read() as session:
        found = session.documents.get(document_id)
        assert found is not None
        return found.current_version
