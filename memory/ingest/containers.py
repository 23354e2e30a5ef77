"""Files inside files: attachments of mails and members of archives become documents of their own.

Enters: a document that was read, with the files found in it. Leaves: the same for each of these, at every depth, and
rows that follow their container: a member lies where its container lies, under the same permission, and goes when it
goes. Its external id is `CONTAINER!/NAME`; no source may use such an id itself, or it could put its own permission over
somebody else's text.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from memory.domain.documents import (
    Document,
    DocumentState,
    Member,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
)
from memory.domain.governance import Source
from memory.domain.ports.catalogue import Writing
from memory.ingest.reading import same_version
from memory.ingest.relocation import relocate, tombstone
from memory.ingest.rooms import Outcome, Prepared, ReadDocument, Rooms, UnreadDocument
from memory.ingest.staging import stage

BENEATH = "!/"
"""Parts the id of a container from the name of its member."""

MAX_DEPTH = 3
"""A file in a mail in an archive is at depth 2."""

MAX_MEMBERS = 2000
MAX_BYTES = 256 * 1024 * 1024
"""Members and their bytes inside one document of a source, at all depths together."""

RESERVED = (
    f"Names with {BENEATH} are kept for files inside other files; rename the folder that ends in an exclamation mark."
)
TOO_DEEP = "The file lies deeper inside other files than this deployment reads; bring it in on its own."
TOO_MUCH = (
    "The files inside this one, and inside the document it came in, are more than this deployment reads; bring them in "
    "on their own."
)


def as_told(event: SourceEvent) -> SourceEvent:
    """Return the event, or a failure where a source's own document poses as a member of another."""
    if isinstance(event, SourceDocument) and BENEATH in event.external_id:
        return SourceFailure(event.external_id, RESERVED)
    return event


def members_of(item: SourceDocument, members: Iterable[Member]) -> Iterator[SourceDocument]:
    """Yield the files found in a document as documents of its source, under its permission.

    The commit stays with the container: a member has a version of its own only where its own bytes changed.
    """
    made = item.provenance
    for member in members:
        provenance = replace(
            made,
            path=f"{made.path or item.external_id}{BENEATH}{member.name}",
            parent=item.external_id,
            commit=None,
            message=None,
        )
        yield replace(
            item,
            external_id=f"{item.external_id}{BENEATH}{member.name}",
            title=member.name.rpartition("/")[2],
            content=member.content,
            media_type=member.media_type,
            provenance=provenance,
        )


def with_members(container: Prepared, prepare: Callable[[SourceDocument], Prepared]) -> Prepared:
    """Return a document with the files inside it, at every depth, prepared as it was."""
    if not isinstance(container, ReadDocument) or not container.partitioned.members:
        return container
    room = _Room(MAX_MEMBERS, MAX_BYTES)
    if not room.takes(container):
        return UnreadDocument(container.item, container.content_hash, TOO_MUCH)
    return replace(_emptied(container), members=tuple(_inside(container, prepare, room, depth=1)))


def flattened(prepared: Iterable[Prepared]) -> Iterator[Prepared]:
    """Yield documents and those inside them."""
    for one in prepared:
        yield one
        if isinstance(one, ReadDocument):
            yield from one.members


def follow(prepared: Prepared, outcome: Outcome, source: Source, rooms: Rooms, session: Writing) -> Iterator[Outcome]:
    """Bring what lies inside a document that was just staged to where it is now; yield what became of it."""
    members = prepared.members if isinstance(prepared, ReadDocument) else ()
    there = {member.item.external_id for member in members}
    at = prepared.item.modified_at
    if outcome.change in ("updated", "quarantined"):
        scope = _scope(prepared.item.external_id, source, session)
        for document in session.documents.beneath(source.name, prepared.item.external_id + BENEATH):
            if isinstance(prepared, ReadDocument | UnreadDocument) and document.external_id not in there:
                yield from _gone(SourceDeletion(document.external_id, at), source, rooms, session)
            elif not there and document.state is not DocumentState.DELETED:
                yield from _moved(document, scope, session)
    for member in members:
        yield _stage_member(member, source, rooms, session)


def forget(deletion: SourceDeletion, source: Source, rooms: Rooms, session: Writing) -> Iterator[Outcome]:
    """Follow a container's deletion in everything that lay in it."""
    for document in session.documents.beneath(source.name, deletion.external_id + BENEATH):
        yield from _gone(replace(deletion, external_id=document.external_id), source, rooms, session)


@dataclass(slots=True)
class _Room:
    """What may still be found inside one document."""

    members: int
    bytes: int

    def takes(self, container: ReadDocument) -> bool:
        """Take what a container holds, if there is room for all of it."""
        found = container.partitioned.members
        self.members -= len(found)
        self.bytes -= sum(len(member.content) for member in found)
        return self.members >= 0 and self.bytes >= 0


def _inside(
    container: ReadDocument, prepare: Callable[[SourceDocument], Prepared], room: _Room, *, depth: int
) -> Iterator[Prepared]:
    for item in members_of(container.item, container.partitioned.members):
        prepared = prepare(item)
        if not isinstance(prepared, ReadDocument) or not prepared.partitioned.members:
            yield prepared
        elif depth == MAX_DEPTH:
            yield UnreadDocument(prepared.item, prepared.content_hash, TOO_DEEP)
        elif not room.takes(prepared):
            yield UnreadDocument(prepared.item, prepared.content_hash, TOO_MUCH)
        else:
            yield _emptied(prepared)
            yield from _inside(prepared, prepare, room, depth=depth + 1)


def _emptied(container: ReadDocument) -> ReadDocument:
    return replace(container, partitioned=replace(container.partitioned, members=()))


def _stage_member(member: Prepared, source: Source, rooms: Rooms, session: Writing) -> Outcome:
    """Write a member; one whose bytes are those on record only follows its container."""
    document = session.documents.find(source.name, member.item.external_id)
    if document is not None and document.state is DocumentState.READY and isinstance(member, ReadDocument):
        current = session.documents.version(document.id, document.current_version)
        if current is not None and same_version(member.item, current):
            scope = _scope(member.item.provenance.parent or "", source, session)
            moved = list(_moved(document, scope, session))
            return moved[0] if moved else _outcome(document, "unchanged")
    return stage(member, source, rooms, session)


def _scope(external_id: str, source: Source, session: Writing) -> int | None:
    container = session.documents.find(source.name, external_id)
    return None if container is None else container.scope


def _moved(document: Document, scope: int | None, session: Writing) -> Iterator[Outcome]:
    if scope is not None and document.scope != scope:
        published = relocate(document.id, scope, session) if document.state is DocumentState.READY else 0
        session.documents.put(replace(document, scope=scope))
        yield _outcome(document, "updated", published)


def _gone(deletion: SourceDeletion, source: Source, rooms: Rooms, session: Writing) -> Iterator[Outcome]:
    outcome = tombstone(deletion, source, rooms.clock.now(), session)
    if outcome.change != "absent":
        yield outcome


def _outcome(document: Document, change: str, published: int = 0) -> Outcome:
    return Outcome(document.external_id, document.id, document.current_version, change, published=published)
