import io
import zipfile

import pytest

from memory.adapters.partitioner.formats import detect
from memory.adapters.partitioner.limits import Refusal, Refused

PDF = b"%PDF-1.7\n"
HTML = b"\xef\xbb\xbf <!DOCTYPE HTML><html>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def archive(*names: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return body.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type", "name", "expected"),
    [
        (PDF, "application/pdf", "a.pdf", "PDF"),
        (archive("word/document.xml"), DOCX_TYPE, "a.docx", "Word"),
        (HTML, "text/html; charset=utf-8", "a.html", "HTML"),
        (b"no tags", "text/html", "a.html", "HTML"),
        (b"# A", "text/markdown", "README", "Markdown"),
        (b"# A", "text/plain", "a.MD", "Markdown"),
        (b"# A", "application/octet-stream", "a.md", "Markdown"),
        (b"a", "text/plain", "a.log", "plain text"),
        (archive("xl/workbook.xml"), "", "a.xlsm", "Excel"),
        (archive("ppt/presentation.xml"), "", "a.pptx", "PowerPoint"),
        (archive("a.txt"), "application/zip", "a.zip", "ZIP"),
        (b"\x1f\x8b", "application/gzip", "a.tar.gz", "TAR"),
        (OLE + "__properties_version1.0".encode("utf-16-le"), "application/vnd.ms-outlook", "a.msg", "Outlook"),
        (b"From: a", "message/rfc822", "a.eml", "mail"),
        (b"{\\rtf1 a}", "application/rtf", "a.rtf", "RTF"),
        (b"a,b", "text/csv", "a.csv", "CSV"),
        (b"a\tb", "text/tab-separated-values", "a.tsv", "CSV"),
        (b"<a/>", "text/xml", "a.xml", "XML"),
        (b"a", "text/x-rst", "a.rst", "reStructuredText"),
        (HTML, "text/markdown", "a.md", "Markdown"),
    ],
)
def test_a_format_is_known_by_content_type_or_name(content: bytes, media_type: str, name: str, expected: str) -> None:
    form, notes = detect(content, media_type, name)
    assert (form.name, notes) == (expected, ())


@pytest.mark.parametrize(
    ("content", "media_type", "name", "expected"),
    [
        (PDF, "text/plain", "a.txt", "PDF"),
        (PDF, DOCX_TYPE, "a.docx", "PDF"),
        (archive("word/document.xml"), "application/pdf", "a.pdf", "Word"),
        (HTML, "application/pdf", "a.pdf", "HTML"),
        (PDF, "image/png", "a.png", "PDF"),
        (archive("xl/workbook.xml"), "application/zip", "a.zip", "Excel"),
        (archive("xl/workbook.xml"), DOCX_TYPE, "a.docx", "Excel"),
    ],
)
def test_content_that_proves_its_format_wins_and_says_so(
    content: bytes, media_type: str, name: str, expected: str
) -> None:
    form, notes = detect(content, media_type, name)
    assert form.name == expected
    assert f"its content is {expected}" in notes[0]


@pytest.mark.parametrize(
    ("content", "media_type", "name", "refusal"),
    [
        (b"GIF89a", "image/gif", "a.gif", Refusal.UNSUPPORTED),
        (b"a", "application/octet-stream", "a.bin", Refusal.UNSUPPORTED),
        (archive("a.class"), "application/java-archive", "a.jar", Refusal.UNSUPPORTED),
        (archive("a.txt"), DOCX_TYPE, "a.docx", Refusal.CORRUPT),
        (b"PK\x03\x04 not really", DOCX_TYPE, "a.docx", Refusal.CORRUPT),
        (b"not a pdf", "application/pdf", "a.pdf", Refusal.CORRUPT),
        (OLE + "EncryptedPackage".encode("utf-16-le"), DOCX_TYPE, "a.docx", Refusal.ENCRYPTED),
        (OLE, "application/msword", "a.doc", Refusal.UNSUPPORTED),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    content: bytes, media_type: str, name: str, refusal: Refusal
) -> None:
    with pytest.raises(Refused) as refused:
        detect(content, media_type, name)
    assert refused.value.refusal is refusal
