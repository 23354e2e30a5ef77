"""The API from outside: who gets in, what errors look like, what a push may do, and what no request can do."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.adapters.identity.issuer import _private_key
from memory.api.errors import STATUS
from memory.domain import errors
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken, Role
from memory.domain.ports.encoder import Vector
from memory.testing.audit_fake import InMemoryAuditLog
from memory.testing.encoder_fake import HashEncoder
from tests.worlds.asgi import Response
from tests.worlds.building import PURPOSE, World, a_world, document

ABSENT = str(UUID(int=7))
OPEN = {("get", "/health/live")}
VALID_BODIES: dict[str, Any] = {
    "/retrieve": {"query": "leave", "purpose": PURPOSE},
    "/documents": {"documents": [{"external_id": "x", "title": "x", "text": "x"}]},
}


@dataclass(frozen=True)
class Office:
    """A world with one reader, one writer, and one document that the reader may not see."""

    world: World
    handbook: Source
    vault: Source
    reader: str
    writer: str

    @property
    def shown(self) -> str:
        return self.world.document_id("handbook", "leave")

    @property
    def hidden(self) -> str:
        return self.world.document_id("vault", "secret")

    def push(self, *documents: dict[str, Any], token: str | None = None, key: str | None = None) -> Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.world.client.post("/documents", token or self.writer, {"documents": list(documents)}, headers)

    def state(self, document_id: str, token: str | None = None) -> Response:
        return self.world.client.get(f"/documents/{document_id}", token or self.writer)


def pushed(name: str = "note", text: str = "# Note\n\nbudget of the lab", **more: Any) -> dict[str, Any]:
    return {"external_id": name, "title": name, "text": text, **more}


def built(world: World) -> Office:
    ana = world.person("ana", "employees")
    handbook = world.source("handbook", "group:employees")
    vault = world.source("vault", "user:boss")
    world.bring(handbook, document("leave", "# Leave\n\nleave and holidays", world.clock.now()))
    world.bring(vault, document("secret", "# Leave\n\nthe vault of leave", world.clock.now()))
    publisher = world.person("service:publisher")
    writer = world.token(publisher, writes="handbook", name="writer")
    return Office(world, handbook, vault, world.token(ana, name="ana"), writer)


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

    def encode_query(self, text: str) -> Vector:
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


def test_a_push_reaches_readers_and_says_what_became_of_it(own_office: Office) -> None:
    answer = own_office.push(pushed(), pushed("other", "\0"), pushed("note", "# Note\n\nbudget of the attic"))
    assert answer.status == 201
    assert [item["change"] for item in answer.json()["items"]] == ["added", "quarantined", "updated"]
    document_id = answer.json()["items"][0]["document"]
    token = answer.json()["consistency_token"]
    assert own_office.world.found(own_office.reader, "attic", at_least_as_fresh=token) >= {document_id}
    assert own_office.state(document_id).json()["version"] == 2
    quarantined = own_office.state(answer.json()["items"][1]["document"]).json()
    assert quarantined["state"] == "quarantined"
    assert quarantined["reason"]


def test_a_push_stays_in_its_own_source(own_office: Office) -> None:
    """Fails when a source can be named by the request, or when a right to push is a right to read."""
    assert own_office.push(pushed(), token=own_office.reader).status == 403
    assert own_office.push({**pushed(), "source": "vault"}).status == 422
    assert own_office.push(pushed("secret")).status == 201  # the same name in another source is another document
    client = own_office.world.client
    assert client.request("DELETE", f"/documents/{own_office.hidden}", own_office.writer).status == 404
    assert client.get(f"/documents/{own_office.shown}", own_office.writer, purpose=PURPOSE).status == 404
    assert own_office.world.found(own_office.writer, "leave") == set()
    boss = own_office.world.token(own_office.world.person("boss", "employees"), name="boss")
    assert own_office.hidden in own_office.world.found(boss, "leave")


def test_a_token_that_names_a_source_without_the_role_may_not_push(own_office: Office) -> None:
    """Fails when either of the two is enough."""
    publisher = PrincipalToken.parse("service:publisher")
    with_role = own_office.world.token(publisher, roles=[Role.WRITER], name="half")
    assert own_office.push(pushed(), token=with_role).status == 403
    without_role = forged(own_office.world, {}, sub="local|service|publisher", writes="handbook", roles=[])
    assert own_office.push(pushed(), token=without_role).status == 403
    assert own_office.state(own_office.shown, without_role).status == 422


def test_a_push_cannot_reach_beyond_the_ceiling_of_its_source(own_office: Office) -> None:
    """Fails when a pushed permission is kept without looking at the ceiling."""
    world = own_office.world
    answer = own_office.push(
        pushed("wide", "# W\n\nbudget wide", allow=["everyone"]),
        pushed("kept", "# K\n\nbudget kept", allow=["group:employees"], deny=["user:ben"]),
        pushed("none", "# N\n\nbudget none", allow=[]),
    )
    wide, kept, none = (item["document"] for item in answer.json()["items"])
    assert world.found(own_office.reader, "budget") & {wide, kept, none} == {kept}
    ben = world.token(world.person("ben", "employees"), name="ben")
    assert world.found(ben, "budget") & {wide, kept, none} == set()
    assert own_office.push(pushed("kept", "# K\n\nbudget kept", deny=["user:ben"])).status == 422


def test_an_idempotency_key_replays_its_answer_and_refuses_another_request(own_office: Office) -> None:
    first = own_office.push(pushed(), key="once")
    assert own_office.push(pushed(), key="once") == first
    for other in (pushed(text="# Note\n\nelse"), pushed(author="Eve"), pushed(uri="https://x.example"), pushed("b")):
        assert own_office.push(other, key="once").status == 409
    assert own_office.push(pushed()).json()["items"][0]["change"] == "unchanged"
    deleting = own_office.world.client.request(
        "DELETE",
        f"/documents/{first.json()['items'][0]['document']}",
        own_office.writer,
        headers={"Idempotency-Key": "once"},
    )
    assert deleting.status == 409


def test_a_deleted_document_is_gone_for_readers_and_a_tombstone_for_its_writer(own_office: Office) -> None:
    client, document_id = own_office.world.client, own_office.shown
    answers = [client.request("DELETE", f"/documents/{document_id}", own_office.writer) for _ in range(2)]
    assert [answer.json()["items"][0]["change"] for answer in answers] == ["deleted", "absent"]
    assert own_office.state(document_id).json()["state"] == "deleted"
    assert client.get(f"/documents/{document_id}", own_office.reader, purpose=PURPOSE).status == 404
    assert own_office.world.found(own_office.reader, "leave") == set()
    assert own_office.push(pushed("leave", "# Leave\n\nleave again")).json()["items"][0]["change"] == "updated"
    assert own_office.world.found(own_office.reader, "leave") == {document_id}


def test_content_that_is_no_base64_is_refused_and_what_is_can_be_pushed(own_office: Office) -> None:
    """Fails when a lenient decoder stores something else than what was sent."""
    without = {"external_id": "b", "title": "b", "media_type": "text/plain"}
    for broken in ("!!", "YWJj*", "YWJ"):
        assert own_office.push({**without, "content": broken}).status == 422
    good = own_office.push({**without, "content": base64.b64encode(b"budget").decode()})
    assert good.json()["items"][0]["change"] == "added"


def test_a_time_at_the_edge_of_the_calendar_is_refused(own_office: Office) -> None:
    """Fails when times are not brought to UTC before anything is stored: the document could not be read again."""
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00"):
        assert own_office.push(pushed(modified_at=moment)).status == 422
        assert own_office.world.retrieve(own_office.reader, "x", as_of=moment).status == 422
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        assert own_office.push(pushed(moment, modified_at=moment)).status == 201
        assert own_office.world.retrieve(own_office.reader, "budget", as_of=moment).status == 200
    assert own_office.world.client.get("/documents", own_office.reader, purpose=PURPOSE).status == 200


def test_a_consistency_token_that_nobody_gave_tells_nothing(office: Office) -> None:
    """Fails when a token can be made up: whether it is ahead would tell how often hidden things changed."""
    for made_up in ("0" * 48, "f" * 48, uuid4().hex + "0" * 16):
        assert office.world.retrieve(office.reader, "leave", at_least_as_fresh=made_up).status == 409
    for wrong in (0, 1, "1", "0" * 47, "", True):
        assert office.world.retrieve(office.reader, "leave", at_least_as_fresh=wrong).status == 422


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("query", "purpose", "top_k", "filters", "as_of", "context", "at_least_as_fresh", "max_tokens", "expand")
FILTERS = ("sources", "types", "labels", "languages", "modified_from", "modified_to", "attributes")
names = st.text(min_size=1, max_size=20)
plausible = st.fixed_dictionaries(
    {"query": st.text(min_size=1, max_size=60), "purpose": st.just(PURPOSE)},
    optional={
        "top_k": st.integers(0, 101),
        "expand": st.integers(-1, 6),
        "max_tokens": st.integers(0, 2_000),
        "as_of": st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
        "filters": st.fixed_dictionaries(
            {},
            optional={
                **dict.fromkeys(("sources", "types", "labels", "languages"), st.lists(names, max_size=3)),
                "attributes": st.dictionaries(names, names, max_size=3),
                "modified_from": st.datetimes().map(lambda moment: moment.isoformat() + "+13:59"),
            },
        ),
        "context": st.fixed_dictionaries({}, optional={"recipient": names, "recipient_country": names}),
    },
)
wild = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), anything, max_size=6)
FUZZ = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FUZZ
@given(body=plausible | wild | anything, merged=wild)
def test_no_question_breaks_the_service_or_widens_an_answer(office: Office, body: Any, merged: dict[str, Any]) -> None:
    """Fails when a value reaches the engine or the catalogue that it cannot take, or when a filter can say or."""
    for asked in (body, {**VALID_BODIES["/retrieve"], **merged}):
        answer = office.world.client.post("/retrieve", office.reader, asked)
        assert answer.status in (200, 409, 422)
        assert b"vault" not in answer.body or "vault" in json.dumps(asked)
        if answer.status == 200:
            assert {one["citation"]["document"] for one in answer.json()["passages"]} <= visible_to_reader(office)


def visible_to_reader(office: Office) -> set[str]:
    return set(office.world.listed(office.reader, limit=200))


@FUZZ
@given(body=anything | st.fixed_dictionaries({"documents": st.lists(wild | anything, max_size=2)}))
def test_no_push_breaks_the_service(office: Office, body: Any) -> None:
    assert office.world.client.post("/documents", office.writer, body).status in (201, 422)


pushes = st.fixed_dictionaries(
    {"external_id": names, "title": names, "text": st.text(max_size=200)},
    optional={
        "author": st.text(max_size=30),
        "allow": st.lists(st.sampled_from(["everyone", "group:employees", "user:boss"]) | names, max_size=2),
        "attributes": st.dictionaries(names, names, max_size=3),
        "modified_at": st.datetimes().map(lambda moment: moment.isoformat() + "-13:59"),
        "media_type": st.sampled_from(["text/plain", "text/markdown", "application/pdf"]),
    },
)


@FUZZ
@given(body=pushes)
def test_what_was_pushed_never_breaks_reading(office: Office, body: dict[str, Any]) -> None:
    """Fails when something is stored that cannot be read again, or when a permission beyond the ceiling opens."""
    answer = office.push(body)
    assert answer.status in (201, 422)
    assert office.world.client.get("/documents", office.reader, purpose=PURPOSE, limit=200).status == 200
    assert office.world.retrieve(office.reader, body["title"], top_k=100).status == 200
    outsider = office.world.token(PrincipalToken.parse("user:outsider"), name="outsider")
    assert office.world.listed(outsider) == []


@FUZZ
@given(path=st.text(max_size=30), number=st.integers(), cursor=st.text(max_size=40), limit=st.integers())
def test_no_path_or_parameter_breaks_the_service(
    office: Office, path: str, number: int, cursor: str, limit: int
) -> None:
    client, shown = office.world.client, office.shown
    answers = [
        client.get(f"/documents/{shown}/versions/{number}", office.reader, purpose=PURPOSE),
        client.get(f"/documents/{shown}/diff", office.reader, purpose=PURPOSE, from_=number, to=number),
        client.get("/documents", office.reader, purpose=PURPOSE, cursor=cursor, limit=limit),
        client.get("/documents", office.reader, purpose=path),
        client.get(f"/receipts/{cursor}".encode("ascii", "ignore").decode(), office.reader),
    ]
    assert all(answer.status < 500 for answer in answers), answers


def test_an_expired_token_ends_in_the_middle_of_a_session(own_office: Office) -> None:
    world = own_office.world
    short = world.token(PrincipalToken.parse("user:ana"), lifetime=timedelta(minutes=5), name="short")
    assert world.retrieve(short, "leave").status == 200
    world.clock.advance(timedelta(minutes=5))
    assert world.retrieve(short, "leave").status == 401
