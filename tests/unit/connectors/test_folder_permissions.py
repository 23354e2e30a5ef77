"""Permissions of folders, as the settings of a source give them."""

from collections.abc import Mapping

import pytest

from connectors.folder_permissions import FolderPermissions
from memory.domain.documents import SourcePermission
from memory.domain.errors import Misconfigured
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl, AclEntry, Gate, Tier


def tier(*allow: str, deny: tuple[str, ...] = ()) -> Tier:
    return Tier(
        frozenset(AclEntry(PrincipalToken.parse(token)) for token in allow),
        frozenset(AclEntry(PrincipalToken.parse(token)) for token in deny),
    )


def parse(folders: Mapping[str, object] | None = None, **settings: object) -> FolderPermissions:
    return FolderPermissions.parse({"allow": ["group:staff"], "folders": folders or {}, **settings})


def test_without_an_allow_list_nobody_may_read() -> None:
    """Fails when an absent list means everyone."""
    assert FolderPermissions.parse({}).acls == {"": Acl.of([])}
    assert parse(allow=["group:staff"]).acls == {"": Acl.of([PrincipalToken.parse("group:staff")])}


def test_a_folder_narrows_unless_told_otherwise() -> None:
    """Fails when `allow` on a folder leaves it open to everybody whom the root allows."""
    permissions = parse({"hr/": {"allow": ["group:hr"]}})
    assert permissions.acls["hr"] == Acl((Gate((tier("group:hr"),)), Gate((tier("group:staff"),))))


@pytest.mark.parametrize(
    ("inherit", "gates"),
    [
        ("both", (Gate((tier("group:hr"),)), Gate((tier("group:staff"),)))),
        ("child", (Gate((tier("group:hr"), tier("group:staff"))),)),
        ("parent", (Gate((tier("group:staff"), tier("group:hr"))),)),
    ],
)
def test_each_mode_of_inheritance_has_its_gates(inherit: str, gates: tuple[Gate, ...]) -> None:
    assert parse({"hr": {"allow": ["group:hr"], "inherit": inherit}}).acls["hr"] == Acl(gates)


def test_a_folder_inherits_from_the_nearest_scope_above_it() -> None:
    folders = {
        "hr/pay/board/": {"allow": ["group:board"], "inherit": "child"},
        "hr/": {"allow": ["group:hr"], "deny": ["user:eve"]},
    }
    board = parse(folders).acls["hr/pay/board"]
    hr, root, own = tier("group:hr", deny=("user:eve",)), tier("group:staff"), tier("group:board")
    assert board == Acl((Gate((own, hr)), Gate((own, root))))


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("a.md", ""),
        ("hr/a.md", "hr"),
        ("hr/x/y/a.md", "hr"),
        ("hr/pay/a.md", "hr/pay"),
        ("hrx/a.md", ""),
        ("hr", ""),
        ("Büro/a.md", "Büro"),
        ("Bu\u0308ro/a.md", "Büro"),
    ],
)
def test_a_document_belongs_to_the_nearest_scope(path: str, scope: str) -> None:
    """A name in another Unicode form is the same folder: fails when it falls out of its scope into a wider one."""
    permissions = parse({"hr/": {}, "hr/pay/": {}, "Bu\u0308ro/": {}})
    assert permissions.scope_of(path) == scope


def test_every_scope_is_told() -> None:
    permissions = parse({"hr/": {"allow": ["group:hr"]}})
    assert list(permissions.tell()) == [SourcePermission(key, permissions.acls[key]) for key in ("", "hr")]


@pytest.mark.parametrize(
    "folders",
    [
        {"/": {}},
        {"": {}},
        {"/etc": {}},
        {"hr/../board": {}},
        {"./hr": {}},
        {"hr//pay": {}},
        {"hr": {}, "hr/": {}},
        {"hr": "group:hr"},
        {"hr": {"alow": ["group:hr"]}},
        {"hr": {"allow": "group:hr"}},
        {"hr": {"allow": [1]}},
        {"hr": {"allow": ["nobody in particular"]}},
        {"hr": {"inherit": "none"}},
    ],
)
def test_a_rule_that_cannot_be_understood_is_refused(folders: dict[str, object]) -> None:
    """Fails when a misspelt or misplaced rule is passed over, and with it a restriction."""
    with pytest.raises(Misconfigured):
        parse(folders)


def test_scopes_and_permissions_change_their_own_digests() -> None:
    plain, other = parse({"hr": {"allow": ["group:hr"]}}), parse({"hr": {"allow": ["group:board"]}})
    assert plain.scopes_digest == other.scopes_digest != parse().scopes_digest
    assert plain.acls_digest != other.acls_digest


def test_a_rule_without_a_document_is_reported() -> None:
    """Bites: a misspelt rule that is silent. The twins are rules whose folder holds something, or cannot be listed."""
    rules = {path: {"allow": ["group:hr"]} for path in ("pay", "Pay", "people/old", "people", "locked/in", "empty")}
    permissions = FolderPermissions.parse({"allow": ["group:staff"], "folders": rules})
    failures = list(permissions.unused(["", "pay/2024", "people/old"], ["locked"]))
    assert [failure.external_id for failure in failures] == ["Pay/", "empty/"]
    assert all("correct the rule" in failure.reason for failure in failures)
