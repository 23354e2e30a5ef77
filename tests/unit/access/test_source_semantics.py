"""Golden tables: what the systems that documents come from mean by their permissions, as one ACL each.

Each row gives an ACL in the words of its source, who asks, and whether they find the document. Callers are named by
what they belong to; ada is an employee in engineering and reviewers, bob in engineering, gus a guest in partners.
"""

from datetime import UTC, datetime, timedelta

import pytest

from memory.access.entitlements import permits
from memory.access.groups import group_graph, tokens_of
from memory.domain.identity import EVERYONE, EVERYONE_EXCEPT_GUESTS, Principal, PrincipalToken
from memory.domain.permissions import UNKNOWN_ACL, Acl, AclEntry, AclState, Gate, Tier
from memory.domain.ports.catalogue import Membership

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
token = PrincipalToken.parse

ADA, BOB, GUS, BOT, EVE = map(token, ("user:ada", "user:bob", "user:gus", "service:bot", "user:eve"))
ENG, REVIEWERS, PARTNERS, STAFF = map(token, ("group:eng", "group:reviewers", "group:partners", "group:staff"))
ACME = token("domain:acme.example")

GRAPH = group_graph(
    [
        *(Membership(ENG, member) for member in (ADA, BOB)),
        Membership(REVIEWERS, ADA),
        Membership(PARTNERS, GUS),
        Membership(STAFF, ENG),
        *(Membership(ACME, member) for member in (ADA, BOB)),
    ]
)
PEOPLE = {
    "ada": Principal(ADA, "Ada"),
    "bob": Principal(BOB, "Bob"),
    "gus": Principal(GUS, "Gus", guest=True),
    "bot": Principal(BOT, "Bot"),
    "eve": Principal(EVE, "Eve", active=False),
}
TOKENS = {name: tokens_of(principal, GRAPH) for name, principal in PEOPLE.items()}


def tier(allow: tuple[object, ...] = (), deny: tuple[object, ...] = ()) -> Tier:
    return Tier(frozenset(map(_entry, allow)), frozenset(map(_entry, deny)))


def _entry(item: object) -> AclEntry:
    return item if isinstance(item, AclEntry) else AclEntry(item)  # type: ignore[arg-type]


def gates(*each: tuple[Tier, ...], state: AclState = AclState.COMPLETE) -> Acl:
    return Acl(tuple(map(Gate, each)), state)


def rows(table: dict[str, tuple[Acl, str]]) -> pytest.MarkDecorator:
    """Make one test per (row, person): every row says of everybody whether they find the document."""
    cases = [
        pytest.param(acl, name, name in finders.split(), id=f"{title}: {name}")
        for title, (acl, finders) in table.items()
        for name in TOKENS
    ]
    return pytest.mark.parametrize(("acl", "name", "expected"), cases)


# --- NTFS: explicit deny, explicit allow, then each ancestor's deny and allow, nearest first -------------------------


def ntfs(*levels: tuple[tuple[object, ...], tuple[object, ...]]) -> Acl:
    """Return one gate of (deny, allow) per level, the object itself first."""
    return gates(tuple(tier(allow, deny) for deny, allow in levels))


NTFS = {
    "explicit allow": (ntfs(((), (ADA,))), "ada"),
    "explicit allow beats inherited deny": (ntfs(((), (ADA,)), ((ENG,), (STAFF,))), "ada"),
    "explicit deny beats explicit allow": (ntfs(((ADA,), (ENG,))), "bob"),
    "explicit deny of a group beats explicit allow of a member": (ntfs(((REVIEWERS,), (ADA, BOB))), "bob"),
    "explicit deny beats inherited allow": (ntfs(((BOB,), ()), ((), (ENG,))), "ada"),
    "inherited deny beats inherited allow of one level": (ntfs(((), ()), ((ADA,), (ENG,))), "bob"),
    "parent's allow beats grandparent's deny": (ntfs(((), ()), ((), (BOB,)), ((ENG,), (STAFF,))), "bob"),
    "parent's deny beats grandparent's allow": (ntfs(((), ()), ((BOB,), ()), ((), (ENG,))), "ada"),
    "a dacl without entries permits nobody": (ntfs(((), ())), ""),
    "deny everyone, allow later": (ntfs(((EVERYONE,), ()), ((), (ENG,))), ""),
}


@rows(NTFS)
def test_windows_order_of_entries_is_kept(acl: Acl, name: str, *, expected: bool) -> None:
    assert permits(acl, TOKENS[name], NOW) is expected


# --- Google Cloud Search: readers, denied readers, and three ways to inherit -----------------------------------------


def cloud_search(mode: str, child: Tier, parent: Tier) -> Acl:
    if mode == "CHILD_OVERRIDE":
        return gates((child, parent))
    if mode == "PARENT_OVERRIDE":
        return gates((parent, child))
    return gates((child,), (parent,))  # BOTH_PERMIT


CHILD_ADA = tier((ADA,), (BOB,))
PARENT_ENG = tier((ENG,))
PARENT_NOT_ADA = tier((ENG,), (ADA,))
CLOUD_SEARCH = {
    "child override, parent adds": (cloud_search("CHILD_OVERRIDE", tier((GUS,)), PARENT_ENG), "ada bob gus"),
    "child override, child denies": (cloud_search("CHILD_OVERRIDE", CHILD_ADA, PARENT_ENG), "ada"),
    "child override, child allows whom the parent denies": (
        cloud_search("CHILD_OVERRIDE", tier((ADA,)), PARENT_NOT_ADA),
        "ada bob",
    ),
    "parent override, parent denies whom the child allows": (
        cloud_search("PARENT_OVERRIDE", tier((ADA, GUS)), PARENT_NOT_ADA),
        "bob gus",
    ),
    "parent override, parent allows whom the child denies": (
        cloud_search("PARENT_OVERRIDE", CHILD_ADA, PARENT_ENG),
        "ada bob",
    ),
    "both permit": (cloud_search("BOTH_PERMIT", tier((ADA, GUS)), PARENT_ENG), "ada"),
    "both permit, one denies": (cloud_search("BOTH_PERMIT", tier((ENG,)), PARENT_NOT_ADA), "bob"),
    "both permit, one says nothing": (cloud_search("BOTH_PERMIT", tier((ENG,)), tier()), ""),
    "denied readers override readers": (cloud_search("CHILD_OVERRIDE", tier((ENG,), (REVIEWERS,)), tier()), "bob"),
    "owners have no bearing": (cloud_search("CHILD_OVERRIDE", tier(), tier()), ""),
}


@rows(CLOUD_SEARCH)
def test_cloud_search_inheritance_modes(acl: Acl, name: str, *, expected: bool) -> None:
    assert permits(acl, TOKENS[name], NOW) is expected


# --- Google Drive: links, domains, expiry, folders of limited access -------------------------------------------------


def link(who: PrincipalToken) -> AclEntry:
    return AclEntry(who, discoverable=False)


def until(who: PrincipalToken, days: float) -> AclEntry:
    return AclEntry(who, expires_at=NOW + timedelta(days=days))


def drive(*permissions: object) -> Acl:
    return gates((tier(permissions),))


DRIVE = {
    "shared with a person": (drive(BOB), "bob"),
    "shared with a group": (drive(ENG), "ada bob"),
    "shared with a nested group": (drive(STAFF), "ada bob"),
    "anyone with the link finds nothing": (drive(link(EVERYONE)), ""),
    "anyone with the link, and a person by name": (drive(link(EVERYONE), ADA), "ada"),
    "discoverable by anyone": (drive(EVERYONE), "ada bob gus bot"),
    "the domain": (drive(ACME), "ada bob"),
    "the domain with the link": (drive(link(ACME)), ""),
    "a subdomain is another domain": (drive(token("domain:mail.acme.example")), ""),
    "until tomorrow": (drive(until(BOB, 1)), "bob"),
    "until yesterday": (drive(until(BOB, -1)), ""),
    "until this very moment": (drive(until(BOB, 0)), ""),
    "expired, and by group": (drive(until(BOB, -1), ENG), "ada bob"),
    "limited folder: only its own list": (gates((tier((ADA,)),)), "ada"),
    "limited folder inside a shared one is entered by both": (gates((tier((ADA, GUS)),), (tier((ENG,)),)), "ada"),
    "a link on the file leaves the folder's readers": (gates((tier((link(EVERYONE),)), tier((ENG,)))), "ada bob"),
}


@rows(DRIVE)
def test_drive_links_domains_and_expiry(acl: Acl, name: str, *, expected: bool) -> None:
    """Bites when a link-only allow is found by, or when it silences what the folder says."""
    assert permits(acl, TOKENS[name], NOW) is expected


# --- Microsoft Graph external items: grant and deny, everyone, everyone except guests --------------------------------


def graph_item(grant: tuple[object, ...], deny: tuple[object, ...] = ()) -> Acl:
    return gates((tier(grant, deny),))


GRAPH_ITEMS = {
    "grant everyone": (graph_item((EVERYONE,)), "ada bob gus bot"),
    "grant everyone except guests": (graph_item((EVERYONE_EXCEPT_GUESTS,)), "ada bob bot"),
    "a guest by group beside everyone except guests": (
        graph_item((EVERYONE_EXCEPT_GUESTS, PARTNERS)),
        "ada bob gus bot",
    ),
    "grant everyone, deny everyone except guests": (graph_item((EVERYONE,), (EVERYONE_EXCEPT_GUESTS,)), "gus"),
    "deny wins over grant": (graph_item((EVERYONE,), (BOB,)), "ada gus bot"),
    "deny of an external group": (graph_item((EVERYONE_EXCEPT_GUESTS,), (ENG,)), "bot"),
    "everyone of another tenant": (graph_item((token("contoso|everyone|*"),)), ""),
    "the same name in another directory": (graph_item((token("contoso|user|ada"),)), ""),
    "a group with a person's name": (graph_item((token("group:ada"),)), ""),
    "a service by name": (graph_item((BOT,)), "bot"),
}


@rows(GRAPH_ITEMS)
def test_graph_everyone_except_guests(acl: Acl, name: str, *, expected: bool) -> None:
    assert permits(acl, TOKENS[name], NOW) is expected


# --- Confluence: the space and every restricted ancestor must permit -------------------------------------------------


def confluence(space: Tier, *restrictions: Tier) -> Acl:
    return gates(*((restriction,) for restriction in restrictions), (space,))


SPACE = tier((STAFF, PARTNERS))
CONFLUENCE = {
    "no restrictions at all": (confluence(SPACE), "ada bob gus"),
    "a restricted page": (confluence(SPACE, tier((ADA,))), "ada"),
    "a restriction does not replace the space": (confluence(SPACE, tier((ADA, BOT))), "ada"),
    "a restricted page below a restricted page": (confluence(SPACE, tier((REVIEWERS,)), tier((ENG,))), "ada"),
    "an empty list of inherited restrictions is not public": (confluence(SPACE, tier()), ""),
    "restrictions that could not be read": (gates((SPACE,), state=AclState.INCOMPLETE), ""),
    "an anonymous space is discoverable": (confluence(tier((EVERYONE,))), "ada bob gus bot"),
}


@rows(CONFLUENCE)
def test_confluence_space_and_restrictions(acl: Acl, name: str, *, expected: bool) -> None:
    assert permits(acl, TOKENS[name], NOW) is expected


# --- What a source did not say ---------------------------------------------------------------------------------------

OPEN = (tier((EVERYONE, ADA)),)
CLOSED = {
    "complete, as the twin": (gates(OPEN), "ada bob gus bot"),
    "incomplete": (gates(OPEN, state=AclState.INCOMPLETE), ""),
    "unknown": (gates(OPEN, state=AclState.UNKNOWN), ""),
    "the unknown acl": (UNKNOWN_ACL, ""),
    "complete without gates": (gates(), ""),
    "a gate without tiers": (gates(()), ""),
    "an open gate and a gate without tiers": (gates(OPEN, ()), ""),
    "tiers that say nothing": (gates((tier(), tier())), ""),
    "an empty allow list": (Acl.of([]), ""),
    "only a deny": (Acl.of([], [BOB]), ""),
}


@rows(CLOSED)
def test_what_is_empty_unknown_or_incomplete_is_for_nobody(acl: Acl, name: str, *, expected: bool) -> None:
    """Bites when `permits` returns `all(...)` without asking for gates first: `all` of no gates is true."""
    assert permits(acl, TOKENS[name], NOW) is expected
