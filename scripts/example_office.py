"""Office files for the example company: DOCX, XLSX, PPTX and ODT, the same bytes on every run of the same libraries.

Enters: texts. Leaves: archives whose members carry one fixed time, as do the properties inside them.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import docx
import openpyxl
import pptx

WRITTEN = datetime(2026, 1, 20, tzinfo=UTC)
Paragraphs = Sequence[tuple[int, str]]
"""Heading level, or 0 for running text; and the text."""

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_ODT = "application/vnd.oasis.opendocument.text"
_ODF_NAMES = "urn:oasis:names:tc:opendocument:xmlns"


def word(paragraphs: Paragraphs, author: str = "Katrin Lorenz") -> bytes:
    """Return a DOCX."""
    document = docx.Document()
    document.core_properties.author = author
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


def workbook(sheets: Mapping[str, Sequence[Sequence[str | float | None]]], author: str) -> bytes:
    """Return an XLSX of sheets by name, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.creator, book.properties.created = author, WRITTEN.replace(tzinfo=None)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return _dated(written.getvalue())


def slides(pages: Sequence[tuple[str, Sequence[str]]], author: str) -> bytes:
    """Return a PPTX of pages: a title, and its points."""
    deck = pptx.Presentation()
    deck.core_properties.author, deck.core_properties.title = author, pages[0][0]
    deck.core_properties.created = deck.core_properties.modified = WRITTEN
    for title, points in pages:
        page = deck.slides.add_slide(deck.slide_layouts[1])
        page.shapes.title.text = title
        page.placeholders[1].text_frame.text = "\n".join(points)
    written = io.BytesIO()
    deck.save(written)
    return _dated(written.getvalue())


def opendocument(paragraphs: Paragraphs) -> bytes:
    """Return an ODT. Source: OpenDocument 1.3, part 2, chapter 3: the media type comes first and uncompressed."""
    body = "".join(
        f'<text:h text:outline-level="{level}">{escape(text)}</text:h>' if level else f"<text:p>{escape(text)}</text:p>"
        for level, text in paragraphs
    )
    names = f'xmlns:office="{_ODF_NAMES}:office:1.0" xmlns:text="{_ODF_NAMES}:text:1.0" office:version="1.3"'
    members = {
        "mimetype": _ODT,
        "content.xml": f"<office:document-content {names}><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_ODF_NAMES}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODT}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
    }
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for name, text in members.items():
            packed = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, WRITTEN.timetuple()[:6]), text.encode(), packed)
    return result.getvalue()


def _dated(archive: bytes) -> bytes:
    """Return a ZIP file with one fixed time on all its members, and on when the document was last saved."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + WRITTEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content)
            info = zipfile.ZipInfo(member.filename, WRITTEN.timetuple()[:6])
            new.writestr(info, content, zipfile.ZIP_DEFLATED)
    return result.getvalue()
