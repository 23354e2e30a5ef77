"""Mails: sender, recipients, date, subject and body; attachments are members, documents of their own.

Internet messages (EML) are read by Python's own parser, Outlook's (MSG) by python-oxmsg. Of a body that is told as
text and as HTML the text is read.
"""

import codecs
import io
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from importlib.metadata import version
from platform import python_version

import oxmsg

from memory.adapters.partitioner import html
from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.members import Members
from memory.adapters.partitioner.pieces import Piece, joined
from memory.adapters.partitioner.tables import Tables
from memory.adapters.partitioner.text import paragraphs
from memory.domain.documents import ElementKind, PartitionedText

MAX_HEADER = 5000
MAX_PARTS = 1000
_HEADERS = ("From", "To", "Cc", "Bcc", "Date")
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_PARTS = ("message/rfc822", "message/global")


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read an Internet message. Raises `Refused`."""
    message = message_from_bytes(_as_bytes(content), policy=policy.compat32)  # the newer one is slow on long headers
    if message.get_content_type() in _ENCRYPTED:
        raise Refused(Refusal.ENCRYPTED)
    if not message.keys():
        raise Refused(Refusal.CORRUPT if content.strip() else Refusal.EMPTY)
    members, body = Members(limits), _Body()
    _walk(message, body, members)
    head = {name: _header(message, name) for name in ("Subject", *_HEADERS)}
    return _mail(head, body, members, "email", python_version())


def partition_outlook(content: bytes, limits: Limits) -> PartitionedText:
    """Read an Outlook message. Raises `Refused`."""
    message = oxmsg.Message.load(io.BytesIO(content))
    members, body = Members(limits), _Body()
    kinds = {attachment.mime_type for attachment in message.attachments}
    if message.message_class.upper() == "IPM.NOTE.SMIME" or kinds & {*_ENCRYPTED, "application/pgp-encrypted"}:
        raise Refused(Refusal.ENCRYPTED)
    body.add(message.body or "", message.html_body or "")
    for attachment in message.attachments:
        if attachment.attached_by_value and attachment.file_bytes is not None:
            members.add(_last(attachment.file_name), attachment.mime_type or "", attachment.file_bytes)
    to = ", ".join(f"{one.name} <{one.email_address}>" for one in message.recipients)
    date = "" if message.sent_date is None else message.sent_date.isoformat()
    head = {"Subject": message.subject or "", "From": message.sender or "", "To": to, "Date": date}
    return _mail(head, body, members, "python-oxmsg", version("python-oxmsg"))


class _Body:
    """The text of a mail, part by part."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.notes: list[str] = []
        self._tables = Tables()

    def add(self, plain: str, markup: str) -> None:
        """Read the plain form of a part, or its HTML where there is no other."""
        if plain.strip():
            self.pieces += paragraphs(plain.replace("\r\n", "\n"))
        elif markup.strip():
            found, notes = html.read(markup, self._tables)
            self.pieces += found
            self.notes += notes


def _mail(head: Mapping[str, str], body: _Body, members: Members, parser: str, parser_version: str) -> PartitionedText:
    lines = [f"{name}: {head[name]}" for name in _HEADERS if head.get(name)]
    found = [Piece(ElementKind.TITLE, head["Subject"], 1), Piece(ElementKind.TEXT, "\n".join(lines)), *body.pieces]
    names = [Piece(ElementKind.LIST_ITEM, f"Attachment: {member.name}") for member in members.found]
    return joined(
        [*found, *names],
        parser=parser,
        parser_version=parser_version,
        notes=dict.fromkeys(body.notes),
        members=members.found,
    )


def _as_bytes(content: bytes) -> bytes:
    """Return a message as bytes that a mail can have: not in an encoding of two bytes, without a byte order mark."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content[:4]:
        return decode(content)[0].removeprefix("\ufeff").encode()
    return content.removeprefix(codecs.BOM_UTF8)


def _walk(part: Message, body: _Body, members: Members, left: list[int] | None = None) -> None:
    """Read the parts of a message in order; of alternatives the plain one, of an attached message only that it is."""
    left = [MAX_PARTS] if left is None else left
    left[0] -= 1
    if left[0] < 0:
        raise Refused(Refusal.EXPANDS_TOO_FAR)
    kind = part.get_content_type()
    if kind == "multipart/alternative" and part.is_multipart():
        texts = [one for one in part.walk() if one.get_content_type() in ("text/plain", "text/html")]
        plain, markup = (_first(texts, wanted) for wanted in ("text/plain", "text/html"))
        body.add(plain, markup)
        others = [one for one in part.walk() if not one.is_multipart() and one not in texts]
    elif part.is_multipart() and kind not in _PARTS:
        for one in _below(part):
            _walk(one, body, members, left)
        return
    else:
        others = [part]
    for one in others:
        _single(one, body, members)


def _single(part: Message, body: _Body, members: Members) -> None:
    kind, name = part.get_content_type(), _file_name(part)
    if kind in _PARTS:
        inner = next(iter(_below(part)), None)
        if inner is not None:
            members.add(name or "message.eml", "message/rfc822", inner.as_bytes())
    elif kind in ("text/plain", "text/html") and not name and not _is_attached(part):
        text = _text(part)
        body.add(*((text, "") if kind == "text/plain" else ("", text)))
    elif part.get_content_maintype() == "image" and part.get("Content-ID") and not _is_attached(part):
        body.notes.append("a picture in the text was left out")
    elif (content := part.get_payload(decode=True)) and isinstance(content, bytes):
        members.add(name or f"part{mimetypes.guess_extension(kind) or ''}", kind, content)


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _below(part: Message) -> Iterable[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else ()


def _first(parts: Iterable[Message], kind: str) -> str:
    found: Iterator[str] = (_text(one) for one in parts if one.get_content_type() == kind)
    return next((text for text in found if text.strip()), "")


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    for charset in (part.get_content_charset(), "utf-8", "cp1252"):
        try:
            return content.decode(charset or "utf-8")
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("latin-1")


def _header(message: Message, name: str) -> str:
    raw = str(message.get(name, ""))[:MAX_HEADER]
    try:
        told = str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, ValueError):
        told = raw
    return " ".join(told.split())


def _file_name(part: Message) -> str:
    try:
        return _last(part.get_filename())
    except Exception:  # noqa: BLE001 - as for headers
        return ""


def _last(path: str | None) -> str:
    """Return a file's name without the folders that a mail may claim for it."""
    return (path or "").replace("\\", "/").rpartition("/")[2]
