"""Registering a source: who owns it, how it is read, and how wide an audience it may ever claim.

A registration that changes is obeyed at once: what it narrows is closed, and what another team owns now is handed over,
in the transaction that puts it on record. What it widens opens when the source tells it again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from memory.domain.documents import SourcePermission
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import Writing
from memory.ingest.permissions import put_in_force
from memory.ingest.pipeline import ingest
from memory.ingest.recording import AclChange, record_changes
from memory.ingest.relocation import reprofile
from memory.ingest.rooms import Rooms

PAGE = 1000
"""Documents that are handed over between two looks at the catalogue."""


def source_of(name: str, connector: str, location: str, team: str, settings: Mapping[str, Any]) -> Source:
    """Return a registration whose ceiling is everybody its settings allow anywhere. Raises `InvalidRequest`."""
    allowed = [*settings.get("allow", ())]
    for rule in settings.get("folders", {}).values():
        allowed += rule.get("allow", ())
    return Source(
        name=name,
        connector=connector,
        location=location,
        owner_team=team,
        ceiling=frozenset(str(PrincipalToken.parse(token)) for token in allowed),
        settings=json.dumps(settings, sort_keys=True),
        checkpoint=None,
    )


def register(source: Source, who: PrincipalToken, rooms: Rooms) -> tuple[Source, bool]:
    """Add a source, or bring its registration up to date and keep its checkpoint; return it and whether it changed.

    A suspension outlasts it: registering is no way to let a source return. Permissions that are already in force are
    kept only as far as the new registration allows them; what that closes is on record, as done by `who`, before it is
    in force. Raises `AuditUnavailable`.
    """
    with rooms.catalogue.write() as session:
        known = session.sources.get(source.name)
        source = source if known is None else replace(source, active=known.active)
        if known is not None and same_registration(known, source):
            return known, False
        same_place = known is not None and (known.connector, known.location) == (source.connector, source.location)
        checkpoint = known.checkpoint if known is not None and same_place else None
        registered = replace(source, checkpoint=checkpoint)
        session.sources.put(registered)
        if known is not None:
            narrowed = _narrow(registered, session)
            _hand_over(known, registered, session)
            record_changes(narrowed, registered, who, rooms, session)
        return registered, True


def _narrow(source: Source, session: Writing) -> list[AclChange]:
    """Close what the registration does not allow any more; return which permissions that changed."""
    changed = []
    for scope in session.access.scopes(source.name):
        told = session.access.scope_acl(scope.id)
        if told is not None:
            changed.append(put_in_force(SourcePermission(scope.key, told.acl), source, told.observed_at, session))
    return [one for one in changed if one is not None]


def _hand_over(known: Source, source: Source, session: Writing) -> None:
    """Move the points of all documents to profiles of the new owner: the old one reads nothing as an owner any more."""
    if known.owner_team == source.owner_team:
        return
    profiles = dict(session.access.changes(0).profiles)

    @cache
    def handed_over(profile: int) -> int:
        return session.access.profile(replace(profiles[profile], owner_team=source.owner_team))

    for document_id in _document_ids(source.name, session):
        reprofile(document_id, handed_over, session)


def _document_ids(source: str, session: Writing) -> Iterator[str]:
    after = ""
    while page := session.documents.page(after=after, limit=PAGE, source=source):
        yield from (document.id for document in page)
        after = page[-1].id


def open_push_source(source: Source, who: PrincipalToken, rooms: Rooms) -> None:
    """Put a push source's own permission in force: what its settings allow, for documents that name none."""
    settings = json.loads(source.settings)
    acl = Acl.of(
        map(PrincipalToken.parse, settings.get("allow", ())), map(PrincipalToken.parse, settings.get("deny", ()))
    )
    ingest([SourcePermission("", acl)], source, rooms, actor=who)


def same_registration(one: Source, other: Source) -> bool:
    """Say whether two states of a source differ at most in how far it was read."""
    return replace(one, checkpoint=None) == replace(other, checkpoint=None)
