"""A source whose connector tells what a test gives it, for tests of running and claiming syncs."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from memory.domain.documents import SourceCheckpoint, SourceEvent, SourcePermission
from memory.domain.errors import SourceFailed
from memory.domain.identity import EVERYONE, OPERATING, PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.connector import Capabilities, Deletions, Listing, Permissions
from memory.domain.syncs import Holder, SyncRun
from memory.ingest.claiming import (
    SyncRooms,
    request,
)
from memory.ingest.registering import register, source_of
from tests.worlds.building import World, document

ADA, BEN = (PrincipalToken.parse(f"user:{name}") for name in ("ada", "ben"))
PROMISES = Capabilities(Deletions.ABSENCE, Permissions.INLINE, Listing.COMPLETE, incremental=True, history=False)
HERE = Holder(socket.gethostname(), os.getpid())


class Scripted:
    """A connector that tells a story, and remembers how it was asked to."""

    version = "1"

    def __init__(self, *story: SourceEvent | BaseException, **promises: Any) -> None:
        self.story = story
        self.asked: list[str | None] = []
        self.capabilities = replace(PROMISES, **promises)
        self.broken: SourceFailed | None = None

    def validate(self) -> None:
        if self.broken is not None:
            raise self.broken

    def permissions(self) -> Iterator[SourcePermission]:
        self.asked.append("permissions")
        return (event for event in self.story if isinstance(event, SourcePermission))

    capabilities = Capabilities(
        deletes=Deletions.EXPLICIT, acl=Permissions.NONE, listing=Listing.COMPLETE, incremental=True, history=False
    )

    def full(self) -> Iterator[SourceEvent]:
        return self._tell(None)

    def incremental(self, checkpoint: str) -> Iterator[SourceEvent]:
        return self._tell(checkpoint)

    def _tell(self, checkpoint: str | None) -> Iterator[SourceEvent]:
        self.asked.append(checkpoint)
        for event in self.story:
            if isinstance(event, BaseException):
                raise event
            yield event


@dataclass(frozen=True)
class Stage:
    """A world with the registered source `wiki`, read by whatever connector a test gives."""

    world: World

    def rooms(self, *story: SourceEvent | BaseException, connector: Scripted | None = None) -> SyncRooms:
        given = connector or Scripted(*story)
        return replace(self.world.services.syncing, connector=lambda _: given)

    def page(self, name: str) -> SourceEvent:
        return document(name, f"# {name}\n\nAbout {name}.", self.world.clock.now())

    def batch(self, name: str) -> list[SourceEvent]:
        """Return a permission, a document, and the checkpoint that ends the batch."""
        return [SourcePermission("", Acl.of([EVERYONE])), self.page(name), SourceCheckpoint(f'"{name}"')]

    def run(self, run: SyncRun) -> SyncRun:
        with self.world.services.catalogue.read() as session:
            found = session.sources.sync(run.id)
        assert found is not None
        return found

    def checkpoint(self) -> str | None:
        with self.world.services.catalogue.read() as session:
            source = session.sources.get("wiki")
        assert source is not None
        return source.checkpoint

    def register(self, *allow: str) -> None:
        register(source_of("wiki", "git", "", "team", {"allow": allow}), OPERATING, self.world.services.writing)

    def register_as(self, name: str) -> None:
        register(source_of(name, "git", "", "team", {"allow": ["everyone"]}), OPERATING, self.world.services.writing)

    def held(self, holder: Holder) -> SyncRun:
        """Put a running sync on record as some process left it."""
        asked = request("wiki", BEN, self.rooms())
        run = asked.begun(holder, self.world.clock.now())
        with self.world.services.catalogue.write() as session:
            session.sources.put_sync(run)
        return run
