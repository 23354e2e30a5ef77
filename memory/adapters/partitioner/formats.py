"""Which formats are read, and which of them a file is. A new format is one line in `FORMATS` and one module."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.domain.documents import PartitionedText

Parser = Callable[[bytes, Limits], PartitionedText]

_MICROSOFT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_HTML_STARTS = (b"<!doctype html", b"<html")
VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream", "text/plain"})


@dataclass(frozen=True, slots=True)
class Format:
    """A family of files: how to recognise it and which function of which module reads it.

    `magic` says whether the content is proof enough of the format; without it the name and media type decide.
    """

    name: str
    media_types: frozenset[str]
    suffixes: frozenset[str]
    module: str
    magic: Callable[[bytes], bool] | None = None
    function: str = "partition"

    def parser(self) -> Parser:
        """Import and return the parser of this format."""
        parser: Parser = getattr(import_module(f"memory.adapters.partitioner.{self.module}"), self.function)
        return parser


def _is_pdf(content: bytes) -> bool:
    return b"%PDF-" in content[:1024]


def _is_docx(content: bytes) -> bool:
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _is_html(content: bytes) -> bool:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(_HTML_STARTS)


FORMATS = (
    Format("PDF", frozenset({"application/pdf"}), frozenset({".pdf"}), "pdf", _is_pdf),
    Format(
        "Word",
        frozenset({"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}),
        frozenset({".docx"}),
        "office",
        _is_docx,
    ),
    Format(
        "HTML",
        frozenset({"text/html", "application/xhtml+xml"}),
        frozenset({".html", ".htm", ".xhtml"}),
        "html",
        _is_html,
    ),
    Format(
        "Markdown",
        frozenset({"text/markdown", "text/x-markdown"}),
        frozenset({".md", ".markdown"}),
        "text",
        None,
        "partition_markdown",
    ),
    Format("plain text", frozenset({"text/plain"}), frozenset({".txt", ".text"}), "text"),
)


def detect(content: bytes, media_type: str, name: str) -> tuple[Format, tuple[str, ...]]:
    """Return the format to read `content` as, and what a person should know about the choice. Raises `Refused`.

    Content that proves its format wins over what is said about it, except that HTML in a text file stays text.
    """
    stated = _stated(media_type, name)
    proven = next((form for form in FORMATS if form.magic and form.magic(content)), None)
    if proven is not None and proven is not stated and not (proven.name == "HTML" and stated and not stated.magic):
        label = stated.name if stated else media_type or "of an unknown type"
        return proven, (f"the file says it is {label}; its content is {proven.name} and was read as such",)
    if content.startswith(_MICROSOFT) and _ENCRYPTED_PACKAGE in content:
        raise Refused(Refusal.ENCRYPTED)
    if stated is None:
        raise Refused(Refusal.UNSUPPORTED)
    if stated.magic is not None and proven is None and stated.name != "HTML":
        raise Refused(Refusal.CORRUPT)
    return stated, ()


def _stated(media_type: str, name: str) -> Format | None:
    """Return the format that the media type names, or the file name where the media type is vague."""
    plain = media_type.split(";", maxsplit=1)[0].strip().lower()
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    by_name = next((form for form in FORMATS if suffix in form.suffixes), None)
    by_type = next((form for form in FORMATS if plain in form.media_types), None)
    return by_name or by_type if plain in VAGUE else by_type
