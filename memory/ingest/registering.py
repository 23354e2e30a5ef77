"""Registering a source: who owns it, how it is read, and how wide an audience it may ever claim.

A registration that changes is obeyed at once: what it narrows is closed, and what another team owns now is handed over,
in the transaction that puts it on record. What it widens opens when the source tells it again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import Catalogue, Writing
from memory.domain.ports.surroundings import Clock
from memory.ingest.permissions import as_registered
from memory.ingest.relocation import reprofile

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


def register(source: Source, catalogue: Catalogue) -> tuple[Source, bool]:
    """Add a source, or bring its registration up to date and keep its checkpoint; return it and whether it changed.

    Permissions that are already in force are kept only as far as the new registration allows them.
    """
    with catalogue.write() as session:
        known = session.sources.get(source.name)
        if known is not None and same_registration(known, source):
            return known, False
        same_place = known is not None and (known.connector, known.location) == (source.connector, source.location)
        checkpoint = known.checkpoint if known is not None and same_place else None
        registered = replace(source, checkpoint=checkpoint)
        session.sources.put(registered)
        if known is not None:
            _narrow(registered, session)
            _hand_over(known, registered, session)
        return registered, True


def _narrow(source: Source, session: Writing) -> None:
    for scope in session.access.scopes(source.name):
        told = session.access.scope_acl(scope.id)
        if told is not None:
            session.access.set_acl(source.name, scope.key, as_registered(told.acl, source), told.observed_at)


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


def open_push_source(source: Source, catalogue: Catalogue, clock: Clock) -> None:
    """Put a push source's own permission in force: what its settings allow, for documents that name none."""
    settings = json.loads(source.settings)
    acl = Acl.of(
        map(PrincipalToken.parse, settings.get("allow", ())), map(PrincipalToken.parse, settings.get("deny", ()))
    )
    with catalogue.write() as session:
        session.access.set_acl(source.name, "", as_registered(acl, source), clock.now())


def same_registration(one: Source, other: Source) -> bool:
    """Say whether two states of a source differ at most in how far it was read."""
    return replace(one, checkpoint=None) == replace(other, checkpoint=None)
