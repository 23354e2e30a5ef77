"""A source in memory and its connector, for tests of whatever reads sources; it passes the same contract as real ones.

`InMemoryPlace(promises=…)` changes what the connector says of itself, not how it walks: a capped listing is one that
the test leaves incomplete.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from memory.domain.documents import (
    Provenance,
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)
from memory.domain.errors import SourceFailed
from memory.domain.identity import EVERYONE
from memory.domain.permissions import Acl
from memory.domain.ports.connector import Capabilities, Deletions, Listing, Permissions

DAY = datetime(2024, 1, 1, tzinfo=UTC)
PROMISES = Capabilities(Deletions.ABSENCE, Permissions.SEPARATE, Listing.COMPLETE, incremental=True, history=False)


@dataclass
class InMemoryPlace:
    """Documents by name; those in `spoiled` are there and cannot be read. `acls` are permissions by scope."""

    promises: Capabilities = PROMISES
    files: dict[str, bytes] = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)
    acls: dict[str, Acl] = field(default_factory=lambda: {"": Acl.of([EVERYONE])})
    there: bool = True

    def connect(self) -> "InMemoryConnector":
        """Return a new connector."""
        return InMemoryConnector(self)

    def put(self, name: str, content: bytes) -> None:
        """Add or replace a document."""
        self.files[name] = content

    def remove(self, name: str) -> None:
        """Delete a document."""
        del self.files[name]

    def spoil(self, name: str) -> None:
        """Put something there that cannot be read."""
        self.spoiled.add(name)

    def vanish(self) -> None:
        """Take everything away."""
        self.there = False


class InMemoryConnector:
    """`memory.domain.ports.connector.Connector` over a place; every document lies in the scope ""."""

    version = "1"

    def __init__(self, place: InMemoryPlace) -> None:
        self._place = place
        self.capabilities = place.promises

    def validate(self) -> None:
        """Raise `SourceFailed` when the place has vanished."""
        if not self._place.there:
            raise SourceFailed("The source is gone; look for it.")

    def permissions(self) -> Iterator[SourcePermission]:
        """Tell the permission of every scope."""
        self.validate()
        for key, acl in self._place.acls.items():
            yield SourcePermission(key, acl)

    def full(self) -> Iterator[SourceEvent]:
        """Tell everything."""
        yield from self.permissions()
        yield from self._changes({})

    def incremental(self, checkpoint: str) -> Iterator[SourceEvent]:
        """Tell what changed since; everything, if the checkpoint makes no sense."""
        self.validate()
        marks = _marks(checkpoint)
        return self.full() if marks is None else self._changes(marks)

    def _changes(self, before: Mapping[str, str]) -> Iterator[SourceEvent]:
        place, marks = self._place, {}
        for name in sorted({*place.files, *place.spoiled}):
            content = place.files.get(name, b"")
            if name in place.spoiled:
                marks[name] = before.get(name, "")
                yield SourceFailure(name, "It cannot be read.")
                continue
            marks[name] = hashlib.sha256(content).hexdigest()
            if before.get(name) != marks[name]:
                yield _document(name, content)
        for name in sorted(before.keys() - marks.keys()):
            yield SourceDeletion(name, DAY, explicit=place.promises.deletes is Deletions.EXPLICIT)
        yield SourceCheckpoint(json.dumps(marks))


def _marks(checkpoint: str) -> dict[str, str] | None:
    try:
        marks = json.loads(checkpoint)
    except (ValueError, RecursionError):
        return None
    if not isinstance(marks, dict) or not all(isinstance(mark, str) for mark in marks.values()):
        return None
    return marks


def _document(name: str, content: bytes) -> SourceDocument:
    return SourceDocument(
        external_id=name,
        title=name,
        content=content,
        media_type="text/markdown",
        scope_key="",
        modified_at=DAY,
        provenance=Provenance(f"memory:{name}", connector="memory", connector_version=InMemoryConnector.version),
    )
