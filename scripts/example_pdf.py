"""PDF files of one page for the example company, written by hand so that no library is needed for them.

Source: ISO 32000-1:2008. Enters: lines of text with their sizes. Leaves: the same bytes on every run.
"""

import hashlib
from collections.abc import Iterator


def pdf(paragraphs: tuple[tuple[int, str], ...], *, password: bytes | None = None) -> bytes:
    """Return a PDF of one A4 page with a text layer, of (size in points, text); a password encrypts it.

    Source: ISO 32000-1:2008; the encryption is its standard security handler, revision 2 (RC4 with 40 bits): weak, and
    what old office printers still write.
    """
    content = _page(paragraphs)
    encrypted = None if password is None else _Encryption(password)
    if encrypted is not None:
        content = encrypted.stream(content, number=5)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    trailer = b"/Root 1 0 R"
    if encrypted is not None:
        objects.append(encrypted.dictionary())
        trailer += b"/Encrypt 6 0 R/ID[<%s><%s>]" % (encrypted.file_id.hex().encode(), encrypted.file_id.hex().encode())
    return _assembled(objects, trailer)


def _assembled(objects: list[bytes], trailer: bytes) -> bytes:
    """Return the file: numbered objects, the table of their places, and the trailer."""
    body = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, trailer, len(body))
    )


def _page(paragraphs: tuple[tuple[int, str], ...]) -> bytes:
    """Return the drawing operators of a page: each line at its place, the page's origin below."""
    operators = []
    height = 790.0
    for size, text in paragraphs:
        height -= size
        for line in _lines(text):
            escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            operators.append(f"BT /F1 {size} Tf 60 {height:.1f} Td ({escaped}) Tj ET")
            height -= 1.3 * size
        height -= 0.8 * size
    return "\n".join(operators).encode("cp1252")


def _lines(text: str, width: int = 85) -> Iterator[str]:
    line = ""
    for word_ in text.split():
        if line and len(line) + len(word_) >= width:
            yield line
            line = ""
        line = f"{line} {word_}".strip()
    yield line


class _Encryption:
    """Algorithms 1 to 4 of ISO 32000-1, 7.6.3."""

    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    permissions = -4

    def __init__(self, password: bytes) -> None:
        padded = (password + self.padding)[:32]
        self.file_id = hashlib.md5(b"annex-b-signed").digest()  # noqa: S324 the format demands it
        self._owner = _rc4(hashlib.md5(padded).digest()[:5], padded)  # noqa: S324
        rights = self.permissions.to_bytes(4, "little", signed=True)
        self._key = hashlib.md5(padded + self._owner + rights + self.file_id).digest()[:5]  # noqa: S324

    def stream(self, content: bytes, *, number: int) -> bytes:
        """Return the encrypted stream of object `number`, generation 0."""
        salted = self._key + number.to_bytes(3, "little") + b"\0\0"
        return _rc4(hashlib.md5(salted).digest()[:10], content)  # noqa: S324

    def dictionary(self) -> bytes:
        """Return what the trailer's /Encrypt refers to."""
        owner, user = self._owner.hex().encode(), _rc4(self._key, self.padding).hex().encode()
        return b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P %d>>" % (owner, user, self.permissions)


def _rc4(key: bytes, content: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    result = bytearray()
    for byte in content:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        result.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(result)
