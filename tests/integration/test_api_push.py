"""Pushing: what a system may bring in, and what it cannot reach."""

import base64
import json
from collections.abc import Iterator

import pytest

from memory.testing.audit_fake import InMemoryAuditLog
from tests.worlds.building import PURPOSE, a_world
from tests.worlds.office import Office, built, pushed


@pytest.fixture
def own_office() -> Iterator[Office]:
    with a_world() as world:
        yield built(world)


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


def test_a_push_and_a_deletion_are_on_record_before_they_are_acknowledged(own_office: Office) -> None:
    """Bites: acknowledging without `record_changes`, or recording under another name than the writer's."""
    answer = own_office.push(pushed(allow=["group:employees"]))
    document_id = answer.json()["items"][0]["document"]
    deleted = own_office.world.client.request("DELETE", f"/documents/{document_id}", own_office.writer)
    assert (answer.status, deleted.status) == (201, 200)
    entries = [json.loads(leaf) for leaf in own_office.world.leaves().splitlines()]
    mine = [entry for entry in entries if entry["actor"] == "local|service|publisher"]
    assert [entry["event"] for entry in mine] == [
        "permission:acl:changed",
        "document:version:published",
        "document:content:deleted",
    ]
    assert {entry["body"].get("document", document_id) for entry in mine} == {document_id}


def test_a_push_that_cannot_be_recorded_is_refused_and_can_be_repeated() -> None:
    """Bites: recording after the commit. The key would then answer for a push that is in no log."""
    log = InMemoryAuditLog()
    with a_world(log=log) as world:
        office = built(world)
        log.available = False
        assert office.push(pushed(), key="once").status == 503
        log.available = True
        assert office.state(world.document_id("handbook", "note")).status == 404
        assert office.push(pushed(), key="once").status == 201
        assert world.leaves().count(b"document:version:published") == 3
