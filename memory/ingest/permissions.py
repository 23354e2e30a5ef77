"""What a source may claim: its permissions are kept only within the ceiling that its owner set.

A source that names a wider audience is either misconfigured or captured; its permission is stored as unknown, which
permits nobody, until the owner raises the ceiling.
"""

from memory.domain.governance import Source
from memory.domain.permissions import UNKNOWN_ACL, Acl


def within_ceiling(acl: Acl, source: Source) -> Acl:
    """Return the ACL, or the unknown one when it allows anybody outside the source's ceiling."""
    audience = {str(entry.token) for gate in acl.gates for tier in gate.tiers for entry in tier.allow}
    return acl if audience <= source.ceiling else UNKNOWN_ACL
