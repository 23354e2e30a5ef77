"""What a source may claim: its permissions are kept only within the ceiling that its owner set.

A source that names a wider audience is either misconfigured or captured; its permission is stored as unknown, which
permits nobody, until the owner raises the ceiling.
"""

from memory.domain.documents import SourcePermission
from memory.domain.governance import Source
from memory.domain.permissions import UNKNOWN_ACL, Acl
from memory.domain.ports.catalogue import Writing
from memory.ingest.recording import AclChange
from memory.ingest.rooms import Rooms


def within_ceiling(acl: Acl, source: Source) -> Acl:
    """Return the ACL, or the unknown one when it allows anybody outside the source's ceiling."""
    audience = {str(entry.token) for gate in acl.gates for tier in gate.tiers for entry in tier.allow}
    return acl if audience <= source.ceiling else UNKNOWN_ACL


def permit(told: SourcePermission, source: Source, rooms: Rooms, session: Writing) -> AclChange | None:
    """Put a permission in force within the ceiling of its source; return what that changed, None if nothing."""
    acl = within_ceiling(told.acl, source)
    scope = session.access.scope(source.name, told.scope_key)
    before = None if scope is None else session.access.scope_acl(scope.id)
    placed = session.access.set_acl(source.name, told.scope_key, acl, rooms.clock.now())
    return None if before is not None and before.acl == acl else AclChange(placed.id, acl)
