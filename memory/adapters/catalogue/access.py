"""Who may see what: the directory, the permissions of scopes, profiles and compartments."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    false,
    insert,
    select,
    update,
)

from memory.adapters.catalogue.prepared import Prepared
from memory.adapters.catalogue.tables import (
    acls,
    compartments,
    memberships,
    principals,
    profiles,
    scope_acls,
    scopes,
    sources,
    state,
)
from memory.adapters.catalogue.transaction import Counters, Reader, Record, Writer, batches, position
from memory.domain.governance import Compartment, Profile
from memory.domain.identity import Principal, PrincipalToken
from memory.domain.permissions import Acl, Scope, ScopeAcl
from memory.domain.ports.catalogue import AccessDelta, Membership, Position

_SINCE: BindParameter[int] = bindparam("since")
_WHERE_I_STAND = select(
    state.c.epoch,
    state.c.revision,
    exists().where(memberships.c.revision > _SINCE),
    exists().where(principals.c.revision > _SINCE),
)
_CHANGED_ACL = and_(scope_acls.c.revision > _SINCE, scope_acls.c.epoch_to.is_(None))
_ACLS = (
    select(scopes.c.id, scopes.c.source, scope_acls.c.acl, scope_acls.c.observed_at).join(scopes).where(_CHANGED_ACL)
)
_ACL_BODIES = select(acls.c.id, acls.c.body).where(acls.c.id.in_(select(scope_acls.c.acl).where(_CHANGED_ACL)))
_PROFILES = select(profiles.c.id, profiles.c.body).where(profiles.c.revision > _SINCE)
_COMPARTMENT = (compartments.c.id, compartments.c.scope, compartments.c.profile, compartments.c.current)
_COMPARTMENTS = select(*_COMPARTMENT, compartments.c.total).where(compartments.c.revision > _SINCE)
_SUSPENDED = select(sources.c.name).where(sources.c.active == false())
_MEMBERSHIPS = select(memberships.c.group_token, memberships.c.member_token).where(memberships.c.epoch_to.is_(None))
_SCOPE = Prepared(select(scopes).where(scopes.c.source == bindparam("source"), scopes.c.key == bindparam("key")))
_PROFILE_ID = Prepared(select(profiles.c.id).where(profiles.c.digest == bindparam("digest")))
_COMPARTMENT_ID = Prepared(
    select(compartments.c.id).where(
        compartments.c.scope == bindparam("scope"), compartments.c.profile == bindparam("profile")
    )
)
_PRINCIPALS = select(*[column for column in principals.c if column.name != "revision"])


class SqlAccessReader(Reader):
    """Reads of permissions, groups and compartments."""

    def position(self) -> Position:
        """Return the counters as of this session."""
        return position(self._connection)

    def changes(self, since: int) -> AccessDelta:
        """Return everything that changed after revision `since`; 0 gives the whole state."""
        epoch, revision, regrouped, renamed = self._connection.execute(_WHERE_I_STAND, {"since": since}).one()
        return AccessDelta(
            position=Position(epoch, revision),
            acls=self._changed_acls(since),
            profiles=tuple((row.id, row.body) for row in self._since(_PROFILES, since)),
            compartments=tuple(Compartment(*row) for row in self._since(_COMPARTMENTS, since)),
            memberships=tuple(Membership(*row) for row in self._connection.execute(_MEMBERSHIPS))
            if regrouped
            else None,
            principals=tuple(self.principals()) if renamed else None,
            suspended_sources=frozenset(self._connection.scalars(_SUSPENDED)),
            stale_rosters=frozenset(),  # no refresh writes a roster yet, so none can have failed
        )

    def principal(self, token: PrincipalToken) -> Principal | None:
        """Return what the directory knows of `token`."""
        row = self._connection.execute(_PRINCIPALS.where(principals.c.token == token)).one_or_none()
        return None if row is None else Principal(*row)

    def principals(self) -> list[Principal]:
        """Return everybody, ordered by token."""
        everybody = (Principal(*row) for row in self._connection.execute(_PRINCIPALS))
        return sorted(everybody, key=lambda principal: principal.token)

    def members(self, group: PrincipalToken) -> list[PrincipalToken]:
        """Return the direct members of a group, ordered."""
        return sorted(row.member_token for row in self._current_members(group))

    def scope(self, source: str, key: str) -> Scope | None:
        """Return the scope that a source calls `key`."""
        row = _SCOPE.one(self._connection, source=source, key=key)
        return None if row is None else Scope(*row)

    def scopes(self, source: str) -> list[Scope]:
        """Return every scope of a source, by key."""
        statement = select(scopes).where(scopes.c.source == source).order_by(scopes.c.key)
        return [Scope(*row) for row in self._connection.execute(statement)]

    def compartments(self, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return (scope, profile id) of each compartment; unknown ids are left out."""
        statement = select(compartments.c.id, compartments.c.scope, compartments.c.profile)
        found: dict[int, tuple[int, int]] = {}
        for batch in batches(ids):
            rows = self._connection.execute(statement.where(compartments.c.id.in_(batch)))
            found.update((row.id, (row.scope, row.profile)) for row in rows)
        return found

    def scope_acl(self, scope: int, at_epoch: int | None = None) -> ScopeAcl | None:
        """Return the ACL in force on a scope, now or at a past epoch."""
        held: ColumnElement[bool] = scope_acls.c.epoch_to.is_(None)
        if at_epoch is not None:
            held = and_(scope_acls.c.epoch_from <= at_epoch, held | (scope_acls.c.epoch_to > at_epoch))
        statement = select(scopes.c.source, acls.c.body, scope_acls.c.observed_at).select_from(scope_acls)
        in_force = statement.join(scopes).join(acls).where(scope_acls.c.scope == scope, held)
        row = self._connection.execute(in_force).one_or_none()
        return None if row is None else ScopeAcl(scope, row.source, row.body, row.observed_at)

    def _changed_acls(self, since: int) -> tuple[ScopeAcl, ...]:
        rows = self._since(_ACLS, since)
        bodies = {row.id: row.body for row in self._since(_ACL_BODIES, since)} if rows else {}
        return tuple(ScopeAcl(row.id, row.source, bodies[row.acl], row.observed_at) for row in rows)

    def _since(self, statement: Select[*tuple[Any, ...]], since: int) -> list[Record]:
        return list(self._connection.execute(statement, {"since": since}))

    def _current_members(self, group: PrincipalToken) -> list[Record]:
        statement = select(memberships.c.member_token, memberships.c.epoch_from)
        return list(
            self._connection.execute(
                statement.where(memberships.c.group_token == group, memberships.c.epoch_to.is_(None))
            )
        )


class SqlAccessWriter(SqlAccessReader, Writer):
    """Changes to what anyone may see; each advances the epoch of its transaction.

    Scopes, profiles and compartments keep their ids for ever, so each is looked up once in a transaction.
    """

    def __init__(self, connection: Connection, counters: Counters) -> None:
        super().__init__(connection, counters)
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._profiles: dict[str, int] = {}
        self._compartments: dict[tuple[int, int], int] = {}

    def scope(self, source: str, key: str) -> Scope | None:
        """Return the scope that a source calls `key`."""
        known = self._scopes.get((source, key)) or super().scope(source, key)
        if known is not None:
            self._scopes[source, key] = known
        return known

    def put_principal(self, principal: Principal) -> None:
        """Add or replace a principal; an equal one changes nothing."""
        known = self.principal(principal.token)
        if known == principal:
            return
        self._counters.epoch("principal")
        values = {name: getattr(principal, name) for name in Principal.__slots__}
        values["revision"] = self._counters.revision()
        if known is None:
            self._add(principals, [values])
        else:
            self._connection.execute(update(principals).where(principals.c.token == principal.token).values(values))

    def set_members(self, group: PrincipalToken, members: Iterable[PrincipalToken]) -> None:
        """Make `members` the direct members of `group`; equal lists change nothing."""
        wanted = set(members)
        known = {row.member_token: row.epoch_from for row in self._current_members(group)}
        if wanted == set(known):
            return
        epoch = self._counters.epoch("membership")
        for member in known.keys() - wanted:
            self._end_membership(group, member, known[member], epoch)
        added = sorted(wanted - known.keys())
        common = {"group_token": group, "epoch_from": epoch, "revision": self._counters.revision()}
        self._add(memberships, [{**common, "member_token": member} for member in added])

    def set_acl(self, source: str, scope_key: str, acl: Acl, observed_at: datetime) -> Scope:
        """Put `acl` in force on a scope, making the scope if it is new. An equal ACL only renews `observed_at`."""
        scope = self.scope(source, scope_key) or self._add_scope(source, scope_key)
        wanted = self._intern(acl)
        current = self._connection.execute(
            select(scope_acls).where(scope_acls.c.scope == scope.id, scope_acls.c.epoch_to.is_(None))
        ).one_or_none()
        if current is None or current.acl != wanted:
            self._replace_acl(scope.id, current, wanted, observed_at)
        elif observed_at > current.observed_at:
            self._change_acl_row(current, observed_at=observed_at)
        return scope

    def profile(self, profile: Profile) -> int:
        """Return the id of an equal profile, adding it if it is new."""
        digest = profile.digest
        if digest not in self._profiles:
            known = _PROFILE_ID.one(self._connection, digest=digest)
            self._profiles[digest] = self._add_profile(digest, profile) if known is None else int(known[0])
        return self._profiles[digest]

    def compartment(self, scope: int, profile: int) -> int:
        """Return the id of this pair, adding it if it is new."""
        pair = scope, profile
        if pair not in self._compartments:
            known = _COMPARTMENT_ID.one(self._connection, scope=scope, profile=profile)
            self._compartments[pair] = self._add_compartment(*pair) if known is None else int(known[0])
        return self._compartments[pair]

    def _add_profile(self, digest: str, profile: Profile) -> int:
        self._counters.epoch("profile")
        return self._insert(profiles, digest=digest, body=profile, revision=self._counters.revision())

    def _add_compartment(self, scope: int, profile: int) -> int:
        self._counters.epoch("compartment")
        return self._insert(compartments, scope=scope, profile=profile, revision=self._counters.revision())

    def _end_membership(self, group: PrincipalToken, member: PrincipalToken, since: int, epoch: int) -> None:
        held = and_(
            memberships.c.group_token == group,
            memberships.c.member_token == member,
            memberships.c.epoch_from == since,
        )
        if since == epoch:  # it began in this transaction, so nobody ever saw it
            self._connection.execute(delete(memberships).where(held))
        else:
            ended = {"epoch_to": epoch, "revision": self._counters.revision()}
            self._connection.execute(update(memberships).where(held).values(ended))

    def _add_scope(self, source: str, key: str) -> Scope:
        self._counters.epoch("scope")
        return Scope(self._insert(scopes, source=source, key=key), source, key)

    def _intern(self, acl: Acl) -> int:
        digest = acl.digest
        known = self._connection.scalar(select(acls.c.id).where(acls.c.digest == digest))
        return int(known) if known is not None else self._insert(acls, digest=digest, body=acl)

    def _replace_acl(self, scope: int, current: Record | None, acl: int, observed_at: datetime) -> None:
        epoch = self._counters.epoch("acl")
        if current is not None and current.epoch_from == epoch:  # the earlier one was never in force for anybody
            self._change_acl_row(current, acl=acl, observed_at=observed_at)
            return
        if current is not None:
            self._change_acl_row(current, epoch_to=epoch)
        row = {"scope": scope, "acl": acl, "observed_at": observed_at, "epoch_from": epoch}
        self._add(scope_acls, [{**row, "revision": self._counters.revision()}])

    def _change_acl_row(self, row: Record, **values: Any) -> None:
        held = and_(scope_acls.c.scope == row.scope, scope_acls.c.epoch_from == row.epoch_from)
        self._connection.execute(update(scope_acls).where(held).values(revision=self._counters.revision(), **values))

    def _insert(self, table: Any, **values: Any) -> int:
        key = self._connection.execute(insert(table).values(values)).inserted_primary_key
        assert key is not None  # noqa: S101 - every table given here numbers its rows
        return int(key[0])
