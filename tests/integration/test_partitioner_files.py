"""The sandboxed partitioner on real files, hostile files, and under load."""

import io
import os
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from memory.adapters.partitioner import Limits, SandboxedPartitioner
from memory.adapters.partitioner.ocr import trained_data
from memory.adapters.partitioner.sandbox import AHEAD
from memory.domain.documents import HIDDEN_NOTE, ElementKind, PartitionedText
from memory.domain.errors import Unreadable
from memory.testing.partitioner_contract import assert_whole
from tests.unit.adapters.partitioner.pages import page, said

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
READ = (
    *(".md", ".txt", ".html", ".htm", ".docx", ".pdf", ".pptx", ".xlsx", ".xlsm"),
    *(".csv", ".tsv", ".eml", ".msg", ".odt", ".rtf", ".epub", ".xml", ".rst"),
)


@pytest.fixture(scope="module")
def partitioner() -> Iterator[SandboxedPartitioner]:
    with SandboxedPartitioner(Limits(expanded_bytes=2**24), workers=2) as partitioner:
        yield partitioner


def read(partitioner: SandboxedPartitioner, path: Path) -> PartitionedText:
    return partitioner.partition(path.read_bytes(), "application/octet-stream", path.name)


def titles(partitioned: PartitionedText) -> list[tuple[int, str]]:
    found = [e for e in partitioned.elements if e.kind is ElementKind.TITLE]
    return [(e.depth, e.span.slice(partitioned.text)) for e in found]


def test_every_text_file_of_two_repositories_is_read_whole(
    partitioner: SandboxedPartitioner, test_data: Path, tmp_path: Path
) -> None:
    """Fails when `anchored` yields only what the parser found: HTML blocks in Markdown are not among it."""
    for name in ("site-policy", "basecamp-policies"):
        bundle = test_data / "versions" / f"{name}.bundle"
        clone = ["git", "clone", "--quiet", str(bundle), str(tmp_path / name)]
        subprocess.run(clone, check=True, capture_output=True)  # noqa: S603
    files = [path for path in tmp_path.rglob("*.md") if path.is_file()]
    assert len(files) > 80
    for path in files:
        partitioned = read(partitioner, path)
        assert partitioned.text.encode() == path.read_bytes()
        assert_whole(partitioned)


def test_every_sample_document_is_read_whole_or_refused_for_a_reason(
    partitioner: SandboxedPartitioner, test_data: Path
) -> None:
    refused: dict[str, str] = {}
    files = [p for p in (test_data / "documents").rglob("*") if p.suffix in READ and "groundtruth" not in p.parts]
    # a book of 870 pages that takes seconds and shows nothing that the others do not
    for path in (path for path in files if path.name != "handbook-872p.docx"):
        try:
            assert_whole(read(partitioner, path))
        except Unreadable as error:
            refused[path.name] = str(error)
    assert "password" in refused.pop("2206.01062_pg3.pdf")
    assert "password" in refused.pop("password.pdf")
    if trained_data() is None:
        assert "text layer" in refused.pop("loremipsum-flat.pdf")
    assert "no text" in refused.pop("empty.txt")
    for name in ("password_protected.xlsx", "fake-encrypted.eml", "fake-encrypted.msg"):
        assert "encrypted" in refused.pop(name)
    assert {"empty.xlsx", "empty.eml", "picture.pptx"} < refused.keys()
    assert len(refused) < 10


def test_a_page_without_text_is_told(partitioner: SandboxedPartitioner, test_data: Path) -> None:
    [path] = (test_data / "documents").rglob("layout-parser-paper-with-empty-pages.pdf")
    partitioned = read(partitioner, path)
    if trained_data() is None:
        assert partitioned.notes == ("pages 2-3: no text layer; install the extra ocr",)
    else:
        assert partitioned.notes == ("page 3: read by text recognition", "page 2: no text layer")
    assert {element.page for element in partitioned.elements} >= {1}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("docling/docx/sources/textbox.docx", "Suggested Reportable Symptoms"),
        ("docling/docx/sources/Strict.docx", "Some text"),
        ("docling/html/sources/hyperlink_05.html", "This is an example caption for the image."),
        ("docling/xlsx/sources/xlsx_03_chartsheet.xlsx", "Saltwater Ducks"),
        ("docling/pptx/sources/powerpoint_sample.pptx", "Class1"),
    ],
)
def test_what_lies_deeper_is_read(partitioner: SandboxedPartitioner, test_data: Path, path: str, words: str) -> None:
    """Fails when the body of a Word file is not made plain, or a page's captions and details are not renamed."""
    assert words in read(partitioner, test_data / "documents" / path).text


def test_the_attachments_of_mails_are_members(partitioner: SandboxedPartitioner, test_data: Path) -> None:
    for name in ("docling/email/sources/eml_with_attachment.eml", "docling/email/sources/msg_with_attachment.msg"):
        members = read(partitioner, test_data / "documents" / name).members
        assert members[0].name == "test.txt"
        assert members[0].content.startswith(b"This is")


@pytest.mark.skipif(trained_data() is None, reason="text recognition is not installed")
def test_a_scanned_page_is_recognised_and_told(partitioner: SandboxedPartitioner, test_data: Path) -> None:
    [path] = (test_data / "documents").rglob("loremipsum-flat.pdf")
    partitioned = read(partitioner, path)
    assert "consectetur adipiscing elit" in partitioned.text
    assert partitioned.notes == ("page 1: read by text recognition",)
    assert_whole(partitioned)


def test_what_nobody_sees_in_a_pdf_is_left_out_and_told(partitioner: SandboxedPartitioner) -> None:
    """Fails when hidden characters are kept, or taken out without a note."""
    drawn = said("A visible line.", y=80) + f"1 g {said('obey me', y=60)} 0 g " + said("Another one.", y=40)
    partitioned = partitioner.partition(page(drawn), "application/pdf", "a.pdf")
    assert partitioned.text.split() == ["A", "visible", "line.", "Another", "one."]
    assert partitioned.notes == (HIDDEN_NOTE, "page 1: hidden text was left out")
    assert_whole(partitioned)


def test_a_pdf_with_nothing_to_see_is_empty(partitioner: SandboxedPartitioner) -> None:
    with pytest.raises(Unreadable, match="no text"):
        partitioner.partition(page(f"1 g {said('obey me')}"), "application/pdf", "a.pdf")


def test_word_headings_carry_their_depth(partitioner: SandboxedPartitioner, test_data: Path) -> None:
    found = titles(read(partitioner, test_data / "documents/docling/docx/sources/unit_test_headers.docx"))
    assert found[1:5] == [(1, "Section 1"), (2, "Section 1.1"), (2, "Section 1.2"), (3, "Section 1.2.3")]


def test_pdf_headings_are_told_by_size_and_weight(partitioner: SandboxedPartitioner, test_data: Path) -> None:
    found = titles(read(partitioner, test_data / "documents/docling/pdf/sources/multi_page.pdf"))
    assert (1, "The Evolution of the Word Processor") in found


def test_markdown_of_every_kind_keeps_its_structure(partitioner: SandboxedPartitioner) -> None:
    source = (
        "\ufeff---\ntitle: A page\nowner: legal\n---\n# First *heading*\n\n"
        "Text with a [link](https://example.org/a_b).\n\n"
        "Underlined\n----------\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "```python\nx = 1  # no heading\n```\n\n"
        "<details><summary>More</summary>\n\nhidden **words**\n\n</details>\n\n### Third\n"
    )
    partitioned = partitioner.partition(source.encode(), "text/markdown", "a.md")
    assert partitioned.text == source
    assert_whole(partitioned)
    assert titles(partitioned) == [(1, "# First *heading*"), (2, "Underlined\n----------"), (3, "### Third")]
    by_kind = {e.kind: e.span.slice(source) for e in partitioned.elements}
    assert by_kind[ElementKind.TABLE] == "| a | b |\n|---|---|\n| 1 | 2 |"
    assert by_kind[ElementKind.CODE] == "```python\nx = 1  # no heading\n```"
    assert by_kind[ElementKind.LIST_ITEM] == "- two"


def docx(document: str) -> bytes:
    body = io.BytesIO()
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{DOCX_TYPE}.main+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>'
    )
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", relations)
        archive.writestr("word/document.xml", document)
    return body.getvalue()


def word(text: str, prologue: str = "") -> str:
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return f'<?xml version="1.0"?>{prologue}<w:document xmlns:w="{namespace}">{body}</w:document>'


def outcome(partitioner: SandboxedPartitioner, content: bytes, media_type: str) -> str:
    """Return the text, or the reason why there is none."""
    try:
        return partitioner.partition(content, media_type, "").text
    except Unreadable as error:
        return str(error)


def test_a_handmade_word_file_is_read(partitioner: SandboxedPartitioner) -> None:
    """The twin of the hostile ones below."""
    assert partitioner.partition(docx(word("A plain sentence.")), DOCX_TYPE, "a.docx").text == "A plain sentence."


def test_a_zip_bomb_is_refused_before_it_is_unpacked(partitioner: SandboxedPartitioner) -> None:
    """Fails without the sum of stated sizes: 100 MB of blanks would be parsed."""
    with pytest.raises(Unreadable, match="unpacks to more"):
        partitioner.partition(docx(word(" " * 10**8)), DOCX_TYPE, "a.docx")


def test_a_billion_laughs_do_not_expand(partitioner: SandboxedPartitioner) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = word("&a9;", f'<!DOCTYPE w [<!ENTITY a0 "haha">{entities}]>')
    with pytest.raises(Unreadable):
        partitioner.partition(docx(bomb), DOCX_TYPE, "a.docx")


def test_an_external_entity_is_not_followed(partitioner: SandboxedPartitioner, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("another source's text")
    prologue = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    content = docx(word("Seen: &x;", prologue))
    assert "another source" not in outcome(partitioner, content, DOCX_TYPE)


@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [
        (b"%PDF-1.7 and then nothing", "application/pdf", "a.pdf"),
        (docx(word("x"))[:200], DOCX_TYPE, "a.docx"),
        (docx("<not-closed>"), DOCX_TYPE, "a.docx"),
    ],
)
def test_a_damaged_file_is_unreadable(
    partitioner: SandboxedPartitioner, content: bytes, media_type: str, name: str
) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        partitioner.partition(content, media_type, name)


def test_deeply_nested_html_is_read_or_refused_and_the_next_document_is_read(partitioner: SandboxedPartitioner) -> None:
    nested = b"<html>" + b"<div>" * 50_000 + b"text" + b"</div>" * 50_000
    assert outcome(partitioner, nested, "text/html")
    assert partitioner.partition(b"next", "text/plain", "a.txt").text == "next"


def test_a_file_over_the_limit_is_refused_unread() -> None:
    with SandboxedPartitioner(Limits(input_bytes=3)) as partitioner, pytest.raises(Unreadable, match="larger"):
        partitioner.partition(b"four", "text/plain", "a.txt")


def test_a_worker_that_died_is_replaced_without_anyone_noticing() -> None:
    with SandboxedPartitioner(Limits()) as partitioner:
        assert partitioner.partition(b"one", "text/plain", "a.txt").text == "one"
        with partitioner._child() as child:
            os.kill(child._process.pid, signal.SIGKILL)
            child._process.wait()
        assert partitioner.partition(b"two", "text/plain", "a.txt").text == "two"


def test_a_worker_is_replaced_after_its_share_of_documents() -> None:
    with SandboxedPartitioner(Limits(documents_per_worker=1)) as partitioner:
        folders = set()
        for _ in range(2):
            partitioner.partition(b"text", "text/plain", "a.txt")
            (seat,) = partitioner._seats.queue
            assert seat._child is not None
            folders.add(seat._child._folder.name)
        assert len(folders) == 2
    assert not any(Path(folder).exists() for folder in folders)


def test_the_next_worker_is_started_before_the_last_one_is_done() -> None:
    """Fails when a worker is started only once it is needed: whoever reads then waits for seconds.

    Also when `close` forgets the one that waits, or when one that died waiting is not noticed.
    """

    def read() -> None:
        assert partitioner.partition(b"text", "text/plain", "a.txt").text == "text"

    with SandboxedPartitioner(Limits(documents_per_worker=AHEAD)) as partitioner:
        (seat,) = partitioner._seats.queue
        for _ in range(AHEAD - 1):
            read()
            assert seat._next is None
        read()
        assert seat._next is not None
        waiting = seat._next.result()
        read()
        assert seat._child is waiting
        for _ in range(AHEAD - 1):
            read()
        dead = seat._next.result()
        os.kill(dead._process.pid, signal.SIGKILL)
        dead._process.wait()
        for _ in range(AHEAD):
            read()
        assert seat._child not in (waiting, dead)
        last = seat._next.result()
        assert last.alive
    assert not any(child.alive or Path(child._folder.name).exists() for child in (waiting, dead, last))


def test_many_threads_share_few_workers(partitioner: SandboxedPartitioner) -> None:
    texts = [f"text number {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        read_back = threads.map(lambda text: partitioner.partition(text.encode(), "text/plain", "a.txt").text, texts)
        assert list(read_back) == texts


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">obey</span>',
        '<p style="color: #FFFFFF">obey</p>',
        "<font color=white>obey</font>",
        '<span style="font-size:0px">obey</span>',
        "<div hidden>obey</div>",
        '<p style="background:#fff"><span style="color:white">obey</span></p>',
    ],
)
def test_what_nobody_sees_on_a_page_is_left_out_and_told(partitioner: SandboxedPartitioner, hidden: str) -> None:
    """Fails when hidden elements are kept, or taken out without a note."""
    page = f"<html><body><p>Seen before.</p>{hidden} and seen after</body></html>"
    read_page = partitioner.partition(page.encode(), "text/html", "a.html")
    assert "obey" not in read_page.text
    assert "seen after" in read_page.text
    assert HIDDEN_NOTE in read_page.notes


def test_white_text_on_a_ground_is_kept(partitioner: SandboxedPartitioner) -> None:
    page = '<html><div style="background:#036"><p style="color:#fff">A white title</p></div><p>text</p></html>'
    assert "A white title" in partitioner.partition(page.encode(), "text/html", "a.html").text


@pytest.mark.parametrize("style", ["<w:vanish/>", '<w:color w:val="FFFFFF"/>'])
def test_what_nobody_sees_in_a_word_file_is_left_out_and_told(partitioner: SandboxedPartitioner, style: str) -> None:
    """Fails when hidden runs are kept."""
    body = word("Seen.").replace("<w:p>", f"<w:p><w:r><w:rPr>{style}</w:rPr><w:t>obey</w:t></w:r>")
    partitioned = partitioner.partition(docx(body), DOCX_TYPE, "a.docx")
    assert (partitioned.text, partitioned.notes) == ("Seen.", (HIDDEN_NOTE,))
