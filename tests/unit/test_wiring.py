"""Every port can be replaced, and what was given is what is used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_type_hints

from classifiers.revision import recognizers
from memory.domain.governance import Source
from memory.domain.identity import Caller, Role
from memory.domain.ports.connector import Connector
from memory.domain.ports.differ import Hunk
from memory.ingest import flags
from memory.testing.connector_fake import InMemoryPlace
from memory.testing.policy_fake import Rule, RulePolicyEngine
from memory.wiring import Ports, labelling_on_disk
from tests.worlds.building import PURPOSE, World, a_world, document

OPEN = RulePolicyEngine([Rule("open", lambda _: True)], [PURPOSE])
SHUT = RulePolicyEngine([], [PURPOSE])


def reader(world: World) -> str:
    return world.token(world.person("ada"))


def brought(world: World) -> World:
    world.bring(world.source("wiki", "everyone"), document("a", "# Leave\n\nThirty days.", world.clock.now()))
    return world


def test_policies_can_be_replaced() -> None:
    """Bites: a `Ports` entry that `build` does not read."""
    for policy, found in ((OPEN, 1), (SHUT, 0)):
        with a_world(policy=policy) as world:
            assert len(brought(world).found(reader(world), "leave")) == found


def test_who_calls_can_be_decided_elsewhere() -> None:
    class Everybody:
        def verify(self, token: str, *, now: datetime) -> Caller:
            return Caller(ada, None, "cli", frozenset({Role.OPERATOR}), None, token)

    with a_world(verifier=Everybody()) as world:
        ada = world.person("ada")
        assert world.client.get("/sources", "any word").status == 200


def test_connectors_raw_files_and_the_differ_can_be_replaced() -> None:
    class Kept:
        def put(self, source: str, content: bytes) -> str:
            kept[source] = content
            return "0" * 64

        def get(self, source: str, content_hash: str) -> bytes:
            return kept[source]

    class Same:
        def hunks(self, old: str, new: str) -> Sequence[Hunk]:
            return []

    kept: dict[str, bytes] = {}
    place, differ = InMemoryPlace(), Same()

    def opened(_: Source) -> Connector:
        return place.connect()

    with a_world(connectors=opened, raw=Kept(), differ=differ) as world:
        assert world.services.connector(world.source("wiki")).version == "1"
        assert brought(world).services.reading.differ is differ
        assert kept == {"wiki": b"# Leave\n\nThirty days."}


def test_labels_can_be_replaced() -> None:
    with a_world() as world:
        rules = world.services.writing.labeller
    with a_world(labeller=rules) as again:
        assert again.services.writing.labeller is rules


def test_what_documents_are_labelled_by_names_rules_recognizers_and_flags() -> None:
    """Fails when one of them is left out: two processes that label differently would pass for one another."""
    with a_world() as world:
        named = world.services.labelling
        assert named.split("+")[1:] == [recognizers(), flags.revision()]
        assert labelling_on_disk(world.services.settings) == named
        rules = world.services.settings.config / "classification.yaml"
        rules.write_text(f"{rules.read_text()}\n# Reviewed.\n")
        assert labelling_on_disk(world.services.settings) != named


def test_every_port_of_both_walks_can_be_given() -> None:
    """Fails when a walk gets a port that `Ports` does not name."""
    with a_world() as world:
        rooms = (type(world.services.reading), type(world.services.writing))
    given = {str(kind) for kind in get_type_hints(Ports).values()}
    ports = {kind for room in rooms for kind in get_type_hints(room).values() if _is_port(kind)}
    assert {str(kind) for kind in ports} - given == set()


def _is_port(kind: Any) -> bool:
    return getattr(kind, "_is_protocol", False)
