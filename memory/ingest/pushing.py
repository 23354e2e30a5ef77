"""Push: a system hands its documents over itself, within the one source that its token names.

Enters: documents or deletions from an authenticated writer. Leaves: outcomes, durable. The source was registered by a
person, with a ceiling of audiences; a push cannot reach beyond it, and one key makes a repeated request harmless.

Only a source that was registered to be pushed can be: what a connector reads, and the permissions of its folders, is
not for a writer to replace.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from memory.domain.documents import Document, SourceDeletion, SourceDocument, SourceEvent, SourcePermission
from memory.domain.errors import Conflict, NotFound
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import Writing
from memory.ingest.claiming import PUSH
from memory.ingest.pipeline import ingest
from memory.ingest.registering import same_registration
from memory.ingest.rooms import Outcome, Rooms

SOURCE_SCOPE = ""
"""The key of the scope that governs what names no permission of its own."""

OWN_SCOPES = "/"
"""Keys of pushed documents' own scopes begin with it. No key of a folder does, and the source's own is empty."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A document as its system pushes it; `acl` None leaves it under the source's own permission.

    Which scope it belongs to follows from that alone, whatever its `scope_key` says.
    """

    document: SourceDocument
    acl: Acl | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a push, and the epoch that later questions can ask to be reflected."""

    outcomes: tuple[Outcome, ...]
    epoch: int


def push(
    documents: Sequence[Pushed], source_name: str, key: str | None, rooms: Rooms, *, actor: PrincipalToken
) -> Receipt:
    """Ingest what `actor` pushes.

    Raises `NotFound` for a source that is not pushed or suspended, and `Conflict` when `key` was used for another
    request, or the source's registration changed meanwhile.
    """
    events = [event for pushed in documents for event in _events(pushed)]
    return _once(events, source_name, key, rooms, actor)


def _events(pushed: Pushed) -> Iterator[SourceEvent]:
    if pushed.acl is None:
        yield replace(pushed.document, scope_key=SOURCE_SCOPE)
    else:
        scope_key = OWN_SCOPES + pushed.document.external_id
        yield SourcePermission(scope_key, pushed.acl)
        yield replace(pushed.document, scope_key=scope_key)


def delete(document_id: str, source_name: str, key: str | None, rooms: Rooms, *, actor: PrincipalToken) -> Receipt:
    """Follow a deletion in the writer's source. Raises `NotFound` for a document of another source, or of none."""
    document = pushed_document(document_id, source_name, rooms)
    return _once([SourceDeletion(document.external_id, rooms.clock.now())], source_name, key, rooms, actor)


def pushed_document(document_id: str, source_name: str, rooms: Rooms) -> Document:
    """Return a document of the writer's source, in whatever state. Raises `NotFound`, also for a suspended source."""
    _registered(source_name, rooms)
    with rooms.catalogue.read() as session:
        document = session.documents.get(document_id)
    if document is None or document.source != source_name:
        raise NotFound
    return document


def _once(
    events: Sequence[SourceEvent], source_name: str, key: str | None, rooms: Rooms, actor: PrincipalToken
) -> Receipt:
    source = _registered(source_name, rooms)
    digest = _digest(events)
    if key is not None and (earlier := _remembered(source_name, key, digest, rooms)) is not None:
        return earlier
    receipts: list[Receipt] = []

    def finish(_: Sequence[SourceEvent], outcomes: Sequence[Outcome], session: Writing) -> None:
        _require_same(source, session)
        receipts.append(Receipt(tuple(outcomes), session.access.position().epoch))
        if key is not None:
            session.sources.remember(source_name, key, digest, _to_json(receipts[0]))

    ingest(events, source, rooms, actor=actor, finish=finish)
    return receipts[0]


def _registered(name: str, rooms: Rooms) -> Source:
    with rooms.catalogue.read() as session:
        source = session.sources.get(name)
    if source is None or not source.active or source.connector != PUSH:
        raise NotFound
    return source


def _require_same(source: Source, session: Writing) -> None:
    """Let nothing be committed by a registration that no longer holds: a narrowed ceiling, or a suspension, binds."""
    registered = session.sources.get(source.name)
    if registered is None or not same_registration(registered, source):
        raise Conflict("The registration of this source changed meanwhile; send the request again.")


def _remembered(source: str, key: str, digest: str, rooms: Rooms) -> Receipt | None:
    with rooms.catalogue.read() as session:
        earlier = session.sources.remembered(source, key)
    if earlier is None:
        return None
    if earlier[0] != digest:
        raise Conflict("This idempotency key was used for another request; use a new key.")
    body = json.loads(earlier[1])
    return Receipt(tuple(Outcome(**outcome) for outcome in body["outcomes"]), body["epoch"])


def _to_json(receipt: Receipt) -> str:
    return json.dumps({"outcomes": [asdict(outcome) for outcome in receipt.outcomes], "epoch": receipt.epoch})


def _digest(events: Sequence[SourceEvent]) -> str:
    """Digest what was asked for, not when: a document without a time of its own gets a new one with each request."""
    parts = []
    for event in events:
        match event:
            case SourceDocument():
                attributes = sorted(event.provenance.attributes.items())
                content = sha256(event.content).hexdigest()
                made = event.provenance
                parts.append(
                    [event.external_id, event.title, event.media_type, content, attributes, made.uri, made.author]
                )
            case SourcePermission():
                parts.append([event.scope_key, event.acl.digest])
            case SourceDeletion():
                parts.append(["-", event.external_id])
    return sha256(json.dumps(parts).encode()).hexdigest()
