"""What every connector promises: subclass `ConnectorContract` in a test module and give it a `place` fixture.

A place is a small real source that the suite can write to: a folder, a repository, a test account.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Protocol

import pytest

from memory.domain.documents import (
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)
from memory.domain.errors import Misconfigured, SourceFailed
from memory.domain.ports.connector import MAX_CHECKPOINT_BYTES, Connector, Deletions, Permissions

SECRET = b"the-content-that-only-documents-carry"
FILES = {
    "handbook.md": b"# Handbook\n\nEvery contract is signed by two people.\n" + SECRET,
    "hr/leave.md": b"# Leave\n\nParental leave lasts sixteen weeks.\n",
    "hr/pay.csv": b"grade,amount\n1,1000\n2,2000\n",
}


class Place(Protocol):
    """A source under test, empty at first, with a permission for its readers."""

    def connect(self) -> Connector:
        """Return a new connector of this source; several may exist."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Add or replace a document; `name` is a relative path."""
        ...

    def remove(self, name: str) -> None:
        """Delete a document."""
        ...

    def spoil(self, name: str) -> None:
        """Put something at `name` that is there and cannot be read as a document: too large, locked, a link."""
        ...

    def vanish(self) -> None:
        """Take the whole source away."""
        ...


def documents(events: Iterable[SourceEvent]) -> list[SourceDocument]:
    """Return the documents among events."""
    return [event for event in events if isinstance(event, SourceDocument)]


def last_checkpoint(events: Sequence[SourceEvent]) -> str:
    """Return the body of the checkpoint that ends a walk."""
    last = events[-1]
    assert isinstance(last, SourceCheckpoint), "a walk ends with a checkpoint"
    return last.body


def current(events: Iterable[SourceEvent]) -> dict[str, bytes]:
    """Return the last content of every document that events leave in place, by external id."""
    contents: dict[str, bytes] = {}
    for event in events:
        if isinstance(event, SourceDocument):
            contents[event.external_id] = event.content
        elif isinstance(event, SourceDeletion):
            contents.pop(event.external_id, None)
    return contents


class ConnectorContract:
    """The promises of the `Connector` port."""

    @pytest.fixture
    def place(self) -> Place:
        """Return an empty source of the kind under test."""
        raise NotImplementedError("give the subclass a `place` fixture")

    @pytest.fixture
    def filled(self, place: Place) -> Place:
        """Return the source with three documents."""
        for name, content in FILES.items():
            place.put(name, content)
        return place

    def test_a_full_walk_brings_every_document_byte_for_byte(self, filled: Place) -> None:
        """Nothing is lost, added or decoded on the way."""
        assert sorted(current(filled.connect().full()).values()) == sorted(FILES.values())

    def test_a_walk_is_lazy_and_may_be_abandoned(self, filled: Place) -> None:
        """Fails when the source is read before the first event is asked for, or its events are a list."""
        walk = filled.connect().full()
        assert iter(walk) is walk
        next(walk)
        del walk
        assert current(filled.connect().full())

    def test_two_full_walks_are_equal(self, filled: Place) -> None:
        """The same source in the same order, whatever the machine does."""
        assert documents(filled.connect().full()) == documents(filled.connect().full())

    def test_a_document_says_what_it_is_and_where_it_came_from(self, filled: Place) -> None:
        """Every document has an id, a title, a media type, a time with its zone, and a full provenance."""
        connector = filled.connect()
        for document in documents(connector.full()):
            assert document.external_id
            assert document.title
            assert document.media_type.count("/") == 1
            assert document.modified_at.utcoffset() is not None
            assert document.provenance.uri
            assert document.provenance.connector
            assert document.provenance.connector_version == connector.version

    def test_ids_are_unique(self, filled: Place) -> None:
        """One id per document; without history it comes once in a walk."""
        connector = filled.connect()
        found = documents(connector.full())
        assert len({document.external_id for document in found}) == len(FILES)
        assert connector.capabilities.history or len(found) == len(FILES)

    def test_a_scope_has_told_its_permission_before_any_document_in_it(self, filled: Place) -> None:
        """Fails when a document arrives in a scope that nobody may read yet, or ever."""
        connector = filled.connect()
        if connector.capabilities.acl is Permissions.NONE:
            pytest.skip("this source knows no permissions")
        told: set[str] = set()
        for event in connector.full():
            if isinstance(event, SourcePermission):
                told.add(event.scope_key)
            elif isinstance(event, SourceDocument):
                assert event.scope_key in told

    def test_permissions_come_alone_and_equal_those_of_a_full_walk(self, filled: Place) -> None:
        """Fails when permissions carry content, or when the two walks disagree about who may read."""
        connector = filled.connect()
        if connector.capabilities.acl is Permissions.NONE:
            pytest.skip("this source knows no permissions")
        alone = list(connector.permissions())
        assert all(isinstance(event, SourcePermission) for event in alone)
        assert SECRET.decode() not in repr(alone)
        walked = {event.scope_key: event.acl for event in connector.full() if isinstance(event, SourcePermission)}
        assert {event.scope_key: event.acl for event in alone} == walked

    def test_a_checkpoint_is_json_within_the_limit_and_carries_no_content(self, filled: Place) -> None:
        """A checkpoint is kept in the clear, beside the source."""
        for event in filled.connect().full():
            if isinstance(event, SourceCheckpoint):
                assert json.loads(event.body) is not None
                assert len(event.body.encode()) <= MAX_CHECKPOINT_BYTES
                assert SECRET.decode() not in event.body

    def test_nothing_new_is_nothing_told(self, filled: Place) -> None:
        """Fails when an unchanged source is told again."""
        first = last_checkpoint(list(filled.connect().full()))
        again = list(_incremental(filled, first))
        assert [type(event) for event in again] == [SourceCheckpoint]
        assert [type(event) for event in _incremental(filled, last_checkpoint(again))] == [SourceCheckpoint]

    def test_an_incremental_walk_tells_what_changed_and_nothing_else(self, filled: Place) -> None:
        """One change, one document; a new one and a changed one alike, under their own ids."""
        events = list(filled.connect().full())
        ids = {content: external_id for external_id, content in current(events).items()}
        filled.put("handbook.md", b"# Handbook\n\nEvery contract is signed by three people.\n" + SECRET)
        filled.put("hr/travel.md", b"# Travel\n\nTrains before planes.\n")
        changed = current(_incremental(filled, last_checkpoint(events)))
        assert len(changed) == 2
        assert ids[FILES["handbook.md"]] in changed
        assert set(changed.values()) == {
            b"# Handbook\n\nEvery contract is signed by three people.\n" + SECRET,
            b"# Travel\n\nTrains before planes.\n",
        }

    def test_every_checkpoint_covers_exactly_what_came_before_it(self, filled: Place) -> None:
        """Fails when a checkpoint is given before the events that it covers: a crash would lose them."""
        events = list(filled.connect().full())
        filled.put("handbook.md", b"# Handbook\n\nRewritten.\n")
        filled.remove("hr/pay.csv")
        whole = current(filled.connect().full())
        for position, event in enumerate(events):
            if isinstance(event, SourceCheckpoint):
                resumed = current([*events[:position], *_incremental(filled, event.body)])
                assert resumed == whole or filled.connect().capabilities.deletes is Deletions.NONE

    def test_a_deleted_document_is_told_or_missing_and_returns_under_its_id(self, filled: Place) -> None:
        """A deletion is noticed in the way that the connector declares, and presence resurrects."""
        connector = filled.connect()
        events = list(connector.full())
        ids = {content: external_id for external_id, content in current(events).items()}
        filled.remove("hr/leave.md")
        after = list(_incremental(filled, last_checkpoint(events)))
        told = [event.external_id for event in after if isinstance(event, SourceDeletion)]
        if connector.capabilities.deletes is not Deletions.NONE:
            assert told == [ids[FILES["hr/leave.md"]]]
        assert FILES["hr/leave.md"] not in current(filled.connect().full()).values()
        filled.put("hr/leave.md", FILES["hr/leave.md"])
        back = current(_incremental(filled, last_checkpoint(after)))
        assert back == {ids[FILES["hr/leave.md"]]: FILES["hr/leave.md"]}

    def test_an_item_that_cannot_be_read_is_a_failure_and_the_walk_goes_on(self, filled: Place) -> None:
        """Fails when one bad item ends the walk, is passed over in silence, or brings its content anyway."""
        filled.spoil("bad.md")
        events = list(filled.connect().full())
        failures = [event for event in events if isinstance(event, SourceFailure)]
        assert len(failures) == 1
        assert failures[0].external_id
        assert failures[0].reason.strip()
        assert sorted(current(events).values()) == sorted(FILES.values())
        last_checkpoint(events)

    def test_a_failed_item_is_never_told_as_deleted(self, filled: Place) -> None:
        """Fails when an item that is there and cannot be read counts as absent."""
        filled.spoil("bad.md")
        events = list(filled.connect().full())
        again = list(_incremental(filled, last_checkpoint(events)))
        assert not [event for event in again if isinstance(event, SourceDeletion)]

    @pytest.mark.parametrize("body", ["", "{", "null", "[]", '{"format": 99}', "\x00", "[" * 100_000])
    def test_a_checkpoint_that_makes_no_sense_means_a_full_walk(self, filled: Place, body: str) -> None:
        """Fails when a damaged checkpoint loses documents or stops the source."""
        assert current(_incremental(filled, body)) == current(filled.connect().full())

    def test_validation_is_silent_about_a_good_source(self, filled: Place) -> None:
        """The twin of the next test."""
        filled.connect().validate()

    def test_a_source_that_is_gone_fails_as_a_whole(self, filled: Place) -> None:
        """Fails when a source that cannot be reached looks like an empty one: everything would be deleted."""
        checkpoint = last_checkpoint(list(filled.connect().full()))
        filled.vanish()
        with pytest.raises((SourceFailed, Misconfigured)):
            filled.connect().validate()
        with pytest.raises((SourceFailed, Misconfigured)):
            list(filled.connect().full())
        with pytest.raises((SourceFailed, Misconfigured)):
            list(_incremental(filled, checkpoint))


def _incremental(place: Place, checkpoint: str) -> list[SourceEvent]:
    connector = place.connect()
    if not connector.capabilities.incremental:
        pytest.skip("this connector always walks everything")
    return list(connector.incremental(checkpoint))
