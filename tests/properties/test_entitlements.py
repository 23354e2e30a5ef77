"""Invariants of entitlements, against a reference that shares no code with the product.

What holds, exactly: adding a deny, removing an allow, expiry of an allow, and a lower state never add access, to any
ACL. Losing a token never adds access where no entry denies; with denies it may, and that is what a deny is for.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from memory.access.acl_index import AclIndex
from memory.access.directory import AccessState
from memory.access.entitlements import next_change, permits
from memory.access.groups import group_graph, tokens_of
from memory.domain.governance import Compartment, Profile, ReviewState, Sensitivity
from memory.domain.identity import EVERYONE, EVERYONE_EXCEPT_GUESTS, Principal, PrincipalKind, PrincipalToken
from memory.domain.permissions import Acl, AclEntry, AclState, Gate, ScopeAcl, Tier
from memory.domain.ports.catalogue import AccessDelta, Membership, Position

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PEOPLE = [PrincipalToken("local", PrincipalKind.USER, name) for name in "abc"]
GROUPS = [PrincipalToken("local", PrincipalKind.GROUP, name) for name in "wxyz"]
TOKENS = [*PEOPLE, *GROUPS, EVERYONE, EVERYONE_EXCEPT_GUESTS, PrincipalToken("other", PrincipalKind.USER, "a")]

tokens = st.frozensets(st.sampled_from(TOKENS))
entries = st.builds(
    AclEntry,
    st.sampled_from(TOKENS),
    st.sampled_from([None, None, None, NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1)]),
    st.sampled_from([True, True, True, False]),
)
sides = st.frozensets(entries, max_size=3)
tiers = st.builds(Tier, sides, sides | st.just(frozenset()))
gates = st.builds(Gate, st.lists(tiers, max_size=3).map(tuple))
acls = st.builds(Acl, st.lists(gates, max_size=3).map(tuple), st.sampled_from([AclState.COMPLETE] * 4 + list(AclState)))
# Shapes that random nesting seldom hits: everyday lists, lists with a deny, and two gates that name different people.
lists = st.lists(st.sampled_from(TOKENS), max_size=4)
listed_acls = st.builds(Acl.of, lists, lists.map(lambda names: names[:1]))
both_permit = st.builds(lambda one, two: Acl((*Acl.of(one).gates, *Acl.of(two).gates)), lists, lists)
ends = st.sampled_from([NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1)])
timed_acls = st.builds(
    lambda names, end: Acl((Gate((Tier(frozenset(AclEntry(name, end) for name in names)),)),)), lists, ends
)
everyday_acls = listed_acls | both_permit | timed_acls
moments = st.sampled_from([NOW - timedelta(hours=2), NOW, NOW + timedelta(hours=2)])


# --- The reference: strings, loops and the words of the design -------------------------------------------------------


def reference_permits(acl: Acl, names: set[str], now: datetime) -> bool:
    """Decide one ACL from its canonical JSON."""
    body = acl.to_json()
    if body["state"] != "complete" or body["gates"] == []:
        return False
    for gate in body["gates"]:
        decision = "silent"
        for tier in gate:
            if decision != "silent":
                continue
            for entry in tier["allow"]:
                if "discoverable" not in entry and reference_speaks(entry, names, now):
                    decision = "allow"
            for entry in tier["deny"]:
                if reference_speaks(entry, names, now):
                    decision = "deny"
        if decision != "allow":
            return False
    return True


def reference_speaks(entry: dict[str, str], names: set[str], now: datetime) -> bool:
    ended = "expires_at" in entry and datetime.fromisoformat(entry["expires_at"]) <= now
    return entry["token"] in names and not ended


def reference_names(principal: Principal, memberships: Iterable[Membership]) -> set[str]:
    """Return the names of a principal by adding groups until nothing changes."""
    if not principal.active:
        return set()
    names = {str(principal.token), "local|everyone|*"} | (
        set() if principal.guest else {"local|everyone-except-guests|*"}
    )
    for _ in range(len(TOKENS) + 1):
        names |= {str(row.group) for row in memberships if str(row.member) in names and "|group|" in str(row.group)}
    return names


def names_of(found: frozenset[PrincipalToken]) -> set[str]:
    return set(map(str, found))


memberships = st.lists(
    st.builds(
        Membership, st.sampled_from([*GROUPS, PEOPLE[1], EVERYONE]), st.sampled_from([*PEOPLE, *GROUPS, EVERYONE])
    ),
    max_size=10,
)
principals = st.builds(
    Principal, st.sampled_from(PEOPLE), st.just("x"), guest=st.booleans(), active=st.sampled_from([True, True, False])
)


@given(principals, memberships)
def test_group_expansion_equals_the_reference_and_ends_on_cycles(principal: Principal, rows: list[Membership]) -> None:
    assert names_of(tokens_of(principal, group_graph(rows))) == reference_names(principal, rows)


@settings(max_examples=200)
@given(acls, tokens, moments)
def test_the_single_check_equals_the_reference(acl: Acl, who: frozenset[PrincipalToken], now: datetime) -> None:
    """Bites when tiers are walked in another order, deny and allow change places, or an expired entry speaks."""
    assert permits(acl, who, now) is reference_permits(acl, names_of(who), now)


@given(acls, tokens, moments)
def test_nothing_changes_before_the_next_change(acl: Acl, who: frozenset[PrincipalToken], now: datetime) -> None:
    change = next_change(acl, who, now)
    before = now + timedelta(days=9) if change is None else change - timedelta(microseconds=1)
    assert permits(acl, who, before) is permits(acl, who, now)
    assert change is None or change > now


# --- Monotonicity ----------------------------------------------------------------------------------------------------


def edited(acl: Acl, gate: int, tier: int, change: Tier) -> Acl:
    """Return the ACL with one tier replaced; positions count around."""
    number = gate % len(acl.gates)
    kept = acl.gates[number].tiers
    place = tier % len(kept)
    replaced = Gate((*kept[:place], change, *kept[place + 1 :]))
    return Acl((*acl.gates[:number], replaced, *acl.gates[number + 1 :]), acl.state)


def tier_at(acl: Acl, gate: int, tier: int) -> Tier:
    kept = acl.gates[gate % len(acl.gates)].tiers
    return kept[tier % len(kept)]


full_acls = acls.filter(lambda acl: bool(acl.gates) and all(gate.tiers for gate in acl.gates))
places = st.tuples(st.integers(0, 2), st.integers(0, 2))


@settings(max_examples=100)
@given(full_acls, places, entries, tokens, moments)
def test_adding_a_deny_never_adds_access(
    acl: Acl, place: tuple[int, int], entry: AclEntry, who: frozenset[PrincipalToken], now: datetime
) -> None:
    """Bites when a deny that speaks counts as an allow."""
    old = tier_at(acl, *place)
    after = edited(acl, *place, Tier(old.allow, old.deny | {entry}))
    assert permits(acl, who, now) or not permits(after, who, now)


@settings(max_examples=100)
@given(full_acls, places, st.data(), tokens, moments)
def test_removing_or_hiding_an_allow_never_adds_access(
    acl: Acl, place: tuple[int, int], data: st.DataObject, who: frozenset[PrincipalToken], now: datetime
) -> None:
    old = tier_at(acl, *place)
    if not old.allow:
        return
    entry = data.draw(st.sampled_from(sorted(old.allow, key=repr)))
    rest = old.allow - {entry}
    for allow in (rest, rest | {replace(entry, discoverable=False)}, rest | {replace(entry, expires_at=now)}):
        after = edited(acl, *place, Tier(allow, old.deny))
        assert permits(acl, who, now) or not permits(after, who, now)


@given(acls, tokens, moments, st.sampled_from([AclState.INCOMPLETE, AclState.UNKNOWN]))
def test_a_lower_state_permits_nobody(acl: Acl, who: frozenset[PrincipalToken], now: datetime, state: AclState) -> None:
    """Bites when `permits` does not look at the state of the ACL."""
    assert not permits(Acl(acl.gates, state), who, now)


@given(acls, gates, tokens, moments)
def test_another_gate_never_adds_access(acl: Acl, gate: Gate, who: frozenset[PrincipalToken], now: datetime) -> None:
    """Bites when one gate suffices."""
    after = Acl((*acl.gates, gate), acl.state)
    assert permits(acl, who, now) or not acl.gates or not permits(after, who, now)


@given(acls, tokens, tokens, moments)
def test_losing_tokens_never_adds_access_where_nothing_denies(
    acl: Acl, who: frozenset[PrincipalToken], lost: frozenset[PrincipalToken], now: datetime
) -> None:
    open_gates = tuple(Gate(tuple(Tier(tier.allow) for tier in gate.tiers)) for gate in acl.gates)
    without_denies = Acl(open_gates, acl.state)
    assert permits(without_denies, who, now) or not permits(without_denies, who - lost, now)


@given(acls, tokens, moments, st.randoms())
def test_the_order_and_repetition_of_gates_do_not_matter(
    acl: Acl, who: frozenset[PrincipalToken], now: datetime, random: object
) -> None:
    shuffled = [*acl.gates, *acl.gates]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert permits(Acl(tuple(shuffled), acl.state), who, now) is permits(acl, who, now)


# --- The state in memory ---------------------------------------------------------------------------------------------

NONE: frozenset[str] = frozenset()
rows = st.lists(
    st.builds(
        ScopeAcl,
        st.integers(1, 6),
        st.sampled_from(["wiki", "git"]),
        acls | everyday_acls | everyday_acls,
        st.just(NOW),
    ),
    max_size=8,
)
everybody = st.lists(principals, max_size=3, unique_by=lambda principal: principal.token).map(tuple)
deltas = st.builds(
    AccessDelta,
    st.builds(Position, st.integers(1, 9), st.integers(1, 9)),
    rows.map(tuple),
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.builds(
                Profile,
                *map(st.just, (Sensitivity.PUBLIC, NONE, NONE, NONE)),
                owner_team=st.sampled_from(["p", "q"]),
                review=st.just(ReviewState.SUGGESTED),
                origin=st.just("wiki"),
            ),
        ),
        max_size=2,
    ).map(tuple),
    st.lists(
        st.builds(
            Compartment, st.integers(1, 9), st.integers(1, 6), st.integers(1, 3), st.integers(0, 3), st.integers(3, 5)
        ),
        max_size=3,
    ).map(tuple),
    st.none() | memberships.map(tuple),
    st.sampled_from([None] * 3 + [tuple(Principal(token, "x") for token in PEOPLE)]) | everybody,
    st.sampled_from([frozenset(), frozenset({"git"})]),
    st.just(frozenset()),
)

histories = st.builds(
    lambda first, later: [replace(first, principals=tuple(Principal(token, "x") for token in PEOPLE)), *later],
    deltas,
    st.lists(deltas, max_size=3),
)


def merged(history: list[AccessDelta]) -> AccessDelta:
    """Return the whole state as one delta, the way the catalogue would tell it to a reader that knows nothing."""
    lists = [[delta.memberships for delta in history], [delta.principals for delta in history]]
    members, known = (next((each for each in reversed(found) if each is not None), None) for found in lists)
    return AccessDelta(
        history[-1].position,
        tuple({row.scope: row for delta in history for row in delta.acls}.values()),
        tuple({number: profile for delta in history for number, profile in delta.profiles}.items()),
        tuple({row.id: row for delta in history for row in delta.compartments}.values()),
        members,
        known,
        history[-1].suspended_sources,
        history[-1].stale_rosters,
    )


def after(history: list[AccessDelta]) -> AccessState:
    state = AccessState()
    for delta in history:
        state = state.updated(delta)
    return state


@settings(max_examples=200, deadline=None)
@given(st.lists(acls | everyday_acls | everyday_acls, min_size=1, max_size=6), st.lists(tokens, max_size=2), moments)
def test_the_index_equals_one_check_per_acl(
    found: list[Acl], who: list[frozenset[PrincipalToken]], now: datetime
) -> None:
    """Bites when the inverted map misses an ACL, takes a timed or denying one for plain, or unites the parties."""
    index = AclIndex().updated(ScopeAcl(number, "wiki", acl, NOW) for number, acl in enumerate(found))
    expected = {
        number
        for number, acl in enumerate(found)
        if who and all(reference_permits(acl, names_of(each), now) for each in who)
    }
    assert index.permitted(who, now).scopes == expected


@settings(max_examples=100, deadline=None)
@given(histories, st.lists(st.sampled_from(PEOPLE), max_size=2), moments)
def test_many_scopes_at_once_equal_one_check_each(
    history: list[AccessDelta], callers: list[PrincipalToken], now: datetime
) -> None:
    """Bites when an update leaves an old ACL, membership or person in force."""
    state, facts = after(history), merged(history)
    known = {principal.token: principal for principal in facts.principals or ()}
    names = [
        reference_names(known[caller], facts.memberships or ()) if caller in known else set() for caller in callers
    ]
    expected = {
        row.scope
        for row in facts.acls
        if callers
        and row.source not in facts.suspended_sources
        and all(reference_permits(row.acl, each, now) for each in names)
    }
    assert state.visible_scopes([state.party(caller) for caller in callers], now).scopes == expected


@settings(max_examples=50, deadline=None)
@given(histories, st.sampled_from(PEOPLE), moments)
def test_entitlements_hold_until_they_say(history: list[AccessDelta], caller: PrincipalToken, now: datetime) -> None:
    state = after(history)
    found = state.visible_scopes([state.party(caller)], now)
    end = found.valid_until
    last = now + timedelta(days=9) if end is None else end - timedelta(microseconds=1)
    assert state.visible_scopes([state.party(caller)], last).scopes == found.scopes
    assert end is None or end > now


@settings(max_examples=50, deadline=None)
@given(histories)
def test_updating_step_by_step_equals_starting_from_the_whole(history: list[AccessDelta]) -> None:
    stepped, whole = after(history), AccessState().updated(merged(history))
    assert {scope: row.acl for scope, row in stepped.acls.rows.items()} == {
        scope: row.acl for scope, row in whole.acls.rows.items()
    }
    assert set(stepped.acls.rules) == set(whole.acls.rules)
    assert set(stepped.acls.named) == set(whole.acls.named)
    assert (stepped.principals, stepped.graph, stepped.profiles) == (whole.principals, whole.graph, whole.profiles)
    assert stepped.compartments == whole.compartments
    assert list(stepped.compartments.by_id) == sorted(stepped.compartments.by_id)
    assert stepped.position == whole.position


@given(histories, st.frozensets(st.integers(1, 6)), st.frozensets(st.integers(1, 3)))
def test_every_compartment_is_visible_or_hidden(
    history: list[AccessDelta], scopes: frozenset[int], profiles: frozenset[int]
) -> None:
    state = after(history)
    known = state.compartments.by_id
    permitted = {number for number, row in known.items() if row.scope in scopes and row.profile in profiles}
    for moment in (None, NOW):
        visible = state.compartments_in(scopes, profiles, moment=moment, withheld=frozenset())
        points = {number: row.total if moment else row.current for number, row in known.items()}
        assert set(visible.compartments) == {number for number in permitted if points[number]}
        assert set(visible.hidden) == set(known) - set(visible.compartments)
        assert visible.chunks == sum(points[number] for number in permitted)
        assert visible.total == sum(points.values())
        assert visible.known_up_to == max(known, default=0)
        assert list(visible.compartments) == sorted(visible.compartments)
        assert list(visible.hidden) == sorted(visible.hidden)
