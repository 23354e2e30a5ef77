"""A folder of files: every file below it is a document, every change a new version.

Hidden files and folders (`.git`, `.DS_Store`) are no documents. Links, special files, files above the limit and what
cannot be read are failures. A file that is gone is told at its first and at its second absence; below a folder that
could not be listed nothing counts as gone.
"""

import hashlib
import logging
import os
import posixpath
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from connectors.filesystem.checkpoint import FileMark, FilesystemCheckpoint
from connectors.filesystem.walk import Found, Obstacle, Refused, open_root, read, walk
from connectors.protocol import Capabilities, Deletions, Listing, Permissions
from connectors.tree import TreeSettings, media_type, moment, printable
from memory.domain.documents import (
    Provenance,
    SourceCheckpoint,
    SourceDeletion,
    SourceDocument,
    SourceEvent,
    SourceFailure,
    SourcePermission,
)
from memory.domain.errors import Misconfigured

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = 1000
"""Documents between two checkpoints of a long walk."""


@dataclass(slots=True)
class _Progress:
    """What a walk knows: the marks of the files, those missed once before, and what it has met so far."""

    marks: dict[str, FileMark]
    missing: set[str]
    seen: set[str] = field(default_factory=set)
    unlisted: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)

    def knows(self, path: str) -> bool:
        """Say whether an earlier walk told this document."""
        return path in self.marks or path in self.missing

    def gone(self) -> list[str]:
        """Return what was known and is not there, leaving out what nobody could look at."""
        blind = tuple(f"{folder}/" for folder in self.unlisted)
        return sorted(path for path in {*self.marks, *self.missing} - self.seen if not path.startswith(blind))


class FilesystemConnector:
    """Reads the files under one folder. External ids are relative POSIX paths in NFC."""

    version = "1"
    capabilities = Capabilities(
        deletes=Deletions.ABSENCE,
        acl=Permissions.SEPARATE,
        listing=Listing.COMPLETE,
        incremental=True,
        history=False,
    )

    def __init__(self, source: str, root: Path, settings: TreeSettings) -> None:
        self._source = source
        self._root = root
        self._settings = settings

    @classmethod
    def from_settings(cls, *, source: str, location: str, settings: Mapping[str, object]) -> "FilesystemConnector":
        """Make the connector of the folder at `location`; settings as in `TreeSettings`. Raises `Misconfigured`."""
        if not location:
            raise Misconfigured("A filesystem source needs the path of a folder as its location; name one.")
        return cls(source, Path(location), TreeSettings.parse(settings))

    def validate(self) -> None:
        """Open the folder. Raises `SourceFailed`."""
        os.close(open_root(self._root))

    def permissions(self) -> Iterator[SourcePermission]:
        """Tell the configured permission of every scope."""
        return self._settings.permissions.tell()

    def full(self) -> Iterator[SourceEvent]:
        """Walk everything."""
        yield from self.permissions()
        yield from self._walk(_Progress({}, set()))

    def incremental(self, checkpoint: str) -> Iterator[SourceEvent]:
        """Walk what changed; without a usable table of files in the checkpoint, everything."""
        before = FilesystemCheckpoint.parse(checkpoint)
        if before is None:
            log.warning("source %s: the checkpoint cannot be used, everything is read again", self._source)
            yield from self.full()
            return
        rules = self._settings.permissions
        if before.acls != rules.acls_digest:
            yield from self.permissions()
        marks = dict(before.marks)
        if before.scopes != rules.scopes_digest:
            # Documents may belong to other scopes now: told again, but still known, so that absence is noticed.
            marks = dict.fromkeys(marks, FileMark.UNREAD)
        yield from self._walk(_Progress(marks, set(before.missing)))

    def _walk(self, progress: _Progress) -> Iterator[SourceEvent]:
        told = 0
        for entry in walk(self._root):
            progress.folders.add(posixpath.dirname(entry.path))
            event = self._visit(entry, progress)
            if event is None:
                continue
            yield event
            told += 1
            if told % CHECKPOINT_EVERY == 0:
                yield self._checkpoint(progress)
        yield from _absences(progress)
        yield from self._settings.permissions.unused(progress.folders, progress.unlisted)
        yield self._checkpoint(progress)

    def _visit(self, entry: Found | Obstacle, progress: _Progress) -> SourceEvent | None:
        if isinstance(entry, Obstacle):
            progress.seen.add(entry.path)
            progress.unlisted.append(entry.path)
            return SourceFailure(printable(entry.path), entry.reason)
        replaced_by_link = entry.is_link and progress.knows(entry.path)
        if replaced_by_link or not self._settings.wants(entry.path):
            return None  # a document that was here is gone, and counts as missing
        try:
            return self._read(entry, progress)
        except Refused as refusal:
            return SourceFailure(printable(entry.path), str(refusal))

    def _read(self, found: Found, progress: _Progress) -> SourceDocument | None:
        """Return the document if it is new or changed. Raises `Refused`."""
        if found.path in progress.seen:
            raise Refused("Another file has the same name in another Unicode form; rename one of them.")
        progress.seen.add(found.path)
        progress.missing.discard(found.path)
        if printable(found.path) != found.path:
            raise Refused("The name is not UTF-8; rename the file.")
        before = progress.marks.get(found.path)
        if before is not None and before.same_file(found.status):
            return None
        started_ns = time.time_ns()
        content, status = read(found, self._settings.max_bytes)
        mark = FileMark.of(status, hashlib.sha256(content).digest(), started_ns)
        progress.marks[found.path] = mark
        return None if before is not None and before.content == mark.content else self._document(found, content, status)

    def _document(self, found: Found, content: bytes, status: os.stat_result) -> SourceDocument:
        return SourceDocument(
            external_id=found.path,
            title=found.path.rpartition("/")[2],
            content=content,
            media_type=media_type(found.path, content),
            scope_key=self._settings.permissions.scope_of(found.path),
            modified_at=moment(status.st_mtime_ns // 1_000_000_000),
            provenance=Provenance(
                uri=f"filesystem:{self._source}:{found.path}",
                path=found.path,
                connector="filesystem",
                connector_version=self.version,
            ),
        )

    def _checkpoint(self, progress: _Progress) -> SourceCheckpoint:
        rules = self._settings.permissions
        state = FilesystemCheckpoint(rules.scopes_digest, rules.acls_digest, progress.marks, progress.missing)
        return SourceCheckpoint(state.body())


def _absences(progress: _Progress) -> Iterator[SourceEvent]:
    now = datetime.now(UTC)
    for path in progress.gone():
        if path in progress.missing:
            progress.missing.discard(path)
        else:
            del progress.marks[path]
            progress.missing.add(path)
        yield SourceDeletion(path, now, explicit=False)
