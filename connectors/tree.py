"""What every tree of files shares: settings, which paths are wanted, and what kind of file a name promises."""

import functools
import mimetypes
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.folder_permissions import FolderPermissions
from connectors.settings import read_size, read_strings, refuse_unknown

DEFAULT_MAX_BYTES = 50 * 1024 * 1024

_TREE_KEYS = frozenset({"allow", "deny", "folders", "include", "exclude", "max_bytes"})
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES = {
    ".adoc": "text/asciidoc",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".eml": "message/rfc822",
    ".epub": "application/epub+zip",
    ".log": "text/plain",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".msg": "application/vnd.ms-outlook",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".org": "text/org",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".rst": "text/x-rst",
    ".rtf": "application/rtf",
    ".toml": "application/toml",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
# Its own table, not the module's global one: that one also reads files of the machine, and equal trees must give equal
# documents everywhere.
_BY_NAME = mimetypes.MimeTypes(filenames=())


def media_type(path: str, content: bytes) -> str:
    """Return the media type that the name promises; a name that promises nothing is text if its bytes are UTF-8."""
    known = _MEDIA_TYPES.get(posixpath.splitext(path)[1].lower())
    if known is not None:
        return known
    kind, encoding = _BY_NAME.guess_type(posixpath.basename(path))
    if encoding is not None:
        return f"application/{encoding}"
    return kind or ("text/plain" if _is_text(content) else "application/octet-stream")


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def moment(seconds: int) -> datetime:
    """Return a Unix time in UTC; what lies outside the calendar is moved to its ends."""
    return datetime.fromtimestamp(min(max(seconds, -62_135_596_800), 253_402_300_799), UTC)


def printable(path: str) -> str:
    """Return a path that was decoded with `surrogateescape` so that it can be stored and shown."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """Permissions, selection and limit, as configured for one tree.

    Globs are matched against relative POSIX paths: `*` and `?` stay within a folder, `**` crosses folders, and a
    pattern without a slash matches file names anywhere. A path is wanted if it matches an `include` (or there is none)
    and no `exclude`. Files above `max_bytes` are not read.
    """

    permissions: FolderPermissions
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_bytes: int = DEFAULT_MAX_BYTES

    @classmethod
    def parse(cls, settings: Mapping[str, object], *, further: Collection[str] = ()) -> "TreeSettings":
        """Read the settings of a tree; `further` are keys that the connector reads itself. Raises `Misconfigured`."""
        refuse_unknown(settings, _TREE_KEYS | set(further), "the settings")
        return cls(
            permissions=FolderPermissions.parse(settings),
            include=read_strings(settings, "include", "the settings"),
            exclude=read_strings(settings, "exclude", "the settings"),
            max_bytes=read_size(settings, "max_bytes", "the settings", DEFAULT_MAX_BYTES),
        )

    def wants(self, path: str) -> bool:
        """Say whether the document at `path` is part of the source."""
        if any(_glob(pattern).fullmatch(path) for pattern in self.exclude):
            return False
        return not self.include or any(_glob(pattern).fullmatch(path) for pattern in self.include)


@functools.cache
def _glob(pattern: str) -> re.Pattern[str]:
    if "/" not in pattern.rstrip("/"):
        pattern = f"**/{pattern}"
    if pattern.endswith("/"):
        pattern += "**"
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("/"))
    translated = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(translated.get(piece) or re.escape(piece) for piece in pieces), re.DOTALL)
