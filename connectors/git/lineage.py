"""Which document a path holds: changes of one first-parent commit in, steps of documents out.

A document keeps its id through renames. Its id is the first path it had; a document that comes to a path while the
document named after it lives on elsewhere is called `PATH@COMMIT` (12 digits). The rules, in the order they apply to a
commit:

1. What the commit deletes or renames leaves its path.
2. A renamed document is the same document, and from now on the one that its new path remembers, even if the path
   remembered a deleted one.
3. A path that appears (again) belongs to the document it remembers, the last one that was there, if that one is not
   alive elsewhere: a deletion is a tombstone, and a return is the next version. Otherwise a new document begins.

So a file renamed away and, rewritten beyond recognition, put back in one commit stays one document.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_LOOKS_DERIVED = re.compile(r"@[0-9a-f]{12}\Z")


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to one path; None is absence. `before != after` with both present is a rename."""

    before: str | None
    after: str | None
    blob: str
    link: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What one commit did to one document: `before` and `after` are its paths, None where it was absent."""

    external_id: str
    before: str | None
    after: str | None
    blob: str
    link: bool = False


@dataclass(slots=True)
class Lineage:
    """The memory of every path: `holders` maps a path to the last document there, `places` a living one to its path."""

    holders: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    @classmethod
    def remembered(cls, living: Mapping[str, str], past: Mapping[str, str]) -> "Lineage":
        """Return a lineage from two maps of path to document: where one lives, and where one was last."""
        return cls({**past, **living}, {external_id: path for path, external_id in living.items()})

    @property
    def living(self) -> dict[str, str]:
        """Path to document, for paths that hold one now."""
        return {path: external_id for external_id, path in self.places.items()}

    @property
    def past(self) -> dict[str, str]:
        """Path to document, for paths that hold none now."""
        return {path: owner for path, owner in self.holders.items() if self.places.get(owner) != path}

    def apply(self, commit: str, changes: Sequence[Change]) -> Iterator[Step]:
        """Yield what `commit` did to documents, deletions last. Raises `KeyError` if a changed path is unknown."""
        departed = {c.before: self._leave(c.before) for c in changes if c.before is not None and c.before != c.after}
        deleted = {departed[c.before]: c.before for c in changes if c.before is not None and c.after is None}
        for change in changes:
            if change.before is not None and change.after is not None and change.before != change.after:
                self._settle(departed[change.before], change.after)
        for change in changes:
            if change.after is None:
                continue
            if change.before is None:
                owner = self._claim(change.after, commit)
                yield Step(owner, deleted.pop(owner, None), change.after, change.blob, change.link)
            else:
                yield Step(self.holders[change.after], change.before, change.after, change.blob, change.link)
        for owner, path in deleted.items():
            yield Step(owner, path, None, "")

    def _leave(self, path: str) -> str:
        owner = self.holders[path]
        del self.places[owner]
        return owner

    def _settle(self, owner: str, path: str) -> None:
        self.holders[path] = owner
        self.places[owner] = path

    def _claim(self, path: str, commit: str) -> str:
        """Return the document that appears at `path`, and settle it there."""
        owner = self.holders.get(path)
        if owner is None or owner in self.places:
            # A path that only looks like a derived id always gets one, so that no two documents can share an id.
            plain = owner is None and not _LOOKS_DERIVED.search(path)
            owner = path if plain else f"{path}@{commit[:12]}"
        self._settle(owner, path)
        return owner
