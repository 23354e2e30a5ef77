"""Who may read which folder of a tree, as the source's settings say; a file inside the tree never has a say.

The root and every folder with a rule are scopes; a document belongs to the nearest one above it. A rule says how it
stands to the scope above, in the three modes of Google Cloud Search:

- `both` (the default): a reader must be permitted here *and* above; a rule can only narrow.
- `child`: whoever this rule names is decided here, everybody else above; so `allow` alone does not narrow.
- `parent`: whoever is named above is decided there, everybody else here.

No `allow` means nobody. Source: developers.google.com/cloud-search/docs/guides/acls (inheritance types).
"""

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.settings import digest, read_string, read_strings, read_table, refuse_unknown
from memory.domain.documents import SourceFailure, SourcePermission
from memory.domain.errors import InvalidRequest, Misconfigured
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl, AclEntry, Gate, Tier

ROOT_SCOPE = ""


class Inherit(StrEnum):
    """How the rule of a folder stands to the scope above it."""

    BOTH = "both"
    CHILD = "child"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class FolderPermissions:
    """The ACL of every scope of a tree, by scope key: the folder's path without slashes around it, "" for the root."""

    acls: Mapping[str, Acl]

    @classmethod
    def parse(cls, settings: Mapping[str, object]) -> "FolderPermissions":
        """Read `allow`, `deny` and `folders` = {path: {allow, deny, inherit}}. Raises `Misconfigured`."""
        acls = {ROOT_SCOPE: Acl((Gate((_tier(settings, "the settings"),)),))}
        rules = _folder_rules(read_table(settings, "folders", "the settings"))
        for key in sorted(rules, key=lambda path: path.count("/")):
            acls[key] = _inherited(acls[_nearest(acls, posixpath.dirname(key))], rules[key], f"folder {key!r}")
        return cls(acls)

    def scope_of(self, path: str) -> str:
        """Return the key of the nearest scope above the document at `path` (POSIX, relative)."""
        return _nearest(self.acls, posixpath.dirname(unicodedata.normalize("NFC", path)))

    def tell(self) -> Iterator[SourcePermission]:
        """Yield every scope's permission, the root first."""
        for key in sorted(self.acls):
            yield SourcePermission(key, self.acls[key])

    def unused(self, folders: Iterable[str], unlisted: Sequence[str] = ()) -> Iterator[SourceFailure]:
        """Yield a failure for every rule without a document: misspelt, it protects nothing, and nobody would notice.

        `folders` are those that hold something (POSIX, relative), `unlisted` those that could not be looked into.
        """
        used = _with_parents(folders)
        blind = tuple(f"{folder}/" for folder in unlisted)
        for key in sorted(self.acls.keys() - used - {ROOT_SCOPE}):
            if not f"{key}/".startswith(blind):
                yield SourceFailure(f"{key}/", "A rule names this folder, and nothing lies in it; correct the rule.")

    @property
    def scopes_digest(self) -> str:
        """Names the division into scopes: when it changes, documents may belong elsewhere."""
        return digest(sorted(self.acls))

    @property
    def acls_digest(self) -> str:
        """Names everything that these permissions say."""
        return digest({key: acl.to_json() for key, acl in self.acls.items()})


def _with_parents(folders: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        nearest = folder
        while nearest and nearest not in found:
            found.add(nearest)
            nearest = posixpath.dirname(nearest)
    return found


def _folder_rules(folders: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    rules: dict[str, Mapping[str, object]] = {}
    for path, rule in folders.items():
        key = unicodedata.normalize("NFC", path.removesuffix("/"))
        if not key or any(part in ("", ".", "..") for part in key.split("/")):
            raise Misconfigured(f"{path!r} under 'folders' must be a relative path such as 'hr/' or 'hr/pay/'.")
        if key in rules or not isinstance(rule, Mapping):
            raise Misconfigured(f"{path!r} under 'folders' must be one table; it is written twice or is none.")
        refuse_unknown(rule, {"allow", "deny", "inherit"}, f"folder {path!r}")
        rules[key] = rule
    return rules


def _inherited(above: Acl, rule: Mapping[str, object], place: str) -> Acl:
    tier = _tier(rule, place)
    mode = read_string(rule, "inherit", place) or Inherit.BOTH
    match mode:
        case Inherit.BOTH:
            return Acl((Gate((tier,)), *above.gates))
        case Inherit.CHILD:
            return Acl(tuple(Gate((tier, *gate.tiers)) for gate in above.gates))
        case Inherit.PARENT:
            return Acl(tuple(Gate((*gate.tiers, tier)) for gate in above.gates))
    raise Misconfigured(f"'inherit' in {place} must be one of: {', '.join(Inherit)}.")


def _tier(body: Mapping[str, object], place: str) -> Tier:
    return Tier(_entries(read_strings(body, "allow", place), place), _entries(read_strings(body, "deny", place), place))


def _entries(tokens: Iterable[str], place: str) -> frozenset[AclEntry]:
    try:
        return frozenset(AclEntry(PrincipalToken.parse(token)) for token in tokens)
    except InvalidRequest as error:
        raise Misconfigured(f"A principal in {place} cannot be read. {error}") from error


def _nearest(acls: Mapping[str, Acl], folder: str) -> str:
    while folder and folder not in acls:
        folder = posixpath.dirname(folder)
    return folder if folder in acls else ROOT_SCOPE
