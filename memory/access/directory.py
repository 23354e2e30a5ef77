"""The facts of visibility, held in memory and kept current by what the catalogue says has changed.

Enter `AccessDelta`s, as `AccessReader.changes(since)` returns them; leave parties, entitlements and visible sets. A
state is immutable: a request works on one from beginning to end, while `updated` makes the next beside it, sharing
whatever did not change.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from memory.access.acl_index import AclIndex
from memory.access.compartments import Compartments
from memory.access.groups import GroupGraph, group_graph, tokens_of
from memory.domain.governance import Profile
from memory.domain.identity import Principal, PrincipalToken
from memory.domain.ports.catalogue import AccessDelta, Position
from memory.domain.retrieval import Entitlements, Party, VisibleSet

BEGINNING = Position(epoch=0, revision=0)


@dataclass(frozen=True, slots=True)
class AccessState:
    """Permissions, groups and compartments at one position of the catalogue. `AccessState()` knows nobody."""

    position: Position = BEGINNING
    principals: Mapping[PrincipalToken, Principal] = field(default_factory=dict)
    graph: GroupGraph = field(default_factory=dict)
    acls: AclIndex = field(default_factory=AclIndex)
    profiles: Mapping[int, Profile] = field(default_factory=dict)
    compartments: Compartments = field(default_factory=Compartments)
    suspended_sources: frozenset[str] = frozenset()
    stale_rosters: frozenset[str] = frozenset()

    def updated(self, delta: AccessDelta) -> "AccessState":
        """Return the state after `delta`, which must be what changed since this state's revision."""
        principals, memberships = delta.principals, delta.memberships
        return AccessState(
            position=delta.position,
            principals=self.principals if principals is None else {known.token: known for known in principals},
            graph=self.graph if memberships is None else group_graph(memberships),
            acls=self.acls.updated(delta.acls) if delta.acls else self.acls,
            profiles={**self.profiles, **dict(delta.profiles)} if delta.profiles else self.profiles,
            compartments=self.compartments.updated(delta.compartments) if delta.compartments else self.compartments,
            suspended_sources=delta.suspended_sources,
            stale_rosters=delta.stale_rosters,
        )

    @property
    def roster_stale(self) -> bool:
        """Say whether any roster is older than its source promises.

        Any, not the caller's own: a caller who was just put into a group that is denied holds no token of it yet.
        """
        return bool(self.stale_rosters)

    def party(self, token: PrincipalToken) -> Party:
        """Return what the directory knows of `token`; somebody unknown holds no token, so that nothing permits them."""
        principal = self.principals.get(token)
        if principal is None:
            return Party(Principal(token, token.id, guest=True, active=False), frozenset())
        return Party(principal, tokens_of(principal, self.graph))

    def visible_scopes(self, parties: Sequence[Party], now: datetime) -> Entitlements:
        """Return the scopes whose ACL permits every party at `now` (UTC), without those of suspended sources."""
        permitted = self.acls.permitted([party.tokens for party in parties], now)
        return Entitlements(
            parties=tuple(parties),
            scopes=self._in_service(permitted.scopes),
            epoch=self.position.epoch,
            valid_until=permitted.valid_until,
        )

    def profile_of(self, compartment: int) -> Profile:
        """Return the profile of a compartment that this state knows."""
        return self.profiles[self.compartments.by_id[compartment].profile]

    def observed_at(self, scope: int) -> datetime:
        """Return when the source was last seen to say what permission is in force on a scope that this state knows."""
        return self.acls.rows[scope].observed_at

    def profiles_behind(self, scopes: Set[int], *, moment: datetime | None) -> dict[int, Profile]:
        """Return the profiles that hold points in `scopes`, now (None) or at a moment in the past.

        A profile whose text is not known here is left out, and with it its compartments.
        """
        ids = self.compartments.profiles_in(scopes, moment=moment)
        return {number: self.profiles[number] for number in ids if number in self.profiles}

    def compartments_in(
        self, scopes: Set[int], profiles: Set[int], *, moment: datetime | None, withheld: frozenset[str]
    ) -> VisibleSet:
        """Return what the engine may look at, given the permitted scopes and the profiles that policy permits."""
        return self.compartments.visible(scopes, profiles, moment=moment, withheld=withheld)

    def _in_service(self, scopes: frozenset[int]) -> frozenset[int]:
        if not self.suspended_sources:
            return scopes
        return frozenset(scope for scope in scopes if self.acls.rows[scope].source not in self.suspended_sources)
