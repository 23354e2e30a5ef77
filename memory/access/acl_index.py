"""Many ACLs at once: which scopes permit a caller, as exactly as asking `permits` of every scope, and much faster.

Equal ACLs are interned and decided once. An ACL can only permit a caller whom its narrowest gate names in an allow, so
an inverted map (token → ACLs) gives all candidates; an ACL of one gate and one tier without denies or expiries permits
every candidate outright, and only the others are evaluated. An index is immutable; `updated` copies the outer
dictionaries (a fraction of a millisecond for 20,000 scopes) and works only on what the changed rows touch.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from memory.access.entitlements import entries, next_change, permits
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl, AclState, Gate, ScopeAcl

Tokens = frozenset[PrincipalToken]
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One distinct ACL, compared by identity. `plain`: whoever it names in an allow is permitted, at any time."""

    acl: Acl
    plain: bool


@dataclass(frozen=True, slots=True)
class PermittedScopes:
    """The scopes that permit, and until when that can hold by time alone (None: until something is written)."""

    scopes: frozenset[int]
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class AclIndex:
    """The ACLs in force: scope → row, ACL → its rule, rule → scopes it governs, token → rules that could permit it."""

    rows: Mapping[int, ScopeAcl] = field(default_factory=dict)
    rules: Mapping[Acl, Rule] = field(default_factory=dict)
    governed: Mapping[Rule, frozenset[int]] = field(default_factory=dict)
    named: Mapping[PrincipalToken, frozenset[Rule]] = field(default_factory=dict)

    def updated(self, changed: Iterable[ScopeAcl]) -> "AclIndex":
        """Return the index after these rows came into force; the last row of a scope counts."""
        latest = {row.scope: row for row in changed}
        rows = {**self.rows, **latest}
        moved = [row for scope, row in latest.items() if scope not in self.rows or self.rows[scope].acl != row.acl]
        return self._regoverned(rows, moved) if moved else AclIndex(rows, self.rules, self.governed, self.named)

    def permitted(self, parties: Sequence[Tokens], now: datetime) -> PermittedScopes:
        """Return the scopes whose ACL permits every one of `parties`; nobody asking is permitted nothing."""
        if not parties:
            return PermittedScopes(frozenset(), None)
        candidates = frozenset.intersection(*map(self._naming, parties))
        evaluated = [rule for rule in candidates if not rule.plain]
        refused = {rule for rule in evaluated if not all(permits(rule.acl, tokens, now) for tokens in parties)}
        changes = (next_change(rule.acl, tokens, now) for rule in evaluated for tokens in parties)
        return PermittedScopes(
            _union(self.governed[rule] for rule in candidates - refused),
            min((change for change in changes if change is not None), default=None),
        )

    def _naming(self, tokens: Tokens) -> frozenset[Rule]:
        """Return all rules that could permit these tokens; every rule that does is among them."""
        return _union(self.named[token] for token in tokens if token in self.named)

    def _regoverned(self, rows: Mapping[int, ScopeAcl], moved: Collection[ScopeAcl]) -> "AclIndex":
        rules = dict(self.rules)
        joining: defaultdict[Rule, set[int]] = defaultdict(set)
        leaving: defaultdict[Rule, set[int]] = defaultdict(set)
        for row in moved:
            if row.scope in self.rows:
                leaving[rules[self.rows[row.scope].acl]].add(row.scope)
            joining[rules.setdefault(row.acl, Rule(row.acl, _is_plain(row.acl)))].add(row.scope)
        governed = _changed(self.governed, joining, leaving)
        born = [rule for rule in joining if rule not in self.governed]
        gone = [rule for rule in leaving if rule not in governed]
        for rule in gone:
            del rules[rule.acl]
        return AclIndex(rows, rules, governed, _changed(self.named, _by_token(born), _by_token(gone)))


def _is_plain(acl: Acl) -> bool:
    tiers = [tier for gate in acl.gates for tier in gate.tiers]
    return (
        acl.state is AclState.COMPLETE
        and len(acl.gates) == len(tiers) == 1
        and not tiers[0].deny
        and all(entry.expires_at is None for entry in entries(acl))
    )


def _by_token(rules: Iterable[Rule]) -> dict[PrincipalToken, set[Rule]]:
    named: defaultdict[PrincipalToken, set[Rule]] = defaultdict(set)
    for rule in rules:
        for token in _permittable(rule.acl):
            named[token].add(rule)
    return named


def _permittable(acl: Acl) -> Tokens:
    """Return the tokens of which a caller must hold one to be permitted: those that the narrowest gate allows."""
    if acl.state is not AclState.COMPLETE:
        return frozenset()
    return min(map(_allowed, acl.gates), key=len, default=frozenset())


def _allowed(gate: Gate) -> Tokens:
    return frozenset(entry.token for tier in gate.tiers for entry in tier.allow if entry.discoverable)


def _changed(
    sets: Mapping[K, frozenset[V]], joining: Mapping[K, set[V]], leaving: Mapping[K, set[V]]
) -> dict[K, frozenset[V]]:
    """Return `sets` with members added and removed; a set that is empty afterwards goes."""
    result = dict(sets)
    for key in joining.keys() | leaving.keys():
        members = (result.pop(key, frozenset()) - leaving.get(key, set())) | joining.get(key, set())
        if members:
            result[key] = members
    return result


def _union(sets: Iterable[frozenset[V]]) -> frozenset[V]:
    return frozenset[V]().union(*sets)
