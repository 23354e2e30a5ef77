"""What a source may claim: its permissions are kept only within what its owner registered.

A source that names a wider audience than its ceiling is either misconfigured or captured; its permission is stored as
unknown, which permits nobody, until the owner raises the ceiling. Whom the owner of a pushed source denied is denied in
every document of it, whatever that document's own permission says.
"""

import json
from collections.abc import Set
from dataclasses import replace
from datetime import datetime

from memory.domain.documents import SourcePermission
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import UNKNOWN_ACL, Acl, AclEntry, Gate, Tier
from memory.domain.ports.catalogue import Writing
from memory.ingest.claiming import PUSH
from memory.ingest.recording import AclChange


def put_in_force(told: SourcePermission, source: Source, observed_at: datetime, session: Writing) -> AclChange | None:
    """Put a permission in force as far as its source's registration allows; return what changed, None if nothing."""
    acl = as_registered(told.acl, source)
    scope = session.access.scope(source.name, told.scope_key)
    before = None if scope is None else session.access.scope_acl(scope.id)
    placed = session.access.set_acl(source.name, told.scope_key, acl, observed_at)
    return None if before is not None and before.acl == acl else AclChange(placed.id, acl)


def as_registered(acl: Acl, source: Source) -> Acl:
    """Return what is put in force when a source tells `acl`."""
    return within_ceiling(_without_denied(acl, source), source)


def within_ceiling(acl: Acl, source: Source) -> Acl:
    """Return the ACL, or the unknown one when it allows anybody outside the source's ceiling."""
    audience = {str(entry.token) for gate in acl.gates for tier in gate.tiers for entry in tier.allow}
    return acl if audience <= source.ceiling else UNKNOWN_ACL


def _without_denied(acl: Acl, source: Source) -> Acl:
    """Deny in the nearest tier of every gate, which decides before all others, and where deny beats allow.

    The rules of folders are the owner's own words, in which a nearer one may speak against one above; a pushed
    document's permission is its writer's.
    """
    if source.connector != PUSH:
        return acl
    denied = frozenset(AclEntry(PrincipalToken.parse(token)) for token in json.loads(source.settings).get("deny", ()))
    return replace(acl, gates=tuple(_denying(gate, denied) for gate in acl.gates))


def _denying(gate: Gate, denied: Set[AclEntry]) -> Gate:
    nearest, *above = gate.tiers or (Tier(),)
    return Gate((replace(nearest, deny=nearest.deny | denied), *above))
