"""One branch of a repository: its documents, and every version of them that was ever in force there.

A version is a first-parent commit that adds, changes or renames the document by `git diff-tree -M` against the first
parent; a deletion is a tombstone. What a merge brought counts as the merge, at its time; the merged commits with their
authors are provenance. `connectors.git.lineage` says which document a path holds.
"""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from connectors.git.checkpoint import GitCheckpoint
from connectors.git.location import bundle_offers, bundle_stands_at, check_location, opened
from connectors.git.repository import Repository
from connectors.git.settings import GitSettings
from connectors.git.walk import CONNECTOR_VERSION, Walk
from connectors.protocol import Capabilities, Deletions, Listing, Permissions
from connectors.tree import moment, printable
from memory.domain.documents import SourceCheckpoint, SourceDeletion, SourceEvent, SourcePermission
from memory.domain.errors import SourceFailed

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = 500
"""First-parent commits between two checkpoints of a long walk."""


class GitConnector:
    """Reads one branch. External ids are the first paths of documents; see `connectors.git.lineage`."""

    version = CONNECTOR_VERSION
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

    @classmethod
    def from_settings(cls, *, source: str, location: str, settings: Mapping[str, object]) -> "GitConnector":
        """Make the connector of a repository or bundle; settings as in `GitSettings`. Raises `Misconfigured`."""
        return cls(source, check_location(location), GitSettings.parse(settings))

    def validate(self) -> None:
        """Look for the branch, in a bundle without unpacking it. Raises `SourceFailed`."""
        if self._location.is_file():
            branch = self._settings.branch
            if not bundle_offers(self._location, branch and f"refs/heads/{branch}"):
                raise SourceFailed("The bundle cannot be read or does not have the branch; make it again or name one.")
            return
        with opened(self._location, self._settings.workspace) as repository:
            self._begin(repository)

    def permissions(self) -> Iterator[SourcePermission]:
        """Tell the configured permission of every scope."""
        return self._settings.tree.permissions.tell()

    def full(self) -> Iterator[SourceEvent]:
        """Walk the branch from its first commit."""
        with opened(self._location, self._settings.workspace) as repository:
            walk = self._begin(repository)
            yield from self.permissions()
            yield from self._follow(walk)

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
            if before.acls != self._acls:
                yield from self.permissions()
            same = (before.branch, before.selection) == (walk.branch, self._settings.selection)
            if same and walk.continues(before.commit):
                walk.resume(before.commit, before.lineage)
                yield from self._follow(walk)
            else:
                log.warning("source %s: the branch or the settings were rewritten, it is read again", self._source)
                yield from self._again(walk, before)

    @property
    def _acls(self) -> str:
        return self._settings.tree.permissions.acls_digest

    def _unchanged_bundle(self, before: GitCheckpoint) -> bool:
        if (before.selection, before.acls) != (self._settings.selection, self._acls):
            return False
        if self._settings.branch not in (None, before.branch):
            return False
        refs = [f"refs/heads/{before.branch}", *(["HEAD"] if self._settings.branch is None else [])]
        return bundle_stands_at(self._location, refs, before.commit)

    def _begin(self, repository: Repository) -> Walk:
        branch = self._settings.branch or repository.head_branch()
        tip = repository.tip(branch) if branch else None
        if branch is None or tip is None:
            raise SourceFailed("The branch of this source does not exist or has no commit; name one as 'branch'.")
        return Walk(self._source, self._settings.tree, repository, branch, tip)

    def _follow(self, walk: Walk) -> Iterator[SourceEvent]:
        for count, (commit, events) in enumerate(walk.commits(), 1):
            yield from events
            if count % CHECKPOINT_EVERY == 0:
                yield self._checkpoint(walk, commit.id)
        yield from self._settings.tree.permissions.unused(walk.folders())
        yield self._checkpoint(walk, walk.tip)

    def _again(self, walk: Walk, before: GitCheckpoint) -> Iterator[SourceEvent]:
        """Walk from the first commit; of what the checkpoint knew alive, tell the end only: still here, or gone.

        There is no checkpoint in between: one would forget what the old one knew.
        """
        known = set(before.lineage.places) if before.lineage else set()
        ended = moment(0)
        for commit, events in walk.commits():
            yield from (e for e in events if not (isinstance(e, SourceDeletion) and e.external_id in known))
            ended = moment(commit.committed)
        for external_id in sorted(known):
            if printable(external_id) == external_id and not walk.holds(external_id):
                yield SourceDeletion(external_id, ended)
        yield from self._settings.tree.permissions.unused(walk.folders())
        yield self._checkpoint(walk, walk.tip)

    def _checkpoint(self, walk: Walk, commit: str) -> SourceCheckpoint:
        state = GitCheckpoint(walk.branch, commit, self._settings.selection, self._acls, walk.lineage)
        return SourceCheckpoint(state.body())
