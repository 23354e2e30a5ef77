"""One branch of a repository: its documents, and every version of them that was ever in force there.

A version is a first-parent commit that adds, changes or renames the document by `git diff-tree -M` against the first
parent; a deletion is a tombstone. What a merge brought counts as the merge, at its time; the merged commits with their
authors are provenance. `connectors.git.lineage` says which document a path holds.
"""

import itertools
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors.git.checkpoint import GitCheckpoint
from connectors.git.lineage import Lineage, Step
from connectors.git.location import bundle_stands_at, check_location, opened
from connectors.git.provenance import provenance_attributes
from connectors.git.repository import Commit, Repository
from connectors.git.settings import GitSettings
from connectors.protocol import Capabilities, Deletions, Listing, Permissions
from connectors.tree import media_type, moment, printable
from memory.domain.documents import (
    Provenance,
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)
from memory.domain.errors import SourceFailed

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = 500
"""First-parent commits between two checkpoints of a long walk."""


@dataclass(slots=True)
class _Walk:
    """A branch while it is walked."""

    repository: Repository
    branch: str
    tip: str
    lineage: Lineage


class GitConnector:
    """Reads one branch. External ids are the first paths of documents; see `connectors.git.lineage`."""

    version = "1"
    capabilities = Capabilities(
        deletes=Deletions.EXPLICIT,
        acl=Permissions.SEPARATE,
        listing=Listing.COMPLETE,
        incremental=True,
        history=True,
    )

    def __init__(self, source: str, location: Path, settings: GitSettings) -> None:
        self._source = source
        self._location = location
        self._settings = settings
        self._tree = settings.tree

    @classmethod
    def from_settings(cls, *, source: str, location: str, settings: Mapping[str, object]) -> "GitConnector":
        """Make the connector of a repository or bundle; settings as in `GitSettings`. Raises `Misconfigured`."""
        return cls(source, check_location(location), GitSettings.parse(settings))

    def validate(self) -> None:
        """Open the repository and look for the branch. Raises `SourceFailed`."""
        with opened(self._location, self._settings.workspace) as repository:
            self._begin(repository)

    def permissions(self) -> Iterator[SourcePermission]:
        """Tell the configured permission of every scope."""
        return self._tree.permissions.tell()

    def full(self) -> Iterator[SourceEvent]:
        """Walk the branch from its first commit."""
        with opened(self._location, self._settings.workspace) as repository:
            walk = self._begin(repository)
            yield from self.permissions()
            yield from self._follow(walk, repository.first_parents(walk.tip))

    def incremental(self, checkpoint: str) -> Iterator[SourceEvent]:
        """Walk the commits since the checkpoint; from the first commit if they do not continue it, and say so."""
        before = GitCheckpoint.parse(checkpoint)
        if before is None:
            log.warning("source %s: the checkpoint cannot be used, the branch is read again", self._source)
            yield from self.full()
            return
        if self._unchanged_bundle(before):
            yield SourceCheckpoint(checkpoint)
            return
        with opened(self._location, self._settings.workspace) as repository:
            walk = self._begin(repository)
            if before.acls != self._tree.permissions.acls_digest:
                yield from self.permissions()
            since = self._since(before, walk)
            if since is None:
                log.warning("source %s: the branch or the settings were rewritten, it is read again", self._source)
                yield from self._again(walk, before)
            else:
                walk.lineage = before.lineage or _lineage_at(before.commit, repository)
                yield from self._follow(walk, since)

    def _unchanged_bundle(self, before: GitCheckpoint) -> bool:
        if (before.selection, before.acls) != (self._settings.selection, self._tree.permissions.acls_digest):
            return False
        if self._settings.branch not in (None, before.branch):
            return False
        refs = [f"refs/heads/{before.branch}", *(["HEAD"] if self._settings.branch is None else [])]
        return bundle_stands_at(self._location, refs, before.commit)

    def _begin(self, repository: Repository) -> _Walk:
        branch = self._settings.branch or repository.head_branch()
        tip = repository.tip(branch) if branch else None
        if branch is None or tip is None:
            raise SourceFailed("The branch of this source does not exist or has no commit; name one as 'branch'.")
        return _Walk(repository, branch, tip, Lineage())

    def _since(self, before: GitCheckpoint, walk: _Walk) -> Iterator[Commit] | None:
        """Return the commits after the checkpoint, None if the branch does not lead on from there."""
        if (before.branch, before.selection) != (walk.branch, self._settings.selection):
            return None
        if before.commit == walk.tip:
            return iter(())
        if not walk.repository.has_commit(before.commit):
            return None
        commits = walk.repository.first_parents(walk.tip, before.commit)
        first = next(commits, None)
        if first is None or first.parents[:1] != (before.commit,):
            return None
        return itertools.chain([first], commits)

    def _follow(self, walk: _Walk, commits: Iterator[Commit]) -> Iterator[SourceEvent]:
        for count, commit in enumerate(commits, 1):
            yield from self._told(walk, commit)
            if count % CHECKPOINT_EVERY == 0:
                yield self._checkpoint(walk, commit.id)
        yield self._checkpoint(walk, walk.tip)

    def _again(self, walk: _Walk, before: GitCheckpoint) -> Iterator[SourceEvent]:
        """Walk from the first commit, then tell what the checkpoint knew alive and the branch no longer has.

        There is no checkpoint in between: one would forget what the old one knew.
        """
        ended = moment(0)
        for commit in walk.repository.first_parents(walk.tip):
            yield from self._told(walk, commit)
            ended = moment(commit.committed)
        for external_id in sorted(before.lineage.places if before.lineage else ()):
            path = walk.lineage.places.get(external_id)
            if printable(external_id) == external_id and (path is None or not self._tree.wants(path)):
                yield SourceDeletion(external_id, ended)
        yield self._checkpoint(walk, walk.tip)

    def _told(self, walk: _Walk, commit: Commit) -> Iterator[SourceEvent]:
        """Yield what one commit did to the documents that the settings select."""
        attributes: Mapping[str, str] | None = None
        for step in _steps(walk, commit):
            if step.after is None or not self._tree.wants(step.after):
                if step.before is not None and self._tree.wants(step.before) and _storable(step.external_id):
                    yield SourceDeletion(step.external_id, moment(commit.committed))
                continue
            if attributes is None:
                attributes = provenance_attributes(walk.repository, walk.branch, commit)
            yield self._version(walk.repository, commit, step, step.after, attributes)

    def _version(
        self, repository: Repository, commit: Commit, step: Step, path: str, attributes: Mapping[str, str]
    ) -> SourceDocument | SourceFailure:
        if not (_storable(path) and _storable(step.external_id)):
            return SourceFailure(printable(step.external_id), "The path is not UTF-8; rename the file.")
        blob = repository.blob(step.blob, self._tree.max_bytes)
        if blob.problem is not None:
            return SourceFailure(step.external_id, blob.problem)
        return SourceDocument(
            external_id=step.external_id,
            title=path.rpartition("/")[2],
            content=blob.content,
            media_type="text/plain" if step.link else media_type(path, blob.content),
            scope_key=self._tree.permissions.scope_of(path),
            modified_at=moment(commit.committed),
            provenance=Provenance(
                uri=f"git:{self._source}@{commit.id}:{path}",
                path=path,
                author=commit.author,
                commit=commit.id,
                message=commit.message,
                connector="git",
                connector_version=self.version,
                attributes={**attributes, "file_type": "symbolic link"} if step.link else attributes,
            ),
        )

    def _checkpoint(self, walk: _Walk, commit: str) -> SourceCheckpoint:
        acls = self._tree.permissions.acls_digest
        state = GitCheckpoint(walk.branch, commit, self._settings.selection, acls, walk.lineage)
        return SourceCheckpoint(state.body())


def _steps(walk: _Walk, commit: Commit) -> list[Step]:
    try:
        return list(walk.lineage.apply(commit.id, walk.repository.changes(commit)))
    except KeyError as error:
        raise SourceFailed("The checkpoint does not fit the branch; sync this source in full.") from error


def _lineage_at(commit: str, repository: Repository) -> Lineage:
    walk = _Walk(repository, "", commit, Lineage())
    for earlier in repository.first_parents(commit):
        _steps(walk, earlier)
    return walk.lineage


def _storable(path: str) -> bool:
    return printable(path) == path
