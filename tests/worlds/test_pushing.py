"""Pushing under attack: what a writer cannot reach, whatever is pushed and whatever happens meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from memory.access.entitlements import permits
from memory.domain.documents import PartitionedText
from memory.domain.governance import Source
from memory.domain.identity import OPERATING, PrincipalToken
from memory.domain.permissions import Acl, AclEntry, Gate, Tier
from memory.ingest.permissions import as_registered
from memory.ingest.pushing import Pushed, push
from memory.ingest.registering import open_push_source, register, source_of
from memory.ingest.suspending import resume
from memory.testing.partitioner_fake import PlainPartitioner
from memory.testing.surroundings import NOON
from tests.worlds.asgi import Response
from tests.worlds.building import World, a_world, document, writes
from tests.worlds.office import pushed

HR = PrincipalToken.parse("group:hr")


class Interrupted(PlainPartitioner):
    """Does something once while it reads: what another request would do at the same time."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        happening, self.meanwhile = self.meanwhile, lambda: None
        happening()
        return super().partition(content, media_type, name)


@dataclass(frozen=True)
class Desk:
    """A world with an employee, somebody of hr, and the source `news` that employees may read, `hr` at most."""

    world: World
    parser: Interrupted
    ada: str
    hana: str
    writer: str

    def register(self, *allow: str, deny: tuple[str, ...] = (), wider: tuple[str, ...] = (), team: str = "t") -> Source:
        """Register `news` as `memory source add` does."""
        own = source_of("news", "push", "", team, {"allow": allow, "deny": deny})
        wanted = replace(own, ceiling=own.ceiling | {str(PrincipalToken.parse(token)) for token in wider})
        source, _ = register(wanted, OPERATING, self.world.services.writing)
        open_push_source(source, OPERATING, self.world.services.writing)
        return source

    def push(self, *documents: dict[str, Any], token: str | None = None) -> Response:
        return self.world.client.post("/documents", token or self.writer, {"documents": list(documents)})

    def push_beside(self, name: str, text: str, *allow: str) -> None:
        """Push as another request would in the middle of one."""
        acl = Acl.of(map(PrincipalToken.parse, allow)) if allow else None
        pushed_beside = [Pushed(document(name, text, NOON), acl)]
        push(pushed_beside, "news", None, self.world.services.writing, actor=OPERATING)

    def texts(self, token: str, query: str = "alpha") -> list[str]:
        """Return the texts of passages that hold the query."""
        found = [passage["text"] for passage in self.world.passages(token, query, top_k=100)]
        return sorted(text for text in found if query in text)


@pytest.fixture
def desk() -> Iterator[Desk]:
    parser = Interrupted()
    with a_world(partitioner=parser) as world:
        ada, hana = (world.person(name, "employees", *more) for name, more in (("ada", ()), ("hana", ("hr",))))
        token = world.token(world.person("service:publisher"), writes="news", name="writer")
        made = Desk(world, parser, world.token(ada, name="ada"), world.token(hana, name="hana"), token)
        made.register("group:employees", wider=("group:hr",))
        yield made


def test_a_writer_cannot_touch_what_a_connector_reads(desk: Desk) -> None:
    """Bites: `_registered` without the look at the connector. The twin is the push to the source that is pushed."""
    world = desk.world
    folder = source_of("people", "filesystem", "/people", "t", {"allow": ["group:employees", "group:hr"]})
    register(folder, OPERATING, world.services.writing)
    world.permit(folder, "pay", Acl.of([HR]))
    world.bring(folder, document("pay/salaries", "alpha salaries", NOON, scope="pay"))
    writer = writes(world, folder)
    answers = [
        desk.push(pushed("pay", "nothing", allow=["group:employees"]), token=writer),
        desk.push(pushed("pay/salaries", "alpha forged"), token=writer),
        world.client.request("DELETE", f"/documents/{world.document_id('people', 'pay/salaries')}", writer),
    ]
    assert [answer.status for answer in answers] == [404, 404, 404]
    assert (desk.texts(desk.ada), desk.texts(desk.hana)) == ([], ["alpha salaries"])
    assert desk.push(pushed("a", "alpha news")).status == 201
    assert desk.texts(desk.ada) == ["alpha news"]


def test_no_pushed_document_brings_the_permission_of_a_folder_or_of_its_source(desk: Desk) -> None:
    """A source that was a folder keeps the permissions of its folders when it becomes one that is pushed.

    Bites: `_events` with the plain external id as the scope's key. The twin is the pushed document, which opens.
    """
    world, source = desk.world, desk.register("group:hr", wider=("group:employees",))
    world.permit(source, "pay", Acl.of([HR]))
    world.bring(source, document("pay/salaries", "alpha salaries", NOON, scope="pay"))
    assert desk.push(pushed("pay", "alpha open", allow=["group:employees"])).status == 201
    assert desk.texts(desk.ada) == ["alpha open"]
    assert desk.texts(desk.hana) == ["alpha open", "alpha salaries"]


def test_a_permission_that_was_meant_for_one_text_never_comes_to_stand_over_another(desk: Desk) -> None:
    """While the old text is pushed again, another request pushes a secret one for hr.

    Bites: `_keep` without `still_recorded`; then employees read the salaries under the permission of the menu. The twin
    is the last push, which opens what it brings.
    """
    menu = pushed("page", "alpha menu", allow=["group:employees"])
    salaries = pushed("page", "alpha salaries", allow=["group:hr"])
    assert desk.push(menu).status == 201
    desk.parser.meanwhile = lambda: desk.push_beside("page", "alpha salaries", "group:hr")
    answer = desk.push(menu, pushed("slow", "something to read", allow=["group:hr"]))
    assert [item["change"] for item in answer.json()["items"]] == ["updated", "added"]
    assert (desk.texts(desk.ada), desk.texts(desk.hana)) == (["alpha menu"], ["alpha menu"])
    assert desk.push(salaries).status == 201
    assert (desk.texts(desk.ada), desk.texts(desk.hana)) == ([], ["alpha salaries"])


def test_a_push_gives_up_when_others_keep_changing_its_documents(desk: Desk) -> None:
    """Whenever one is read again, another request changes the next. Bites: more `ATTEMPTS` than documents."""
    pages = [f"page{number}" for number in range(8)]
    assert desk.push(*map(pushed, pages)).status == 201
    changing = iter(pages)

    def change_the_next() -> None:
        desk.push_beside(next(changing), "something else")
        desk.parser.meanwhile = change_the_next

    desk.parser.meanwhile = change_the_next
    answer = desk.push(*map(pushed, pages), pushed("slow", "something to read"))
    assert answer.status == 409
    desk.parser.meanwhile = lambda: None
    assert desk.push(*map(pushed, pages), pushed("slow", "something to read")).status == 201


def test_a_push_does_not_outlive_the_registration_that_it_began_under(desk: Desk) -> None:
    """While a document is read, its source is narrowed, or suspended.

    Bites: `finish` of `_once` without `_require_same`. The twin is the last push, which nothing interrupts.
    """
    wide = pushed("a", "alpha wide", allow=["group:employees"])
    desk.parser.meanwhile = lambda: desk.register("group:hr")
    assert desk.push(wide).status == 409
    assert (desk.texts(desk.ada), desk.texts(desk.hana)) == ([], [])
    source = desk.register("group:employees")
    desk.parser.meanwhile = lambda: desk.world.suspend(source)
    assert desk.push(wide).status == 409
    assert desk.push(wide).status == 404
    resume(source.name, desk.world.services.catalogue, lambda _event, _body: None)
    assert desk.push(wide).status == 201
    assert desk.texts(desk.ada) == ["alpha wide"]


@pytest.mark.parametrize("where", ["before", "after"])
def test_whom_the_owner_denied_is_denied_in_every_document(desk: Desk, where: str) -> None:
    """Interns are employees. Bites: `as_registered` without `_without_denied`; and, for documents that were there
    before, `register` without a look at the scopes. The twin is ada, whom nobody denies."""
    world = desk.world
    ivy = world.token(world.person("ivy", "employees", "interns"), name="ivy")
    documents = [pushed("own", "alpha own", allow=["group:employees"]), pushed("plain", "alpha plain")]
    if where == "before":
        desk.push(*documents)
        assert desk.texts(ivy) == ["alpha own", "alpha plain"]
    desk.register("group:employees", deny=("group:interns",))
    if where == "after":
        desk.push(*documents)
    assert (desk.texts(desk.ada), desk.texts(ivy)) == (["alpha own", "alpha plain"], [])


def test_a_denial_is_obeyed_in_every_shape_of_permission(desk: Desk) -> None:
    """Bites: a denial that joins the last tier of a gate, behind one that names the caller, or one gate of several
    that allow in turn. The twin is the same permission without the denial."""
    everyone, interns, ivy = (PrincipalToken.parse(text) for text in ("everyone", "group:interns", "user:ivy"))
    near, far = (Tier(frozenset({AclEntry(one)})) for one in (ivy, everyone))
    source = source_of("news", "push", "", "t", {"allow": ["everyone", "user:ivy"], "deny": ["group:interns"]})
    for acl in (Acl((Gate((near, far)),)), Acl((Gate((far,)), Gate((near,))))):
        held = frozenset({everyone, interns, ivy})
        assert permits(acl, held, NOON)
        assert not permits(as_registered(acl, source), held, NOON)


def test_a_value_in_an_attribute_cannot_be_searched_for(desk: Desk) -> None:
    """Bites: attributes that are not masked, each for its value, its name, or both. The twin is the plain attribute."""
    account = "DE89 3704 0044 0532 0130 00"
    item = pushed("a", "alpha beta", attributes={"iban": account, account: "owner", "team": "sales"})
    assert desk.push(item).status == 201

    def matches(**attributes: str) -> int:
        return len(desk.world.passages(desk.ada, "alpha", filters={"attributes": attributes}))

    assert [matches(iban=account), matches(**{account: "owner"})] == [0, 0]
    assert matches(team="sales") == 1
    with desk.world.services.catalogue.read() as session:
        version = session.documents.version(desk.world.document_id("news", "a"), 1)
    assert version is not None
    assert version.provenance.attributes == {"iban": "[IBAN_CODE]", "[IBAN_CODE]": "owner", "team": "sales"}


def test_what_was_masked_besides_the_text_is_no_change_when_it_is_pushed_again(desk: Desk) -> None:
    """Bites: a comparison with the item as it was pushed. The twin is an attribute that did change."""
    item = pushed("a", "alpha beta", title="Of ada@corp.example", attributes={"to": "ben@corp.example"})
    changes = [
        desk.push(each).json()["items"][0]["change"] for each in (item, item, {**item, "attributes": {"a": "b"}})
    ]
    assert changes == ["added", "unchanged", "updated"]


def test_two_tokens_do_not_tell_whether_anything_changed_between_them(desk: Desk) -> None:
    """Bites: a salt that is always the same. The twin is the question that is as fresh as either."""
    tokens = []
    for between in (lambda: None, lambda: None, lambda: desk.world.person("eve", "secret-project")):
        between()
        tokens.append(desk.push(pushed("a", "alpha beta")).json()["consistency_token"])
    assert len(set(tokens)) == 3
    assert [len(desk.world.passages(desk.ada, "alpha", at_least_as_fresh=token)) for token in tokens] == [1, 1, 1]


def test_a_writer_who_looks_at_a_document_is_on_record_and_sees_nothing_of_a_suspended_source(desk: Desk) -> None:
    """Bites: a route that answers without recording; `pushed_document` without `_registered`."""
    world = desk.world
    path = f"/documents/{desk.push(pushed('a', 'alpha')).json()['items'][0]['document']}"

    def looks() -> int:
        return world.leaves().count(b"document:record:listed")

    before = looks()
    assert world.client.get(path, desk.writer).status == 200
    assert looks() == before + 1
    world.suspend(desk.register("group:employees", wider=("group:hr",)))
    assert world.client.get(path, desk.writer).status == 404
    assert looks() == before + 1
