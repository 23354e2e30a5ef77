"""What a batch changes is on record before it commits, with ids and hashes alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from memory.domain.documents import SourcePermission
from memory.domain.errors import AuditUnavailable
from memory.domain.governance import Source
from memory.domain.identity import EVERYONE, PrincipalToken
from memory.domain.permissions import Acl
from memory.ingest.pipeline import ingest
from memory.ingest.registering import open_push_source, register, source_of
from memory.testing.audit_fake import InMemoryAuditLog
from tests.worlds.building import World, a_world, deletion, document, unreadable

ADA = PrincipalToken.parse("user:ada")
OPEN = Acl.of([EVERYONE])


class CountingLog(InMemoryAuditLog):
    """Counts the commits that a real log would make for batches."""

    commits = 0

    def append_many(self, leaves: Any) -> list[int]:
        self.commits += 1
        return super().append_many(leaves)


@pytest.fixture
def log() -> CountingLog:
    return CountingLog()


@pytest.fixture
def world(log: CountingLog) -> Iterator[World]:
    with a_world(log=log) as world:
        yield world
        log.available = True


@pytest.fixture
def source(world: World) -> Source:
    return world.source("wiki", "everyone", "user:ada")


def bring(world: World, source: Source, *events: Any) -> list[tuple[str, dict[str, Any]]]:
    """Ingest one batch as Ada's and return the entries that it made."""
    before = world.services.log.size()
    ingest(events, source, world.services.writing, actor=ADA)
    entries = [json.loads(line.leaf) for line in world.services.log.lines(start=before)]
    assert {entry["actor"] for entry in entries} <= {str(ADA)}
    return [(entry["event"], entry["body"]) for entry in entries]


def test_every_change_is_an_entry_and_what_changes_nothing_is_none(world: World, source: Source) -> None:
    """Bites: `record_changes` left out of `ingest`, or an `Outcome` that it has no name for."""
    now = world.clock.now()
    page = document("a", "# A\n\nAbout apples.", now)
    told = bring(world, source, SourcePermission("f", OPEN), page, unreadable("b", now))
    assert [name for name, _ in told] == [
        "permission:acl:changed",
        "document:version:published",
        "document:content:quarantined",
    ]
    (_, permission), (_, published), (_, quarantined) = told
    assert (permission["acl_digest"], permission["state"], permission["source"]) == (OPEN.digest, "complete", "wiki")
    assert (published["document"], published["version"]) == (world.document_id("wiki", "a"), 1)
    assert quarantined["document"] == world.document_id("wiki", "b")
    assert {body["epoch"] for _, body in told} == {_epoch(world)}
    assert bring(world, source, SourcePermission("f", OPEN), page) == []
    moved = document("a", "# A\n\nAbout apples.", now, scope="f")
    assert [name for name, _ in bring(world, source, moved)] == ["document:scope:changed"]
    assert [name for name, _ in bring(world, source, deletion("a", now))] == ["document:content:deleted"]
    assert bring(world, source, deletion("a", now), deletion("never", now)) == []


def test_the_hash_of_a_published_version_is_that_of_its_bytes(world: World, source: Source) -> None:
    ((_, body),) = bring(world, source, document("a", "# A", world.clock.now()))
    with world.services.catalogue.read() as session:
        version = session.documents.version(body["document"], body["version"])
    assert version is not None
    assert body["content_hash"] == version.content_hash


def test_a_permission_beyond_the_ceiling_is_on_record_as_unknown(world: World, source: Source) -> None:
    ((_, body),) = bring(world, source, SourcePermission("f", Acl.of([PrincipalToken.parse("user:eve")])))
    assert body["state"] == "unknown"


def test_a_batch_makes_one_commit(world: World, log: CountingLog, source: Source) -> None:
    """Bites: appending entry by entry, which waits for the disk once for each document."""
    log.commits = 0
    now = world.clock.now()
    assert len(bring(world, source, *(document(f"d{n}", f"# {n}", now) for n in range(20)))) == 20
    assert log.commits == 1


def test_what_cannot_be_recorded_does_not_happen(world: World, log: CountingLog, source: Source) -> None:
    """Bites: recording after the commit, so that a change is in force that nobody finds in the log."""
    log.available = False
    for events in ([document("a", "# A", world.clock.now())], [SourcePermission("f", Acl.of([ADA]))]):
        with pytest.raises(AuditUnavailable):
            ingest(events, source, world.services.writing, actor=ADA)
    with world.services.catalogue.read() as session:
        assert session.documents.find("wiki", "a") is None
        assert session.access.scope("wiki", "f") is None


def test_what_a_registration_closes_is_on_record_before_it_is_closed(world: World, log: CountingLog) -> None:
    """Bites: `register` without `record_changes`, or with it after the commit. The twin widens, and closes nothing."""
    wide, narrow = (source_of("news", "push", "", "team", {"allow": [who]}) for who in ("everyone", "user:ada"))
    register(wide, ADA, world.services.writing)
    open_push_source(wide, ADA, world.services.writing)
    log.available = False
    with pytest.raises(AuditUnavailable):
        register(narrow, ADA, world.services.writing)
    log.available = True
    assert register(wide, ADA, world.services.writing) == (wide, False)
    before = log.size()
    register(replace(wide, ceiling=wide.ceiling | narrow.ceiling), ADA, world.services.writing)
    assert log.size() == before
    register(narrow, ADA, world.services.writing)
    (entry,) = (json.loads(line.leaf) for line in log.lines(start=before))
    assert (entry["event"], entry["actor"], entry["body"]["state"]) == ("permission:acl:changed", str(ADA), "unknown")


def test_entries_hold_no_word_of_a_document(world: World, source: Source) -> None:
    """Bites: an external id, a title or a folder name in a body."""
    bring(
        world,
        source,
        SourcePermission("canary-folder", OPEN),
        document("canary-id", "# Canary text", world.clock.now(), title="Canary title", scope="canary-folder"),
        unreadable("canary-broken", world.clock.now()),
    )
    assert b"canary" not in world.leaves().lower()


def _epoch(world: World) -> int:
    with world.services.catalogue.read() as session:
        return session.access.position().epoch
