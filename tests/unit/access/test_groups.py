"""Which tokens name a principal."""

from memory.access.groups import group_graph, tokens_of
from memory.domain.identity import EVERYONE, EVERYONE_EXCEPT_GUESTS, Principal, PrincipalToken
from memory.domain.ports.catalogue import Membership

token = PrincipalToken.parse
ADA = Principal(token("user:ada@acme.example"), "Ada")


def graph(**groups: tuple[str, ...]) -> dict[PrincipalToken, frozenset[PrincipalToken]]:
    rows = [Membership(token(f"group:{name}"), token(member)) for name, members in groups.items() for member in members]
    return dict(group_graph(rows))


def names(principal: Principal, **groups: tuple[str, ...]) -> set[str]:
    everyone = {EVERYONE, EVERYONE_EXCEPT_GUESTS}
    return {found.id for found in tokens_of(principal, graph(**groups)) - everyone - {principal.token}}


def test_groups_of_groups_are_reached() -> None:
    assert names(ADA, eng=(str(ADA.token),), staff=("group:eng",), other=("user:bob",)) == {"eng", "staff"}


def test_a_cycle_of_groups_ends() -> None:
    assert names(ADA, a=(str(ADA.token), "group:c"), b=("group:a",), c=("group:b",)) == {"a", "b", "c"}


def test_a_member_of_a_subgroup_only_goes_up() -> None:
    assert names(ADA, parent=(str(ADA.token),), child=()) == {"parent"}
    assert names(ADA, top=("group:sub",), sub=("user:bob",)) == set()


def test_everyone_can_be_a_member_of_a_group() -> None:
    guest = Principal(token("user:gus"), "Gus", guest=True)
    groups = {"all": ("everyone",), "inner": ("everyone-except-guests",)}
    assert names(ADA, **groups) == {"all", "inner"}
    assert names(guest, **groups) == {"all"}


def test_a_guest_is_everyone_and_not_everyone_except_guests() -> None:
    guest = tokens_of(Principal(token("user:gus"), "Gus", guest=True), {})
    assert EVERYONE in guest
    assert EVERYONE_EXCEPT_GUESTS not in guest
    assert EVERYONE_EXCEPT_GUESTS in tokens_of(ADA, {})


def test_an_inactive_principal_has_no_tokens_at_all() -> None:
    """Bites when `tokens_of` always starts from the principal's own token."""
    groups = graph(eng=(str(ADA.token),))
    assert tokens_of(Principal(ADA.token, "Ada", active=False), groups) == frozenset()
    assert tokens_of(ADA, groups)


def test_a_group_cannot_be_a_caller() -> None:
    assert tokens_of(Principal(token("group:eng"), "eng"), {}) == frozenset()


def test_an_address_does_not_make_a_member_of_its_domain() -> None:
    """Bites when a domain token is derived from the caller's own name."""
    acme = token("domain:acme.example")
    assert acme not in tokens_of(ADA, {})
    assert acme in tokens_of(ADA, group_graph([Membership(acme, ADA.token)]))


def test_a_membership_row_cannot_hand_out_somebody_elses_name() -> None:
    """Bites when `group_graph` takes every row: then ada would hold bob's token."""
    rows = [Membership(token("user:bob"), ADA.token), Membership(token("group:eng"), ADA.token)]
    found = tokens_of(ADA, group_graph(rows))
    assert token("user:bob") not in found
    assert token("group:eng") in found
