"""The API from outside: who gets in, and what errors look like."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest

from memory.adapters.identity.issuer import _private_key
from memory.api.errors import STATUS
from memory.domain import errors
from memory.domain.identity import PrincipalToken, Role
from memory.domain.ports.encoder import Encoded
from memory.testing.audit_fake import InMemoryAuditLog
from memory.testing.encoder_fake import HashEncoder
from tests.worlds.asgi import Response
from tests.worlds.building import PURPOSE, World, a_world
from tests.worlds.office import Office, built, pushed

ABSENT = str(UUID(int=7))
OPEN = {("get", "/health/live")}
VALID_BODIES: dict[str, Any] = {
    "/retrieve": {"query": "leave", "purpose": PURPOSE},
    "/documents": {"documents": [{"external_id": "x", "title": "x", "text": "x"}]},
}


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with a_world() as world:
        yield built(world)


@pytest.fixture
def own_office() -> Iterator[Office]:
    with a_world() as world:
        yield built(world)


def operations(world: World) -> list[tuple[str, str]]:
    found = world.client.get("/openapi.json", built_token(world)).json()
    return [(method, path) for path, methods in found["paths"].items() for method in methods]


def built_token(world: World) -> str:
    return world.token(PrincipalToken.parse("user:ana"), name="ana")


def call(world: World, method: str, path: str, token: str | None, headers: dict[str, str] | None = None) -> Response:
    """Call an operation as its description wants it called."""
    body = VALID_BODIES.get(path, {}) if method == "post" else None
    query = f"purpose={PURPOSE}&from=1&to=2" if method == "get" else ""
    filled = path
    for name in ("document_id", "receipt_id", "number", "name", "sync_id"):
        filled = filled.replace(f"{{{name}}}", {"number": "1", "receipt_id": "rcp_" + "0" * 32}.get(name, ABSENT))
    content = b"" if body is None else json.dumps(body).encode()
    return world.client.request(method.upper(), filled, token, query=query, content=content, headers=headers)


def forged(world: World, header: dict[str, Any], **claims: Any) -> str:
    """Return a token of the home's own key, whose claims are changed."""
    key = _private_key(world.services.settings.keys)
    genuine = jwt.decode(built_token(world), options={"verify_signature": False})
    if header.get("alg") == "none":
        return jwt.encode({**genuine, **claims}, None, algorithm="none", headers=header)
    return jwt.encode({**genuine, **claims}, key, algorithm="EdDSA", headers={"typ": "at+jwt", **header})


def bad_tokens(world: World) -> dict[str, str | None]:
    now = int(world.clock.now().timestamp())
    return {
        "none at all": None,
        "not a token": "letmein",
        "expired": forged(world, {}, iat=now - 7200, nbf=now - 7200, exp=now - 3600),
        "expires this second": forged(world, {}, iat=now - 3600, nbf=now - 3600, exp=now),
        "not yet valid": forged(world, {}, iat=now + 3600, nbf=now + 3600, exp=now + 7200),
        "another audience": forged(world, {}, aud="another"),
        "another issuer": forged(world, {}, iss="another"),
        "without a signature": forged(world, {"alg": "none"}),
        "an unknown role": forged(world, {}, roles=["superuser"]),
        "an unknown claim": forged(world, {}, groups=["security"]),
    }


def test_every_operation_but_one_needs_a_valid_token(office: Office) -> None:
    """Fails when a route does not ask for its caller, and when any check of a token is left out.

    Tried: a route without `CurrentCaller`; a verifier that does not look at `exp`, or at `aud`.
    """
    world = office.world
    listed = operations(world)
    assert set(listed) > OPEN
    assert len(listed) >= 10
    for method, path in listed:
        refused = {why: call(world, method, path, token) for why, token in bad_tokens(world).items()}
        expected = 200 if (method, path) in OPEN else 401
        assert {why: answer.status for why, answer in refused.items()} == dict.fromkeys(refused, expected), path
        assert len(set(refused.values())) == 1, f"{path} tells why a token is refused"


def test_a_genuine_token_gets_in(office: Office) -> None:
    world = office.world
    assert call(world, "post", "/retrieve", forged(world, {})).status == 200
    statuses = {call(world, method, path, office.reader).status for method, path in operations(world)}
    assert 401 not in statuses
    assert not any(status >= 500 for status in statuses)


def test_nothing_in_a_request_but_its_token_names_the_caller(office: Office) -> None:
    """Fails when a header, a parameter or a field is believed about who asks."""
    world = office.world
    claims = {"X-User": "user:boss", "X-Forwarded-User": "user:boss", "X-Groups": "security", "X-Role": "operator"}
    body = json.dumps(VALID_BODIES["/retrieve"]).encode()
    plain = world.client.request("POST", "/retrieve", office.reader, content=body)
    claiming = world.client.request("POST", "/retrieve", office.reader, content=body, headers=claims, query="as=boss")
    assert plain.json()["passages"] == claiming.json()["passages"] != []
    for field in ("principal", "user", "groups", "roles", "as", "tenant", "scopes", "compartments", "visibility"):
        assert world.retrieve(office.reader, "leave", **{field: "user:boss"}).status == 422
        assert world.retrieve(office.reader, "leave", filters={field: ["user:boss"]}).status == 422
        assert world.retrieve(office.reader, "leave", context={field: "user:boss"}).status == 422


def test_every_error_of_the_domain_has_a_status() -> None:
    """Fails when a class is added to `domain.errors` and not to `api.errors.STATUS`."""
    classes = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.MemoryFault)}
    assert classes == set(STATUS)


def test_absent_and_hidden_are_the_same_bytes(own_office: Office) -> None:
    """Fails when an id is looked up before it is known to be visible, or when an error names what it did not find."""
    client, reader = own_office.world.client, own_office.reader
    for below in ("", "/versions", "/versions/1", "/versions/2", "/versions/999"):
        pair = [client.get(f"/documents/{one}{below}", reader, purpose=PURPOSE) for one in (own_office.hidden, ABSENT)]
        assert pair[0] == pair[1]
        assert pair[0].status == 404
    differences = [
        client.get(f"/documents/{one}/diff", reader, purpose=PURPOSE, from_=1, to=1)
        for one in (own_office.hidden, ABSENT)
    ]
    assert differences[0] == differences[1]
    assert client.get(f"/documents/{own_office.shown}", reader, purpose=PURPOSE).status == 200
    of_another = own_office.world.retrieve(
        own_office.world.token(own_office.world.person("boss"), name="boss"), "leave"
    ).json()["receipt_id"]
    receipts = [client.get(f"/receipts/{one}", reader) for one in (of_another, "rcp_" + "0" * 32)]
    assert receipts[0] == receipts[1]
    assert receipts[0].status == 404
    deletions = [
        client.request("DELETE", f"/documents/{one}", own_office.writer) for one in (own_office.hidden, ABSENT)
    ]
    states = [own_office.state(one) for one in (own_office.hidden, ABSENT)]
    assert deletions[0] == deletions[1]
    assert states[0] == states[1]
    assert (deletions[0].status, states[0].status) == (404, 404)


def test_every_error_is_a_problem_document(office: Office) -> None:
    client = office.world.client
    answers = [
        client.get(f"/documents/{ABSENT}", office.reader, purpose=PURPOSE),
        client.get("/documents", None, purpose=PURPOSE),
        client.get("/documents", office.reader),
        client.get("/nowhere", office.reader),
        client.request("PUT", "/documents", office.reader),
        client.post("/retrieve", office.reader, b"{"),
        client.post("/documents", office.reader, VALID_BODIES["/documents"]),
        office.world.retrieve(office.reader, "leave", purpose="curiosity"),
    ]
    assert [answer.status for answer in answers] == [404, 401, 422, 404, 405, 422, 403, 422]
    for answer in answers:
        assert answer.header("content-type") == "application/problem+json"
        assert {"type", "title", "status", "detail"} <= set(answer.json())
        assert answer.json()["status"] == answer.status


def test_without_a_record_nothing_is_released() -> None:
    """Fails when an answer is released before it is on record."""
    log = InMemoryAuditLog()
    with a_world(log=log) as world:
        office = built(world)
        asked = [
            lambda: world.retrieve(office.reader, "leave"),
            lambda: world.client.get("/documents", office.reader, purpose=PURPOSE),
            lambda: world.client.get(f"/documents/{office.shown}/versions/1", office.reader, purpose=PURPOSE),
        ]
        assert [ask().status for ask in asked] == [200, 200, 200]
        log.available = False
        for ask in asked:
            answer = ask()
            assert answer.status == 503
            assert b"holidays" not in answer.body
            assert office.shown.encode() not in answer.body
        log.available = True  # closing the home signs the log


class BrokenEncoder(HashEncoder):
    """Breaks on questions in a way that nobody foresaw, and quotes what it was asked."""

    def encoding(self, text: str) -> AbstractContextManager[Encoded]:
        raise RuntimeError(text)


def test_an_unexpected_error_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Fails when the message of an exception reaches the caller or the log: it may quote a document or a query."""
    with a_world(encoder=BrokenEncoder()) as world:
        answer = world.retrieve(world.token(world.person("ana", "employees")), "a query about my salary")
    assert answer.status == 500
    assert b"salary" not in answer.body
    assert "salary" not in caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_the_limit_is_refused(office: Office, announced: bool) -> None:  # noqa: FBT001
    """Fails when only announced lengths are looked at: a body in pieces announces none."""
    pieces = [b"x" * 2**20] * (office.world.services.settings.max_body_bytes // 2**20 + 1)
    content = b"".join(pieces) if announced else pieces
    answer = office.world.client.request("POST", "/retrieve", office.reader, content=content)
    assert answer.status == 413
    assert answer.header("content-type") == "application/problem+json"


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "1e3", "", "0x10"])
def test_a_length_that_is_no_number_is_refused(office: Office, length: str) -> None:
    answer = office.world.client.request(
        "POST", "/retrieve", office.reader, content=b"{}", headers={"content-length": length}
    )
    assert answer.status == 413


def test_a_consistency_token_that_nobody_gave_tells_nothing(office: Office) -> None:
    """Fails when a token can be made up: whether it is ahead would tell how often hidden things changed."""
    for made_up in ("0" * 64, "f" * 64, uuid4().hex * 2):
        assert office.world.retrieve(office.reader, "leave", at_least_as_fresh=made_up).status == 409
    for wrong in (0, 1, "1", "0" * 63, "", True):
        assert office.world.retrieve(office.reader, "leave", at_least_as_fresh=wrong).status == 422


def test_an_expired_token_ends_in_the_middle_of_a_session(own_office: Office) -> None:
    world = own_office.world
    short = world.token(PrincipalToken.parse("user:ana"), lifetime=timedelta(minutes=5), name="short")
    assert world.retrieve(short, "leave").status == 200
    world.clock.advance(timedelta(minutes=5))
    assert world.retrieve(short, "leave").status == 401


def test_a_token_that_names_a_source_without_the_role_may_not_push(own_office: Office) -> None:
    """Fails when either of the two is enough."""
    publisher = PrincipalToken.parse("service:publisher")
    with_role = own_office.world.token(publisher, roles=[Role.WRITER], name="half")
    assert own_office.push(pushed(), token=with_role).status == 403
    without_role = forged(own_office.world, {}, sub="local|service|publisher", writes="handbook", roles=[])
    assert own_office.push(pushed(), token=without_role).status == 403
    assert own_office.state(own_office.shown, without_role).status == 422
