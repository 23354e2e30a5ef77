"""Permissions first: what a source says about who may read is put in force before any document of it is read.

Enters: a connector that tells permissions by themselves. Leaves: the ACL of every scope, in a batch of its own, so that
a narrowed rule binds although the source cannot be reached, or has a million files. A scope that is not told any more
is one that nobody answers for: it becomes unknown, and its documents open again as they are told under another.
"""

from memory.domain.documents import SourcePermission
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import UNKNOWN_ACL
from memory.domain.ports.connector import Connector, Permissions
from memory.ingest.pipeline import Finish, ingest
from memory.ingest.rooms import Rooms


def permit(connector: Connector, source: Source, rooms: Rooms, *, actor: PrincipalToken, finish: Finish) -> None:
    """Put the permissions of a source in force, as asked for by `actor`; `finish` commits with them.

    Raises `SourceFailed`.
    """
    if connector.capabilities.acl is not Permissions.SEPARATE:
        return
    told = list(connector.permissions())
    keys = {permission.scope_key for permission in told}
    with rooms.catalogue.read() as session:
        gone = [scope.key for scope in session.access.scopes(source.name) if scope.key not in keys]
    ingest([*told, *(SourcePermission(key, UNKNOWN_ACL) for key in gone)], source, rooms, actor=actor, finish=finish)
