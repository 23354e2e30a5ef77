"""Whom one ACL permits: the single check that every faster path must agree with.

Enter an ACL, the tokens that name a caller and the time; leaves whether a search may show what the ACL governs. All
gates must permit, and an ACL without gates, or one that is not complete, permits nobody. In a gate the nearest tier
that speaks decides, and inside a tier deny beats allow. An entry speaks while it names the caller and has not expired.

A link-only entry (`discoverable=False`) lets people use what they were handed and lets nobody find it, so here, where
the question is finding, its allow does not speak: it neither permits nor overrides what a farther tier says. Two
properties follow and are tested: adding a deny never adds access, and removing an allow never does.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl, AclEntry, AclState, Gate, Tier


def permits(acl: Acl, tokens: frozenset[PrincipalToken], now: datetime) -> bool:
    """Say whether a caller named by `tokens` may find what `acl` governs, at `now` (UTC)."""
    if acl.state is not AclState.COMPLETE or not acl.gates:
        return False
    return all(_gate_permits(gate, tokens, now) for gate in acl.gates)


def next_change(acl: Acl, tokens: frozenset[PrincipalToken], now: datetime) -> datetime | None:
    """Return when the answer of `permits` may next change by time alone: the nearest expiry of an entry in `tokens`.

    None means that it never does. An expiry is reported even where another entry would keep the answer as it is.
    """
    ends = (entry.expires_at for entry in entries(acl) if entry.token in tokens)
    return min((end for end in ends if end is not None and end > now), default=None)


def entries(acl: Acl) -> Iterator[AclEntry]:
    """Return every entry of every tier, allows and denies."""
    for gate in acl.gates:
        for tier in gate.tiers:
            yield from tier.allow
            yield from tier.deny


def _gate_permits(gate: Gate, tokens: frozenset[PrincipalToken], now: datetime) -> bool:
    verdicts = (_tier_says(tier, tokens, now) for tier in gate.tiers)
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _tier_says(tier: Tier, tokens: frozenset[PrincipalToken], now: datetime) -> bool | None:
    """Return what this tier decides, or None if it says nothing about the caller."""
    if _speaks(tier.deny, tokens, now):
        return False
    if _speaks((entry for entry in tier.allow if entry.discoverable), tokens, now):
        return True
    return None


def _speaks(side: Iterable[AclEntry], tokens: frozenset[PrincipalToken], now: datetime) -> bool:
    return any(entry.token in tokens and (entry.expires_at is None or now < entry.expires_at) for entry in side)
