"""Bytes of a text file to characters, to the code point: byte order marks and line ends stay as they are."""

import codecs
import re

from memory.adapters.partitioner.limits import Refusal, Refused

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""charset\s*=\s*["']?([\w-]{3,30})|coding[:=]\s*([\w-]{3,30})""", re.IGNORECASE)


def decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the characters and notes on how they were read. Raises `Refused` for binary and for blank content.

    UTF-16 and UTF-32 are known by their byte order mark, UTF-16 also by the NULs of its Latin letters. Otherwise the
    file is UTF-8; failing that, what it declares in its first kilobyte; failing that, Windows-1252, with its undefined
    bytes read as Latin-1 does.
    """
    text, notes = _decoded(content)
    if not text.replace("\ufeff", "").strip():
        raise Refused(Refusal.EMPTY)
    return text, notes


def _decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding), (f"read as {encoding}",)
    if (unmarked := _two_bytes(content)) is not None:
        return _strictly(content, unmarked), (f"read as {unmarked}",)
    if b"\0" in content:
        raise Refused(Refusal.BINARY)
    try:
        return content.decode(), ()
    except UnicodeDecodeError:
        encoding = _declared(content) or "cp1252"
    return _by_single_bytes(content, encoding), (f"not valid UTF-8; read as {encoding}",)


def _two_bytes(content: bytes) -> str | None:
    """Return which UTF-16 a text without a mark is: one whose first characters have NUL for all their other bytes."""
    head = content[:64]
    if len(head) < 16 or len(content) % 2:
        return None
    even, odd = head[::2], head[1::2]
    if not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(odd) else None


def _strictly(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(Refusal.CORRUPT) from error
    if "\0" in text:
        raise Refused(Refusal.BINARY)
    return text


def _declared(content: bytes) -> str | None:
    found = _DECLARED.search(content[:1024])
    if found is None:
        return None
    try:
        encoding = codecs.lookup((found[1] or found[2]).decode("ascii"))
    except LookupError:
        return None
    # bytes-to-bytes codecs (zip, base64) are codecs, too, and are not encodings of text
    return encoding.name if encoding._is_text_encoding and encoding.name != "utf-8" else None  # noqa: SLF001


def _by_single_bytes(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in content)
