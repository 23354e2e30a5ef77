"""Walking and reading a folder without following a link: a root in, files and obstacles out, in a fixed order.

Every folder on the way is opened through its parent's descriptor and without following links, so that nobody who can
write into the tree can lead the walk out of it, not even by swapping a folder for a link meanwhile.
"""

import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from memory.domain.errors import SourceFailed

MAX_DEPTH = 64
"""Folders nested deeper are reported, not walked: each level holds a descriptor open."""

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a pipe that somebody swapped in must not wait for its writer.
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Refused(Exception):  # noqa: N818 - it ends as a SourceFailure with its message as the reason, never as an error
    """One item that is not read, with the reason."""


class Found(NamedTuple):
    """An entry that is no folder. `path` is relative, POSIX, NFC; `folder` is a descriptor, open until the next one."""

    path: str
    name: str
    folder: int
    status: os.stat_result

    @property
    def is_link(self) -> bool:
        """Say whether it is a symbolic link."""
        return stat.S_ISLNK(self.status.st_mode)


class Obstacle(NamedTuple):
    """An entry that could not be looked at; if it is a folder, what lies below is unknown."""

    path: str
    reason: str


def walk(root: Path) -> Iterator[Found | Obstacle]:
    """Yield the entries of a folder by name, then those of its subfolders by name; hidden ones are left out.

    Raises `SourceFailed` if the root itself cannot be listed.
    """
    folder = open_root(root)
    try:
        names = _names(folder)
        if names is None:
            raise SourceFailed("The folder cannot be listed; check its permissions.")
        yield from _entries(folder, names, "", 1)
    finally:
        os.close(folder)


def open_root(root: Path) -> int:
    """Return a descriptor of the root, which may be a link: it is the operator's word. Raises `SourceFailed`."""
    try:
        return os.open(root.resolve(strict=True), _OPEN_FOLDER)
    except (OSError, RuntimeError) as error:
        raise SourceFailed("The folder cannot be opened; check its location and its permissions.") from error


def _entries(folder: int, names: list[str], prefix: str, depth: int) -> Iterator[Found | Obstacle]:
    subfolders = []
    for name in sorted(name for name in names if not name.startswith(".")):
        path = unicodedata.normalize("NFC", f"{prefix}{name}")
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue  # it vanished since the listing: absent, like any file that is gone
        except OSError:
            yield Obstacle(path, "The entry cannot be looked at; check the permissions of its folder.")
            continue
        if stat.S_ISDIR(status.st_mode):
            subfolders.append((name, path))
        else:
            yield Found(path, name, folder, status)
    for name, path in subfolders:
        yield from _subfolder(folder, name, path, depth)


def _subfolder(parent: int, name: str, path: str, depth: int) -> Iterator[Found | Obstacle]:
    if depth >= MAX_DEPTH:
        yield Obstacle(path, f"Folders are nested more than {MAX_DEPTH} deep; move it up.")
        return
    try:
        folder = os.open(name, _OPEN_FOLDER, dir_fd=parent)
    except OSError:
        yield Obstacle(path, "The folder cannot be listed; check its permissions.")
        return
    try:
        names = _names(folder)
        if names is None:
            yield Obstacle(path, "The folder cannot be listed; check its permissions.")
        else:
            yield from _entries(folder, names, f"{path}/", depth + 1)
    finally:
        os.close(folder)


def _names(folder: int) -> list[str] | None:
    try:
        return os.listdir(folder)
    except OSError:
        return None


def read(found: Found, max_bytes: int) -> tuple[bytes, os.stat_result]:
    """Return the bytes of a regular file and its status when they were read. Raises `Refused`."""
    if found.is_link:
        raise Refused("It is a symbolic link, and links are not followed; put the file itself there, or exclude it.")
    if not stat.S_ISREG(found.status.st_mode):
        raise Refused("It is not a regular file; exclude it.")
    if found.status.st_size > max_bytes:
        raise Refused(f"The file is larger than {max_bytes} bytes; raise max_bytes or leave it out.")
    try:
        with os.fdopen(os.open(found.name, _OPEN_FILE, dir_fd=found.folder), "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise Refused("It is not a regular file; exclude it.")
            content = file.read(max_bytes + 1)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise Refused("The file cannot be read; check its permissions.") from error
    if len(content) != after.st_size or before.st_ctime_ns != after.st_ctime_ns:
        raise Refused("The file changed while it was read; the next sync tries again.")
    return content, after
