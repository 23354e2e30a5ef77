"""Suspending a source and letting it return: the next request obeys, whatever way of asking it takes."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.audit.events import EventName
from memory.domain.errors import AuditUnavailable, CatalogueUnavailable, Conflict, NotFound, UnknownPurpose
from memory.domain.governance import Source, SuspensionReason
from memory.domain.identity import OPERATING, PrincipalToken, Role
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import Catalogue, Reading, Writing
from memory.ingest.claiming import request
from memory.ingest.registering import register, source_of
from memory.ingest.suspending import Record, resume, suspend
from tests.worlds.building import PURPOSE, World, a_world, document, writes

SOURCES = ("wiki", "mail")
QUESTION = "How long does leave last?"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Office:
    """A world with two sources, each with a document of two versions and one of its own words; ada may read all."""

    world: World
    ada: str
    sources: Mapping[str, Source]

    @property
    def record(self) -> Record:
        return lambda event, body: self.world.services.record(event, OPERATING, body)

    def switch(self, name: str, *, active: bool) -> bool:
        """Let a source return, or suspend it; say whether that changed anything."""
        change = resume if active else partial(suspend, reason=SuspensionReason.CONTENT)
        return change(name, catalogue=self.world.services.catalogue, record=self.record).changed

    def seen(self) -> dict[str, set[str]]:
        """Return by way of asking the sources of which ada is told anything."""
        ids = {self.world.document_id(name, "leave"): name for name in SOURCES}
        get = partial(self.world.client.get, token=self.ada, purpose=PURPOSE)
        ways = {
            "document": "",
            "versions": "/versions",
            "text": "/versions/2",
            "past text": "/versions/1",
            "difference": "/diff",
        }
        told = {
            way: {
                name
                for document_id, name in ids.items()
                if get(f"/documents/{document_id}{path}", **({"from": 1, "to": 2} if path == "/diff" else {})).status
                == 200
            }
            for way, path in ways.items()
        }
        now = self.world.clock.now()
        return told | {
            "retrieve": {ids[one] for one in self.world.found(self.ada, QUESTION)},
            "retrieve then": {
                ids[one] for one in self.world.found(self.ada, QUESTION, as_of=(now - MINUTE).isoformat())
            },
            "documents": {ids[one] for one in self.world.listed(self.ada)},
        }


@dataclass(frozen=True)
class FailsToCommit:
    """A catalogue whose transactions do everything but commit."""

    real: Catalogue

    def read(self) -> AbstractContextManager[Reading]:
        return self.real.read()

    @contextmanager
    def write(self) -> Iterator[Writing]:
        with self.real.write() as session:
            yield session
            raise CatalogueUnavailable

    def close(self) -> None:
        self.real.close()


@contextmanager
def an_office() -> Iterator[Office]:
    with a_world() as world:
        ada = world.token(world.person("ada", "employees"), roles=[Role.OPERATOR])
        sources = {name: world.source(name, "group:employees") for name in SOURCES}
        for text in ("Leave lasts {} days.", "Leave lasts {} days, and a day more in May."):
            for days, source in enumerate(sources.values(), 28):
                world.bring(source, document("leave", text.format(days), world.clock.now()))
            world.clock.advance(MINUTE * 2)
        yield Office(world, ada, sources)


@pytest.fixture
def office() -> Iterator[Office]:
    with an_office() as made:
        yield made


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SOURCES), st.booleans(), st.booleans()), min_size=1, max_size=5))
def test_every_way_of_asking_obeys_at_the_next_request(switches: list[tuple[str, bool, bool]]) -> None:
    """Fails when any way of asking forgets the switch, or answers from what was kept of the request before.

    Tried: entitlements without `_in_service`; `put` of a source that does not advance the epoch. A source that returns
    is the twin of one that is suspended.
    """
    with an_office() as office:
        active = set(SOURCES)
        for name, wanted, changing in switches:
            if changing:  # while the index has yet to follow a new version
                source = office.sources[name]
                office.world.bring(source, document("leave", "Leave lasts.", office.world.clock.now()), publish=False)
                office.world.clock.advance(MINUTE)
            assert office.switch(name, active=wanted) is (wanted != (name in active))
            active = active | {name} if wanted else active - {name}
            seen = office.seen()
            lagging = {way: seen.pop(way) for way in ("retrieve", "retrieve then")}
            assert seen == dict.fromkeys(seen, active)
            assert all(found <= active for found in lagging.values())
            office.world.services.relay.drain()
            assert office.seen() == dict.fromkeys([*seen, *lagging], active)


def test_an_answer_is_that_of_a_world_in_which_its_permission_was_revoked() -> None:
    """Fails when counts, terms or compartments of a suspended source weigh in what is told of the others."""
    bodies = []
    for revoked in (True, False):
        with an_office() as office:
            if revoked:
                office.world.permit(office.sources["mail"], "", Acl.of([]))
            else:
                office.switch("mail", active=False)
            token = {"token": office.ada}
            documents = office.world.client.get("/documents", **token, purpose=PURPOSE)
            bodies.append((office.world.retrieve(office.ada, QUESTION).body, documents.body))
    assert bodies[0] == bodies[1]


def test_a_suspended_source_is_neither_synced_nor_pushed_to_until_it_returns(office: Office) -> None:
    """The messages name the command that lets it return."""
    world, token = office.world, writes(office.world, office.sources["mail"])
    pushed = {"documents": [{"external_id": "new", "title": "New", "text": "Leave lasts longer."}]}
    register(source_of("files", "filesystem", "/", "team", {}), OPERATING, world.services.writing)
    for name in ("mail", "files"):
        office.switch(name, active=False)
    assert world.client.post("/documents", token, pushed).status == 404
    refused = world.client.post("/sources/files/sync", office.ada, {})
    assert (refused.status, refused.json()["detail"].endswith("memory source resume files")) == (409, True)
    listed = {one["name"]: one["active"] for one in world.client.get("/sources", office.ada).json()["items"]}
    assert listed == {"files": False, "mail": False, "wiki": True}
    for name in ("mail", "files"):
        office.switch(name, active=True)
    assert world.client.post("/documents", token, pushed).status == 201
    assert world.client.post("/sources/files/sync", office.ada, {}).status == 202


def test_a_sync_that_was_queued_before_its_source_was_suspended_ends_with_the_way_back(office: Office) -> None:
    services = office.world.services
    register(source_of("files", "filesystem", "/", "team", {}), OPERATING, services.writing)
    run = request("files", OPERATING, services.syncing)
    office.switch("files", active=False)
    with pytest.raises(Conflict, match="memory source resume files"):
        services.sync_runner().run_next()
    with services.catalogue.read() as session:
        ended = session.sources.sync(run.id)
    assert ended is not None
    assert "memory source resume files" in (ended.error or "")


def test_registering_again_is_no_way_to_let_a_source_return(office: Office) -> None:
    """Fails when a registration, which says nothing of a suspension, replaces the state as well."""
    writing = office.world.services.writing
    office.switch("mail", active=False)
    again, changed = register(replace(office.sources["mail"], owner_team="others"), OPERATING, writing)
    assert (again.active, changed) == (False, True)
    assert office.seen()["documents"] == {"wiki"}


def test_a_switch_is_on_record_once_and_before_it_holds(office: Office) -> None:
    """Fails when the record comes after the commit, or when a switch that changes nothing is recorded, too."""

    def refuse(_event: EventName, _body: object) -> None:
        raise AuditUnavailable

    catalogue = office.world.services.catalogue
    with pytest.raises(AuditUnavailable):
        suspend("mail", SuspensionReason.LEGAL, catalogue, refuse)
    assert office.seen()["documents"] == set(SOURCES)
    for active in (False, False, True, True):
        office.switch("mail", active=active)
    leaves = office.world.leaves()
    assert [leaves.count(event.encode()) for event in (EventName.SOURCE_SUSPENDED, EventName.SOURCE_RESUMED)] == [1, 1]
    assert b'"grounds":"content"' in leaves
    with pytest.raises(NotFound):
        resume("nothing", catalogue, office.record)


def test_a_suspension_that_does_not_commit_is_told_and_works_when_it_is_asked_for_again(office: Office) -> None:
    """Fails when the fault is told as any other: the log says «suspended» by then, and the source stays visible.

    Fails as well when the second attempt takes what the log tells for what holds, and does nothing.
    """
    catalogue = office.world.services.catalogue
    with pytest.raises(CatalogueUnavailable, match=r"on mail being suspended.* memory source suspend again"):
        suspend("mail", SuspensionReason.LEGAL, FailsToCommit(catalogue), office.record)
    assert office.seen()["documents"] == set(SOURCES)
    assert suspend("mail", SuspensionReason.LEGAL, catalogue, office.record).changed
    assert office.seen()["documents"] == {"wiki"}
    assert office.world.leaves().count(EventName.SOURCE_SUSPENDED.encode()) == 2
    with pytest.raises(CatalogueUnavailable, match=r"on mail being resumed.* memory source resume again"):
        resume("mail", FailsToCommit(catalogue), office.record)
    assert office.seen()["documents"] == {"wiki"}


def test_an_agent_that_is_made_inactive_gets_nothing_from_the_next_request_on(office: Office) -> None:
    """Fails when a token outlives the directory, or when the person it acts for is looked at alone.

    The twins: the agent before and afterwards, and ada, who asks for herself.
    """
    world, ada = office.world, PrincipalToken.parse("user:ada")
    bot = world.person("service:bot", "employees", "applications", agent=True)
    through = world.token(ada, through=bot)
    for active in (True, False, True):
        world.person("service:bot", active=active, agent=True)
        assert bool(world.found(through, QUESTION)) is active
        assert world.found(office.ada, QUESTION)


def test_an_entry_of_a_registration_that_is_taken_out_holds_until_the_next_start(office: Office) -> None:
    """Fails when the pages that say so, docs/operations.md and docs/status.md, are no longer true.

    Whoever is not registered at the start may name no purpose, and a purpose that is not registered may not be named.
    """
    settings = office.world.services.settings
    for name in ("applications", "purposes"):
        (settings.config / f"{name}.yaml").write_text(f"{name}: []\n")
        assert office.world.found(office.ada, QUESTION)
        with a_world(config={f"{name}.yaml": f"{name}: []\n"}) as begun:
            ada = begun.token(begun.person("ada", "employees"))
            assert begun.retrieve(ada, QUESTION).json()["detail"] == str(UnknownPurpose())
