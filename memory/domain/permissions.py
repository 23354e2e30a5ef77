"""What a source says about who may read: an ACL is a conjunction of gates, a gate an ordered list of tiers.

All gates must permit (a page restriction *and* its space). In a gate the nearest tier that names the caller decides
(child override), and inside a tier deny beats allow. Only a `complete` ACL can permit; an ACL without gates permits
nobody.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from memory.domain.identity import PrincipalToken


class AclState(StrEnum):
    """Whether the source told everything about this permission; anything but complete permits nobody."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One principal in a tier. `expires_at` ends it; `discoverable=False` is link-only: usable, never found."""

    token: PrincipalToken
    expires_at: datetime | None = None
    discoverable: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the canonical form; defaults are left out."""
        body: dict[str, Any] = {"token": str(self.token)}
        if self.expires_at is not None:
            body["expires_at"] = self.expires_at.astimezone(UTC).isoformat()
        if not self.discoverable:
            body["discoverable"] = False
        return body

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "AclEntry":
        """Read what `to_json` wrote."""
        expires = body.get("expires_at")
        return cls(
            PrincipalToken.parse(body["token"]),
            None if expires is None else datetime.fromisoformat(expires),
            body.get("discoverable", True),
        )


@dataclass(frozen=True, slots=True)
class Tier:
    """The entries that speak at one level of a hierarchy."""

    allow: frozenset[AclEntry] = frozenset()
    deny: frozenset[AclEntry] = frozenset()


@dataclass(frozen=True, slots=True)
class Gate:
    """Tiers, nearest first; the first that names the caller decides."""

    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Acl:
    """A source's permission for one scope."""

    gates: tuple[Gate, ...]
    state: AclState = AclState.COMPLETE

    @classmethod
    def of(cls, allow: Iterable[PrincipalToken], deny: Iterable[PrincipalToken] = ()) -> "Acl":
        """Return the plain ACL: one gate, one tier."""
        tier = Tier(frozenset(map(AclEntry, allow)), frozenset(map(AclEntry, deny)))
        return cls((Gate((tier,)),))

    def to_json(self) -> dict[str, Any]:
        """Return the canonical form: sets sorted, so that equal ACLs have equal bytes."""

        def entries(side: frozenset[AclEntry]) -> list[dict[str, Any]]:
            return sorted((entry.to_json() for entry in side), key=lambda body: json.dumps(body, sort_keys=True))

        gates = [[{"allow": entries(t.allow), "deny": entries(t.deny)} for t in gate.tiers] for gate in self.gates]
        return {"state": str(self.state), "gates": gates}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Acl":
        """Read what `to_json` wrote."""

        def entries(side: list[dict[str, Any]]) -> frozenset[AclEntry]:
            return frozenset(AclEntry.from_json(entry) for entry in side)

        gates = tuple(
            Gate(tuple(Tier(entries(t["allow"]), entries(t["deny"])) for t in gate)) for gate in body["gates"]
        )
        return cls(gates, AclState(body["state"]))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, hex: equal ACLs are stored and decided once."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


UNKNOWN_ACL = Acl((), AclState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Scope:
    """A place where a source defines permission: a folder, a space, a repository, or one document of its own.

    `id` is the catalogue's integer; `key` is the source's name for the place.
    """

    id: int
    source: str
    key: str


@dataclass(frozen=True, slots=True)
class ScopeAcl:
    """The ACL in force on a scope, the source it belongs to, and when that source was last seen to say so."""

    scope: int
    source: str
    acl: Acl
    observed_at: datetime
