"""Make the binary files of the example company again: one DOCX, one PDF, and one PDF behind a password.

    python scripts/example_files.py [FOLDER]

What enters are the texts below; what leaves are three small files under FOLDER (default: examples/company), the same
bytes on every run with the same python-docx. The PDFs are written by hand, so that no library is needed for them.
"""

import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import docx

COMPANY = Path(__file__).resolve().parent.parent / "examples" / "company"
WRITTEN = datetime(2026, 1, 20, tzinfo=UTC)
PASSWORD = b"annex-b"

CONSENT = (
    "The Supplier may share the customer dataset with a partner for analysis, or for any other purpose, only with the "
    "prior written consent of the Client. The consent names the dataset, the partner, the purpose and the last day. "
    "Without it sharing is a material breach of this agreement."
)
CONTRACT = (
    (1, "Master agreement with Stadtwerke Brandt"),
    (0, "Between Stadtwerke Brandt (the Client) and Auenfeld GmbH (the Supplier), in force since 1 January 2025."),
    (2, "3 Services"),
    (0, "The Supplier installs sensors in the Client's households and reports consumption every month."),
    (2, "5 Fees"),
    (0, "The Client pays 4.20 euros per household and month. Invoices are due within thirty days."),
    (2, "7 Customer data"),
    (0, "The Supplier processes the customer dataset only for the services of section 3, and only in Germany."),
    (3, "7.2 Sharing with partners"),
    (0, CONSENT),
    (2, "11 Term"),
    (0, "This agreement ends on 31 December 2028. Either party may end it early with six months' notice."),
)

GUIDE = (
    (20, "Field guide: installing a sensor"),
    (11, "For technicians in Leipzig and Boston. Third edition, May 2026."),
    (15, "Before you start"),
    (11, "Switch the boiler off and let it cool for twenty minutes. Check that the pipe is dry."),
    (15, "Mounting"),
    (11, "Clip the sensor to the return pipe, a hand's width from the pump, with the arrow pointing to the boiler."),
    (11, "Press the button until the light turns green. Read the number on the back to the office."),
    (15, "When the light stays red"),
    (11, "Change the battery. If it is still red, take another sensor and send this one back."),
)

ANNEX = ((20, "Annex B: prices"), (11, "Signed copy."))


def main() -> None:
    """Write the three files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else COMPANY
    files = {
        "contracts/brandt/master-agreement.docx": word(CONTRACT),
        "contracts/brandt/annex-b-signed.pdf": pdf(ANNEX, password=PASSWORD),
        "support/field-guide.pdf": pdf(GUIDE),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def word(paragraphs: tuple[tuple[int, str], ...]) -> bytes:
    """Return a DOCX of (heading level, or 0 for running text; text)."""
    document = docx.Document()
    document.core_properties.author = "Katrin Lorenz"
    document.core_properties.title = paragraphs[0][1]
    document.core_properties.created = document.core_properties.modified = WRITTEN
    for level, text in paragraphs:
        if level:
            document.add_heading(text, level)
        else:
            document.add_paragraph(text)
    written = io.BytesIO()
    document.save(written)
    return _dated(written.getvalue())


def _dated(archive: bytes) -> bytes:
    """Return a ZIP file with one fixed time on all its members."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            info = zipfile.ZipInfo(member.filename, WRITTEN.timetuple()[:6])
            new.writestr(info, old.read(member), zipfile.ZIP_DEFLATED)
    return result.getvalue()


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


if __name__ == "__main__":
    main()
