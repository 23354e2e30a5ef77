"""What git itself says about a repository: the judge of `versions`.

Nothing here is shared with the connector, which reads repositories through a library and follows renames by code of its
own. Commits are those of the first-parent history of HEAD, each compared with its first parent by `git diff-tree -M`.
"""

import os
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
Place = tuple[str, str]
"""A commit, and a path in it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to one file, by its letter: A(dded), M(odified), R(enamed), T(ype changed), D(eleted)."""

    commit: str
    letter: str
    before: str
    after: str


class Repository:
    """A bare clone of a bundle."""

    def __init__(self, bundle: Path, folder: Path) -> None:
        self._clone = folder / f"{bundle.stem}.git"
        _git("clone", "--quiet", "--bare", str(bundle), str(self._clone))

    @cached_property
    def commits(self) -> list[tuple[str, int]]:
        """(commit, seconds since 1970) along the first parents, oldest first."""
        lines = self._run("log", "--first-parent", "--reverse", "--format=%H %ct", "HEAD").decode().splitlines()
        return [(line.split()[0], int(line.split()[1])) for line in lines]

    @cached_property
    def changes(self) -> list[Change]:
        """Every change of every commit."""
        return [change for commit, _ in self.commits for change in self._changes_of(commit)]

    @cached_property
    def histories(self) -> list[list[Place]]:
        """The versions of every document, oldest first, and documents in the order in which they appeared.

        A document keeps its identity through renames, and a path that returns after a deletion is the same document
        again unless that one lives on under another path.
        """
        alive: dict[str, int] = {}
        last: dict[str, int] = {}
        histories: dict[int, list[Place]] = defaultdict(list)
        for commit, group in groupby(self.changes, key=lambda change: change.commit):
            changes = list(group)
            leaving = {change.before: alive.pop(change.before) for change in changes if change.letter in "RD"}
            for change in sorted(changes, key=lambda change: "RMTAD".index(change.letter)):
                if change.letter == "D":
                    continue
                if change.letter == "R":
                    alive[change.after] = leaving[change.before]
                elif change.letter == "A":
                    before = last.get(change.after)
                    returns = before is not None and before not in alive.values()
                    alive[change.after] = before if returns and before is not None else len(histories)
                last[change.after] = alive[change.after]
                histories[alive[change.after]].append((commit, change.after))
        return list(histories.values())

    def standing(self, commit: str) -> set[str]:
        """Return the paths in the tree of a commit."""
        names = self._run("ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0")
        return set(names) - {""}

    def contents(self, places: Iterable[Place]) -> dict[Place, bytes]:
        """Return what `git show COMMIT:PATH` prints, for many places at once."""
        wanted = list(places)
        asked = "".join(f"{commit}:{path}\n" for commit, path in wanted)
        told, at = self._run("cat-file", "--batch", given=asked.encode()), 0
        found = {}
        for place in wanted:
            start = told.index(b"\n", at) + 1
            size = int(told[at : start - 1].split()[2])
            found[place] = told[start : start + size]
            at = start + size + 1
        return found

    def difference(self, old: Place, new: Place) -> tuple[set[bytes], set[bytes]]:
        """Return the lines that `git diff` calls removed and added between two places."""
        told = self._run("diff", "--text", "--unified=0", ":".join(old), ":".join(new)).split(b"\n")
        body = list(_hunk_lines(told))
        return _after_sign(body, b"-"), _after_sign(body, b"+")

    def _changes_of(self, commit: str) -> Iterable[Change]:
        parents = self._run("rev-parse", f"{commit}^@").decode().split()
        trees = [parents[0], commit] if parents else ["--root", commit]
        told = self._run("-c", "core.quotePath=false", "diff-tree", "-r", "-M", "--no-commit-id", *trees).decode()
        for line in told.splitlines():
            facts, *paths = line.split("\t")
            yield Change(commit, facts.rsplit(" ", 1)[1][0], paths[0], paths[-1])

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        return _git("-C", str(self._clone), *arguments, given=given)


def _hunk_lines(told: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what stands in hunks: where a file becomes a link, git tells two differences, each with a head."""
    inside = False
    for line in told:
        inside = line.startswith(b"@@") or (inside and not line.startswith(b"diff --git "))
        if inside:
            yield line


def _after_sign(lines: Iterable[bytes], sign: bytes) -> set[bytes]:
    return {line[1:] for line in lines if line.startswith(sign)}


def _git(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(  # noqa: S603 - our own arguments
        ["git", *arguments],  # noqa: S607 - git of the PATH is the judge
        env=ENVIRONMENT,
        input=given,
        check=True,
        capture_output=True,
    ).stdout
