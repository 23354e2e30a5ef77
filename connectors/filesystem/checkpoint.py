"""What a walk of a folder remembers: one mark per file, and the files missed once.

The table is left out once it would pass the limit of a checkpoint; the next walk then is a full one.
"""

import base64
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from connectors.protocol import MAX_CHECKPOINT_BYTES

FORMAT = 1

_TICK_NS = 100_000_000
"""File systems stamp changes by a clock that stands still for up to some milliseconds; this is well above it."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """What tells a file from its next state. `content` is the first half of its SHA-256, base64.

    The change time stands beside the modification time because programs set the latter back.
    """

    size: int
    modified_ns: int
    changed_ns: int
    content: str

    UNREAD: ClassVar["FileMark"]

    @classmethod
    def of(cls, status: os.stat_result, sha256: bytes, read_ns: int) -> "FileMark":
        """Return the mark of a file whose reading began at `read_ns`.

        One that changed just before may change again within the same tick, unnoticed: it is read once more next time.
        """
        size = status.st_size if status.st_ctime_ns < read_ns - _TICK_NS else -1
        content = base64.b64encode(sha256[:16]).decode().rstrip("=")
        return cls(size, status.st_mtime_ns, status.st_ctime_ns, content)

    def same_file(self, status: os.stat_result) -> bool:
        """Say whether nothing hints at a change, so that reading can be spared."""
        return (self.size, self.modified_ns, self.changed_ns) == (
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )


FileMark.UNREAD = FileMark(-1, -1, -1, "")


@dataclass(frozen=True, slots=True)
class FilesystemCheckpoint:
    """The state of a folder when it was last walked."""

    scopes: str
    acls: str
    marks: Mapping[str, FileMark]
    missing: Collection[str]

    def body(self) -> str:
        """Return it as JSON text within the limit."""
        files = {path: [m.size, m.modified_ns, m.changed_ns, m.content] for path, m in self.marks.items()}
        head = {"format": FORMAT, "scopes": self.scopes, "acls": self.acls}
        text = json.dumps(head | {"files": files, "missing": sorted(self.missing)}, separators=(",", ":"))
        return text if len(text) <= MAX_CHECKPOINT_BYTES else json.dumps(head)

    @classmethod
    def parse(cls, body: str) -> "FilesystemCheckpoint | None":
        """Read what `body` wrote; None if it cannot be used."""
        if len(body) > MAX_CHECKPOINT_BYTES:
            return None
        try:
            state = json.loads(body)
            if state["format"] != FORMAT:
                return None
            marks = {str(path): _mark(*mark) for path, mark in state["files"].items()}
            return cls(str(state["scopes"]), str(state["acls"]), marks, frozenset(map(str, state["missing"])))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


def _mark(size: int, modified_ns: int, changed_ns: int, content: str) -> FileMark:
    return FileMark(int(size), int(modified_ns), int(changed_ns), str(content))
