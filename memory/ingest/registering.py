"""Registering a source: who owns it, how it is read, and how wide an audience it may ever claim."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from memory.domain.documents import SourcePermission
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import Catalogue
from memory.ingest.pipeline import ingest
from memory.ingest.rooms import Rooms


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
    """Add a source, or bring its registration up to date and keep its checkpoint; return it and whether it changed."""
    with catalogue.write() as session:
        known = session.sources.get(source.name)
        if known is not None and same_registration(known, source):
            return known, False
        same_place = known is not None and (known.connector, known.location) == (source.connector, source.location)
        checkpoint = known.checkpoint if known is not None and same_place else None
        registered = replace(source, checkpoint=checkpoint)
        session.sources.put(registered)
        return registered, True


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
