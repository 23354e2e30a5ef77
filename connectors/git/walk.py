"""A stretch of a branch as events: first-parent commits in, versions, deletions and failures of documents out.

Every version of a document is told under the scope of the folder that the document is in at the end of the stretch: a
document that moved into a restricted folder must not show its earlier versions under the old permission, not even
until the walk gets there. For the same reason every version tells whether its document stands at the end: the text of
one that was deleted must not be current until the walk gets to the deletion. So the stretch is walked twice, first for
the paths alone.
"""

import posixpath
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from connectors.git.lineage import Lineage, Step
from connectors.git.provenance import provenance_attributes
from connectors.git.repository import Commit, Repository
from connectors.tree import TreeSettings, media_type, moment, printable
from memory.domain.documents import Provenance, SourceDeletion, SourceDocument, SourceEvent, SourceFailure
from memory.domain.errors import SourceFailed

CONNECTOR_VERSION = "1"


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What the first walk found: the last path of every document in the stretch, and which of them stand at its end."""

    destinations: Mapping[str, str]
    standing: frozenset[str]


class Walk:
    """The commits of `branch` up to `tip`, from the one after `after` (None: the first) on.

    `lineage` is that of `after`; it moves along with the commits that have been told.
    """

    def __init__(self, source: str, tree: TreeSettings, repository: Repository, branch: str, tip: str) -> None:
        self.repository = repository
        self.branch = branch
        self.tip = tip
        self.after: str | None = None
        self.lineage = Lineage()
        self._source = source
        self._tree = tree

    def continues(self, commit: str) -> bool:
        """Say whether `commit` is on the first-parent line of the branch, as opposed to merged into it or gone."""
        if commit == self.tip:
            return True
        if not self.repository.has_commit(commit):
            return False
        first = next(self.repository.first_parents(self.tip, commit), None)
        return first is not None and first.parents[:1] == (commit,)

    def resume(self, commit: str, lineage: Lineage | None) -> None:
        """Begin after `commit`; a lineage that is not known is found again by walking up to there."""
        self.after = commit
        self.lineage = lineage or Lineage()
        if lineage is None:
            for earlier in self.repository.first_parents(commit):
                self._steps(self.lineage, earlier)

    def commits(self) -> Iterator[tuple[Commit, Iterator[SourceEvent]]]:
        """Yield every commit with its events; the events of one must be taken before the next commit is."""
        ahead = self._look_ahead()
        for commit in self.repository.first_parents(self.tip, self.after):
            yield commit, self._events(commit, ahead)

    def holds(self, external_id: str) -> bool:
        """Say whether a document is alive and selected, as far as the commits have been told."""
        path = self.lineage.places.get(external_id)
        return path is not None and self._tree.wants(path)

    def folders(self) -> set[str]:
        """Return the folders that hold a document, as far as the commits have been told."""
        return {unicodedata.normalize("NFC", posixpath.dirname(path)) for path in self.lineage.places.values()}

    def _look_ahead(self) -> _Ahead:
        ahead = Lineage(dict(self.lineage.holders), dict(self.lineage.places))
        destinations = {
            step.external_id: step.after
            for commit in self.repository.first_parents(self.tip, self.after)
            for step in self._steps(ahead, commit)
            if step.after is not None
        }
        standing = frozenset(external_id for external_id, path in ahead.places.items() if self._tree.wants(path))
        return _Ahead(destinations, standing)

    def _steps(self, lineage: Lineage, commit: Commit) -> list[Step]:
        try:
            return list(lineage.apply(commit.id, self.repository.changes(commit)))
        except KeyError as error:
            raise SourceFailed("The checkpoint does not fit the branch; sync this source in full.") from error

    def _events(self, commit: Commit, ahead: _Ahead) -> Iterator[SourceEvent]:
        steps = self._steps(self.lineage, commit)
        if any(step.after is not None for step in steps):
            attributes = provenance_attributes(self.repository, self.branch, commit)
        else:
            attributes = {}
        for step in steps:
            if printable(step.external_id) != step.external_id:
                if step.after is not None:
                    yield SourceFailure(printable(step.external_id), "The path is not UTF-8; rename the file.")
            elif step.after is not None and self._tree.wants(step.after):
                scope = self._tree.permissions.scope_of(ahead.destinations[step.external_id])
                standing = step.external_id in ahead.standing
                for event in self._version(commit, step, step.after, scope, attributes):
                    yield replace(event, standing=standing) if isinstance(event, SourceDocument) else event
            elif step.before is not None and self._tree.wants(step.before):
                yield SourceDeletion(step.external_id, moment(commit.committed))

    def _version(
        self, commit: Commit, step: Step, path: str, scope: str, attributes: Mapping[str, str]
    ) -> Iterator[SourceEvent]:
        blob = self.repository.blob(step.blob, self._tree.max_bytes)
        problem = blob.problem if printable(path) == path else "The path is not UTF-8; rename the file."
        if problem is None:
            yield self._document(commit, step, path, scope, blob.content, attributes)
            return
        if step.before is not None and self._tree.permissions.scope_of(step.before) != scope:
            # What is on record stands under a permission that no longer holds, and nothing can take its place.
            yield SourceDeletion(step.external_id, moment(commit.committed))
        yield SourceFailure(step.external_id, problem)

    def _document(
        self, commit: Commit, step: Step, path: str, scope: str, content: bytes, attributes: Mapping[str, str]
    ) -> SourceDocument:
        return SourceDocument(
            external_id=step.external_id,
            title=path.rpartition("/")[2],
            content=content,
            media_type="text/plain" if step.link else media_type(path, content),
            scope_key=scope,
            modified_at=moment(commit.committed),
            provenance=Provenance(
                uri=f"git:{self._source}@{commit.id}:{path}",
                path=path,
                author=commit.author,
                commit=commit.id,
                message=commit.message,
                connector="git",
                connector_version=CONNECTOR_VERSION,
                attributes={**attributes, "file_type": "symbolic link"} if step.link else attributes,
            ),
        )
