"""Which formats are read, and which of them a file is. A new format is one line in `FORMATS` and one module."""

import io
import mimetypes
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.domain.documents import PartitionedText

Parser = Callable[[bytes, Limits], PartitionedText]

_MICROSOFT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_OUTLOOK = "__properties_version1.0".encode("utf-16-le")
_HTML_STARTS = (b"<!doctype html", b"<html")
VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream", "text/plain"})


@dataclass(frozen=True, slots=True)
class Format:
    """A family of files: how to recognise it and which function of which module reads it.

    `magic` says whether the content is proof enough of the format; without it the name and media type decide.
    """

    name: str
    media_types: tuple[str, ...]
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


def _holds(name: str) -> Callable[[bytes], bool]:
    """Return a test for zipped packages that have this part."""

    def holds(content: bytes) -> bool:
        if not content.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return name in archive.namelist()
        except (zipfile.BadZipFile, ValueError, OSError):
            return False

    return holds


def _declares(media_type: bytes) -> Callable[[bytes], bool]:
    """Return a test for packages whose first member, stored as it is, names their media type."""
    return lambda content: content.startswith(b"PK\x03\x04") and content[30:130].startswith(b"mimetype" + media_type)


def _is_outlook(content: bytes) -> bool:
    return content.startswith(_MICROSOFT) and _OUTLOOK in content


def _is_rich(content: bytes) -> bool:
    return content.startswith(b"{\\rtf")


def _is_html(content: bytes) -> bool:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(_HTML_STARTS)


def _format(
    name: str,
    types: str,
    suffixes: str,
    module: str,
    magic: Callable[[bytes], bool] | None = None,
    function: str = "partition",
) -> Format:
    return Format(name, tuple(types.split()), frozenset(suffixes.split()), module, magic, function)


_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODT = "application/vnd.oasis.opendocument.text"

FORMATS = (
    _format("PDF", "application/pdf", ".pdf", "pdf", _is_pdf),
    _format("Word", f"{_OFFICE}wordprocessingml.document", ".docx", "office", _holds("word/document.xml")),
    _format(
        "Excel",
        f"{_OFFICE}spreadsheetml.sheet application/vnd.ms-excel.sheet.macroenabled.12",
        ".xlsx .xlsm",
        "workbook",
        _holds("xl/workbook.xml"),
    ),
    _format("PowerPoint", f"{_OFFICE}presentationml.presentation", ".pptx", "slides", _holds("ppt/presentation.xml")),
    _format("OpenDocument", _ODT, ".odt", "opendocument", _declares(_ODT.encode())),
    _format("EPUB", "application/epub+zip", ".epub", "epub", _declares(b"application/epub+zip")),
    _format("Outlook", "application/vnd.ms-outlook", ".msg", "mail", _is_outlook, "partition_outlook"),
    _format("RTF", "application/rtf text/rtf", ".rtf", "rtf", _is_rich),
    _format("HTML", "text/html application/xhtml+xml", ".html .htm .xhtml", "html", _is_html),
    _format("mail", "message/rfc822", ".eml", "mail"),
    _format("XML", "application/xml text/xml", ".xml", "xml"),
    _format("CSV", "text/csv text/tab-separated-values application/csv", ".csv .tsv .tab", "delimited"),
    _format("reStructuredText", "text/x-rst text/prs.fallenstein.rst", ".rst", "restructured"),
    _format("ZIP", "application/zip application/x-zip-compressed", ".zip", "archives", None, "partition_zip"),
    _format(
        "TAR",
        "application/x-tar application/gzip application/x-gzip application/bzip2 application/xz",
        ".tar .tgz .tbz2 .txz .gz .bz2 .xz",
        "archives",
        None,
        "partition_tar",
    ),
    _format("Markdown", "text/markdown text/x-markdown", ".md .markdown", "text", None, "partition_markdown"),
    _format("plain text", "text/plain", ".txt .text", "text"),
)


def detect(content: bytes, media_type: str, name: str) -> tuple[Format, tuple[str, ...]]:
    """Return the format to read `content` as, and what a person should know about the choice. Raises `Refused`.

    Content that proves its format wins over what is said about it, except that HTML in a text file stays text.
    """
    stated = _stated(media_type, name)
    proven = next((form for form in FORMATS if form.magic and form.magic(content)), None)
    if proven is not None and proven is not stated and not (proven.name == "HTML" and stated and not stated.magic):
        label = stated.name if stated else "of another type"  # which the file may have said of its own member
        return proven, (f"the file says it is {label}; its content is {proven.name} and was read as such",)
    if content.startswith(_MICROSOFT) and _ENCRYPTED_PACKAGE in content:
        raise Refused(Refusal.ENCRYPTED)
    if stated is None:
        raise Refused(Refusal.UNSUPPORTED)
    if stated.magic is not None and proven is None and stated.name != "HTML":
        raise Refused(Refusal.CORRUPT)
    return stated, ()


def media_type_of(name: str) -> str:
    """Return the media type that a file name promises, one of no promise if there is none."""
    suffix = _suffix(name)
    known = next((form.media_types[0] for form in FORMATS if suffix in form.suffixes), None)
    return known or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _suffix(name: str) -> str:
    return f".{name.rpartition('.')[2].lower()}" if "." in name else ""


def _stated(media_type: str, name: str) -> Format | None:
    """Return the format that the media type names, or the file name where the media type is vague."""
    plain = media_type.split(";", maxsplit=1)[0].strip().lower()
    suffix = _suffix(name)
    by_name = next((form for form in FORMATS if suffix in form.suffixes), None)
    by_type = next((form for form in FORMATS if plain in form.media_types), None)
    return by_name or by_type if plain in VAGUE else by_type
