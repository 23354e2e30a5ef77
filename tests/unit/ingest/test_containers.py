"""Files inside files, on the real catalogue and index: they lie where their container lies, and go when it goes."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from memory.domain.documents import DocumentState, Element, ElementKind, Member, PartitionedText, Span
from memory.domain.governance import Source
from memory.domain.identity import EVERYONE, PrincipalToken
from memory.domain.permissions import Acl
from memory.ingest import containers
from memory.ingest.rooms import Outcome
from memory.testing.encoder_fake import HashEncoder
from memory.testing.partitioner_fake import PlainPartitioner
from memory.testing.surroundings import NOON
from tests.worlds.building import WINDOW, World, a_world, deletion, document

DAY = timedelta(days=1)
Files = Mapping[str, "str | bytes"]


def packed(files: Files) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return body.getvalue()


class UnpackingPartitioner(PlainPartitioner):
    """Reads text, and archives as the list of their members."""

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        if not content.startswith(b"PK"):
            return super().partition(content, "text/plain", name)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = tuple(Member(one, "text/plain", archive.read(one)) for one in archive.namelist())
        text = "Archive of " + ", ".join(member.name for member in members)
        return PartitionedText(text, (Element(ElementKind.TEXT, Span(0, len(text))),), "zip", "1", (), members)


class Shelf:
    """A world with one source, a reader, and archives in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ana = world.token(world.person("ana", "employees"), name="ana")
        self.source: Source = world.source("share", "everyone", "user:boss")
        for place in ("open", "closed"):
            world.permit(
                self.source, place, Acl.of([EVERYONE if place == "open" else PrincipalToken.parse("user:boss")])
            )

    def bring(self, files: Files, *, days: int = 9, scope: str = "open", name: str = "a.zip") -> dict[str, str]:
        item = document(name, packed(files), NOON - days * DAY, scope=scope, media_type="application/zip")
        return changes(self.world.bring(self.source, item))

    def found(self, query: str) -> list[str]:
        passages = self.world.passages(self.ana, query, top_k=50)
        return [one["text"] for one in passages if query in one["text"]]

    def state(self, external_id: str) -> DocumentState | None:
        with self.world.services.catalogue.read() as session:
            found = session.documents.find("share", external_id)
        return found and found.state


def changes(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.external_id: outcome.change for outcome in outcomes}


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with a_world(encoder=HashEncoder(window=WINDOW), partitioner=UnpackingPartitioner()) as world:
        yield Shelf(world)


def test_what_lies_in_an_archive_is_found_and_says_where_it_lay(shelf: Shelf) -> None:
    """Fails when members are left with their container."""
    inner = packed({"deep.txt": "a deep secret of wells"})
    told = shelf.bring({"x/one.txt": "the first letter", "in.zip": inner})
    assert told == dict.fromkeys(["a.zip", "a.zip!/x/one.txt", "a.zip!/in.zip", "a.zip!/in.zip!/deep.txt"], "added")
    assert shelf.found("first letter") == ["the first letter"]
    assert shelf.found("deep secret") == ["a deep secret of wells"]
    with shelf.world.services.catalogue.read() as session:
        member = session.documents.find("share", "a.zip!/in.zip!/deep.txt")
        assert member is not None
        version = session.documents.version(member.id, 1)
    assert version is not None
    assert (member.title, version.provenance.parent) == ("deep.txt", "a.zip!/in.zip")


def test_the_same_archive_again_changes_nothing(shelf: Shelf) -> None:
    """Fails when members are staged without a look at what is on record."""
    files = {"one.txt": "the first letter", "two.txt": "the second letter"}
    shelf.bring(files)
    assert shelf.bring(files) == {"a.zip": "unchanged"}
    again = shelf.bring({**files, "three.txt": "a third"}, days=8)
    assert again == {
        "a.zip": "updated",
        "a.zip!/one.txt": "unchanged",
        "a.zip!/two.txt": "unchanged",
        "a.zip!/three.txt": "added",
    }


def test_members_come_and_go_with_the_versions_of_their_archive(shelf: Shelf) -> None:
    """Fails when `follow` does not look for members that are no longer there."""
    shelf.bring({"one.txt": "the first letter", "two.txt": "the second letter"})
    assert shelf.bring({"one.txt": "the first word"}, days=8)["a.zip!/two.txt"] == "deleted"
    assert shelf.found("second letter") == []
    assert shelf.found("first") == ["the first word"]
    assert shelf.bring({"two.txt": "the second letter"}, days=7)["a.zip!/two.txt"] == "updated"
    assert shelf.found("second letter") == ["the second letter"]


def test_members_follow_their_container_to_another_permission(shelf: Shelf) -> None:
    """Fails when only the container is relocated: its members would stay open to everybody."""
    files = {"one.txt": "the first letter", "in.zip": packed({"deep.txt": "a deep secret"})}
    shelf.bring(files)
    assert set(shelf.bring(files, scope="closed").values()) == {"updated"}
    assert shelf.found("first letter") == shelf.found("deep secret") == []
    shelf.bring(files, scope="open")
    assert shelf.found("deep secret") == ["a deep secret"]
    shelf.bring({**files, "new.txt": "new"}, scope="closed", days=8)
    assert shelf.found("first letter") == shelf.found("deep secret") == []


def test_members_go_with_their_container(shelf: Shelf) -> None:
    """Fails when `forget` is not called."""
    shelf.bring({"one.txt": "the first letter", "in.zip": packed({"deep.txt": "a deep secret"})})
    outcomes = shelf.world.bring(shelf.source, deletion("a.zip", NOON - DAY))
    assert set(changes(outcomes).values()) == {"deleted"}
    assert len(outcomes) == 4
    assert shelf.found("letter") == shelf.found("deep secret") == []


def test_members_go_when_their_container_can_no_longer_be_read(shelf: Shelf) -> None:
    shelf.bring({"one.txt": "the first letter"})
    shelf.world.bring(shelf.source, document("a.zip", b"\0", NOON - DAY, scope="open"))
    assert shelf.found("letter") == []
    assert shelf.state("a.zip!/one.txt") is DocumentState.DELETED


def test_a_source_cannot_put_its_own_permission_over_a_member(shelf: Shelf) -> None:
    """Fails without `as_told`: the old text of the member would come under the scope of the document that poses."""
    shelf.bring({"one.txt": "the first letter"}, scope="closed")
    outcomes = shelf.world.bring(shelf.source, document("a.zip!/one.txt", "mine", NOON - DAY, scope="open"))
    assert changes(outcomes) == {"a.zip!/one.txt": "failed"}
    assert shelf.found("letter") == shelf.found("mine") == []


def test_nesting_ends_and_says_so(shelf: Shelf) -> None:
    """Fails without `MAX_DEPTH`."""
    content = packed({"bottom.txt": "the bottom"})
    for level in range(containers.MAX_DEPTH, 0, -1):
        content = packed({f"{level}.zip": content})
    told = changes(shelf.world.bring(shelf.source, document("a.zip", content, NOON - DAY, scope="open")))
    assert told["a.zip!/1.zip!/2.zip!/3.zip"] == "quarantined"
    assert not any("bottom" in name for name in told)


def test_what_lies_in_one_document_is_counted_at_all_depths(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails when each archive is counted on its own: ten in each of ten in ten would be a thousand."""
    monkeypatch.setattr(containers, "MAX_MEMBERS", 5)
    inner = packed({"one.txt": "1", "two.txt": "2"})
    told = shelf.bring({"a.zip": inner, "b.zip": inner})
    assert told["a.zip!/a.zip"] == "added"
    assert told["a.zip!/b.zip"] == "quarantined"
    assert shelf.bring(dict.fromkeys("abcdef", "x"), name="many.zip") == {"many.zip": "quarantined"}


def test_a_member_in_a_repository_has_no_commit_of_its_own(shelf: Shelf) -> None:
    """Fails when the commit is kept: each commit of the archive would be a version of every member."""
    item = document("a.zip", packed({"one.txt": "1"}), NOON - DAY, scope="open")
    item = replace(item, provenance=replace(item.provenance, commit="c1"))
    [member] = containers.members_of(item, [Member("one.txt", "text/plain", b"1")])
    assert member.provenance.commit is None
