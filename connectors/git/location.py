"""Finding the repository behind a source's location: a working repository, a bare one, or a bundle file.

A bundle is cloned into a temporary folder that lives as long as the walk: a clone kept for longer would be one more
store of clear text that an erasure has to find.
"""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.git.process import run_git
from connectors.git.repository import Repository
from memory.domain.errors import Misconfigured, SourceFailed


def check_location(location: str) -> Path:
    """Return the path that `location` names. Raises `Misconfigured` for what git could take for something else."""
    if not location or location.startswith("-") or "://" in location or "\0" in location:
        raise Misconfigured("The location of a git source must be a path on this machine: a repository or a bundle.")
    return Path(location)


@contextmanager
def opened(path: Path, workspace: Path | None) -> Iterator[Repository]:
    """Open the repository at `path`; a bundle is cloned below `workspace` meanwhile. Raises `SourceFailed`."""
    if not path.is_file():
        with Repository(_git_dir(path)) as repository:
            yield repository
        return
    with tempfile.TemporaryDirectory(prefix="memory-git-", dir=workspace) as folder:
        clone = Path(folder) / "clone.git"
        options = ("--bare", "--quiet", "--template=", "--no-tags")
        if run_git(["clone", *options, "--", str(path.resolve()), str(clone.resolve())], protocols="file") is None:
            raise SourceFailed("The bundle cannot be read; make it again with `git bundle create` and all history.")
        with Repository(clone) as repository:
            yield repository


def bundle_stands_at(path: Path, refs: Collection[str], commit: str) -> bool:
    """Say whether `path` is a bundle that has all of `refs` at `commit`; reads its first lines only."""
    return {f"{commit} {ref}" for ref in refs} <= set(_bundle_heads(path))


def bundle_offers(path: Path, ref: str | None) -> bool:
    """Say whether `path` is a bundle with `ref` in it, with any where `ref` is None; reads its first lines only."""
    names = {line.partition(" ")[2] for line in _bundle_heads(path)}
    return bool(names) if ref is None else ref in names


def _bundle_heads(path: Path) -> list[str]:
    heads = run_git(["bundle", "list-heads", str(path.resolve())]) if path.is_file() else None
    return (heads or "").splitlines()


def _git_dir(path: Path) -> Path:
    # Named outright, never searched for: a plain folder inside some repository is not that repository.
    resolved = path.resolve()
    if (resolved / ".git").exists():
        return resolved / ".git"
    if (resolved / "HEAD").is_file() and (resolved / "objects").is_dir():
        return resolved
    raise SourceFailed("There is no git repository and no bundle at the location of this source; check it.")
