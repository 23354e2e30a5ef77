"""What a token may do by itself ends when the directory says so, and what it may never do is refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from memory.domain.identity import PrincipalToken, Role
from tests.worlds.asgi import Response
from tests.worlds.building import PURPOSE, World, a_world, document
from tests.worlds.office import Office, built, pushed

ROLES = {"writer": "service:publisher", "auditor": "user:eve", "operator": "user:olga", "reader": "user:ana"}


@pytest.fixture
def office() -> Iterator[Office]:
    with a_world() as world:
        yield built(world)


def attempts(office: Office, application: str = "cli") -> dict[str, list[Response]]:
    """Do, in each role, what no ACL closes."""
    world, client = office.world, office.world.client
    receipt = world.retrieve(office.reader, "leave").json()["receipt_id"]
    tokens = {
        "writer": world.token(named("writer"), writes="handbook", application=application, name="w"),
        "auditor": world.token(named("auditor"), roles=[Role.AUDITOR], application=application, name="a"),
        "operator": world.token(named("operator"), roles=[Role.OPERATOR], application=application, name="o"),
        "reader": world.token(named("reader"), application=application, name="ana"),
    }
    return {
        "writer": [office.push(pushed(), token=tokens["writer"]), office.state(office.shown, tokens["writer"])],
        "auditor": [client.get(f"/receipts/{receipt}", tokens["auditor"]), client.get("/sources", tokens["auditor"])],
        "operator": [client.get("/sources", tokens["operator"])],
        "reader": [client.get(f"/receipts/{receipt}", tokens["reader"]), client.get("/openapi.json", tokens["reader"])],
    }


def named(role: str) -> PrincipalToken:
    return PrincipalToken.parse(ROLES[role])


def statuses(answers: dict[str, list[Response]]) -> dict[str, list[int]]:
    return {role: [answer.status for answer in given] for role, given in answers.items()}


def test_roles_end_when_somebody_leaves(office: Office) -> None:
    """Fails when a token keeps its roles until it expires."""
    world = office.world
    for name in ROLES.values():
        world.person(name)
    staying = {"writer": [201, 200], "auditor": [200, 200], "operator": [200], "reader": [200, 200]}
    assert statuses(attempts(office)) == staying
    for role in ("writer", "auditor", "operator"):
        world.person(ROLES[role], active=False)
    left = statuses(attempts(office))
    assert left == {"writer": [403, 403], "auditor": [403, 403], "operator": [403], "reader": [200, 200]}
    world.person(ROLES["reader"], active=False)
    assert statuses(attempts(office))["reader"] == [403, 403]


def test_an_application_that_is_not_registered_has_no_roles(office: Office) -> None:
    """Fails when registration is asked for by questions alone: a token of an unknown application would push."""
    for name in ROLES.values():
        office.world.person(name)
    unknown = statuses(attempts(office, application="shadow"))
    assert unknown == {"writer": [403, 403], "auditor": [403, 403], "operator": [403], "reader": [403, 403]}


def test_a_person_is_no_actor(office: Office) -> None:
    """Fails when a person may act for another: one in a country that is closed would read through one who is not."""
    world = office.world
    ana, ben = PrincipalToken.parse("user:ana"), world.person("ben", "employees", country="US")
    bot = world.person("service:bot", "employees")
    for actor, expected in ((ben, 403), (bot, 200)):
        token = world.token(ana, through=actor, name=str(actor))
        assert world.retrieve(token, "leave").status == expected
        assert world.client.get("/documents", token, purpose=PURPOSE).status == expected
        assert world.client.get("/openapi.json", token).status == expected


def receipt_of(world: World, token: str, asked: Response) -> dict[str, Any]:
    got = world.client.get(f"/receipts/{asked.json()['receipt_id']}", token)
    assert got.status == 200
    return dict(got.json())


def test_an_agent_does_not_learn_the_groups_of_its_person(office: Office) -> None:
    """Fails when the tokens of all parties are told to a caller, or how it was searched, which hidden points decide."""
    world = office.world
    bot = world.person("service:bot", "employees", "applications")
    ana = world.person("ana", "employees", "works-council")
    token = world.token(ana, through=bot, application="assistant", name="bot")
    asked = world.retrieve(token, "leave")
    assert asked.json()["passages"]
    told = receipt_of(world, token, asked)
    assert "works-council" not in str(told)
    assert told["authorization"].keys() == {"subject", "actor", "application", "token_id", "grants"}
    assert "search_mode" not in told["inputs"]
    auditor = world.token(world.person("eve"), roles=[Role.AUDITOR], name="eve")
    full = receipt_of(world, auditor, asked)
    assert "local|group|works-council" in full["authorization"]["tokens"]
    assert full["inputs"]["search_mode"] == "exact"


def test_a_receipt_belongs_to_the_application_that_asked(office: Office) -> None:
    """Fails when a receipt is compared by its people alone."""
    world = office.world
    ana = PrincipalToken.parse("user:ana")
    mine, other = (world.token(ana, application=one, name=one) for one in ("cli", "assistant"))
    asked = world.retrieve(mine, "leave").json()["receipt_id"]
    assert world.client.get(f"/receipts/{asked}", other) == world.client.get(f"/receipts/rcp_{'0' * 32}", other)
    assert world.client.get(f"/receipts/{asked}", mine).status == 200


LEGAL_ONLY = """
purposes:
  - {id: support, owner: support, description: Answer., applications: any, open_to: [everyone]}
  - {id: litigation, owner: legal, description: Defend., applications: any, open_to: ["group:legal"]}
"""


def test_a_purpose_is_for_those_it_is_open_to() -> None:
    """Fails when a purpose is open to whoever uses an application, or to an agent because it is to its person."""
    with a_world(config={"purposes.yaml": LEGAL_ONLY}) as world:
        source = world.source("files", "everyone")
        world.bring(source, document("d", "# Leave\n\nleave", world.clock.now()))
        lia, ana = world.person("lia", "employees", "lawyers"), world.person("ana", "employees")
        world.group("legal", PrincipalToken.parse("group:lawyers"))
        bot = world.person("service:bot", "applications")
        counsel = world.person("service:aide", "applications", "legal")

        def status(token: str, purpose: str) -> tuple[int, bytes]:
            answer = world.retrieve(token, "leave", purpose=purpose)
            return answer.status, b"" if answer.status == 200 else answer.body

        unknown = status(world.token(ana, name="ana"), "gossip")
        assert unknown[0] == 422
        assert status(world.token(ana, name="ana"), "litigation") == unknown
        assert status(world.token(lia, through=bot, name="bot"), "litigation") == unknown
        assert status(world.token(lia, name="lia"), "litigation")[0] == 200
        assert status(world.token(lia, through=counsel, name="aide"), "litigation")[0] == 200
        assert status(world.token(ana, name="ana"), "support")[0] == 200
