"""Hidden instructions in files of many formats, through the real parsers, the write walk and every way of asking.

Two worlds hold the same documents; in one of them each hides words, in the way of its format, in the other nothing is
hidden. Whatever is asked, also for the hidden words themselves, ranks are the same, and no answer holds any of them.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pptx
import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from pptx.util import Inches, Pt

from classifiers.presidio import PresidioClassifier
from memory.adapters.partitioner import Limits, SandboxedPartitioner
from memory.domain.documents import HIDDEN_NOTE, SourceDocument
from memory.domain.governance import Source
from memory.ingest.flags import HIDDEN
from memory.testing.index_world import quick_folder
from memory.testing.surroundings import NOON
from tests.integration.hostile import docx, opened, said, word
from tests.unit.adapters.partitioner import pages
from tests.worlds.building import World, document, open_world

WORDS = ("quetzal", "marmoset", "wombat")
SECRET = " ".join(WORDS)
BEFORE = NOON - timedelta(days=3)
TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in SECRET)
"""The words as tag characters, which nothing shows."""

TOPICS = ("travel", "leave", "parking", "laptops", "visitors", "invoices", "training", "expenses", "badges", "mail")


def line(topic: str) -> str:
    return f"The office of {topic} answers every question about {topic} and the rules for it."


def as_pdf(topic: str, hidden: str) -> bytes:
    veiled = f"q 1 g {pages.said(hidden, x=2, y=40, size=4)} Q" if hidden else ""
    return pages.page(pages.said(line(topic), x=2, y=60, size=4) + veiled)


def as_word(topic: str, hidden: str) -> bytes:
    veiled = f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{hidden}</w:t></w:r></w:p>" if hidden else ""
    return docx(word(said(line(topic)) + veiled))


def as_html(topic: str, hidden: str) -> bytes:
    return f"<html><body><p>{line(topic)}</p>{veiled_html(hidden)}</body></html>".encode()


def veiled_html(hidden: str) -> str:
    return f'<p style="color:#fefefe">{hidden}</p>' if hidden else ""


def as_workbook(topic: str, hidden: str) -> bytes:
    book = Workbook()
    book.active.append(["Rule"])
    book.active.append([line(topic)])
    if hidden:
        book.active["A3"] = hidden
        book.active["A3"].font = Font(color="FFFFFFFF")
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def as_slides(topic: str, hidden: str) -> bytes:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    for text, size in ((line(topic), 18), (hidden, 1)):
        if text:
            box = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1))
            box.text_frame.text = text
            box.text_frame.paragraphs[0].runs[0].font.size = Pt(size)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def as_open_document(topic: str, hidden: str) -> bytes:
    name = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    veiled = f"<text:p><text:hidden-text>{hidden}</text:hidden-text></text:p>" if hidden else ""
    content = f'<a xmlns:text="{name}"><text:p>{line(topic)}</text:p>{veiled}</a>'
    return opened("application/vnd.oasis.opendocument.text", {"META-INF/manifest.xml": "<m/>", "content.xml": content})


def as_rtf(topic: str, hidden: str) -> bytes:
    return rf"{{\rtf1 {line(topic)}\par {{\v {hidden}}}}}".encode()


def as_mail(topic: str, hidden: str) -> bytes:
    head = "From: a@example.org\r\nSubject: Rules\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
    return head.encode() + as_html(topic, hidden)


def as_book(topic: str, hidden: str) -> bytes:
    package = (
        '<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    files = {
        "META-INF/container.xml": '<c><rootfile full-path="p.opf"/></c>',
        "p.opf": package,
        "a.xhtml": as_html(topic, hidden),
    }
    return opened("application/epub+zip", files)


def as_text(topic: str, hidden: str) -> bytes:
    return (line(topic) + (TAGS if hidden else "")).encode()


FORMATS = {
    "pdf": as_pdf,
    "docx": as_word,
    "html": as_html,
    "xlsx": as_workbook,
    "pptx": as_slides,
    "odt": as_open_document,
    "rtf": as_rtf,
    "eml": as_mail,
    "epub": as_book,
    "txt": as_text,
}
LAYOUT = sorted(FORMATS.keys() - {"txt"})


@dataclass(frozen=True)
class Pair:
    """Both worlds and their reader's token; the first is the one that hides."""

    hiding: World
    plain: World
    token: str

    def asked(self, query: str) -> list[list[tuple[str, str]]]:
        """Return titles and texts of the passages of both, best first, without the marks of hidden characters."""
        return [
            [(one["citation"]["title"], one["text"].replace("[HIDDEN_TEXT]", "")) for one in passages]
            for passages in (world.passages(self.token, query, top_k=100) for world in (self.hiding, self.plain))
        ]

    def version(self, name: str, below: str = "", **more: str) -> bytes:
        path = f"/documents/{self.hiding.document_id('files', name)}{below}"
        shown = self.hiding.client.get(path, self.token, purpose="support", **more)
        assert shown.status == 200, shown.body
        return shown.body


def item(kind: str, topic: str, hidden: str, title: str) -> SourceDocument:
    made = document(f"rules.{kind}", FORMATS[kind](topic, hidden), BEFORE, title=title)
    return replace(made, media_type="application/octet-stream")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    given = {"classifier": PresidioClassifier()}
    with (
        SandboxedPartitioner(Limits(), workers=1) as partitioner,
        quick_folder() as folder,
        open_world(folder / "one", partitioner=partitioner, **given) as hiding,
        open_world(folder / "other", partitioner=partitioner, **given) as plain,
    ):
        for world, hidden in ((hiding, SECRET), (plain, "")):
            world.person("rob", "employees")
            source = world.source("files", "everyone")
            for kind, topic in zip(FORMATS, TOPICS, strict=True):
                bring(world, source, kind, topic, hidden)
        yield Pair(hiding, plain, hiding.token(hiding.person("rob", "employees"), name="rob"))


def bring(world: World, source: Source, kind: str, topic: str, hidden: str) -> None:
    """Bring a document in, once without anything hidden, then as it is; its title hides something, too."""
    outcomes = world.bring(source, item(kind, topic, "", f"Rules of {topic}"))
    later = replace(item(kind, topic, hidden, f"Rules of {topic}{TAGS if hidden else ''}"), modified_at=NOON)
    outcomes += world.bring(source, later)
    assert {one.change for one in outcomes} <= {"added", "updated", "unchanged"}, outcomes


@pytest.mark.parametrize("query", [SECRET, *WORDS, f"{SECRET} travel", "Who answers questions about leave?", "badges"])
def test_hidden_words_change_neither_ranks_nor_passages(pair: Pair, query: str) -> None:
    """Fails when a parser keeps what its format hides, or hidden characters are embedded or shown."""
    hiding, plain = pair.asked(query)
    assert len(plain) >= len(FORMATS)
    assert hiding == plain
    assert not [word for word in WORDS for text in map(str, hiding) if word in text]


@pytest.mark.parametrize("kind", FORMATS)
def test_hidden_words_are_in_no_version_title_or_difference(pair: Pair, kind: str) -> None:
    """Fails when what nobody sees comes back by another way than search."""
    name = f"rules.{kind}"
    for body in (
        pair.version(name),
        pair.version(name, "/versions"),
        pair.version(name, "/versions/2"),
        pair.version(name, "/diff", from_="1", to="2"),
    ):
        text = body.decode()
        assert not [word for word in (*WORDS, TAGS[:5]) if word in text]
        assert "\\udb40" not in text


def test_documents_that_hide_are_flagged(pair: Pair) -> None:
    """Fails when something is left out without a flag, or everything is flagged."""
    names = {pair.hiding.document_id("files", f"rules.{kind}"): kind for kind in FORMATS}
    flagged = pair.hiding.found(pair.token, "rules", filters={"labels": [HIDDEN]})
    assert sorted(names[one] for one in flagged) == sorted(FORMATS)
    assert pair.plain.found(pair.token, "rules", filters={"labels": [HIDDEN]}) == set()


@pytest.mark.parametrize("kind", LAYOUT)
def test_what_was_left_out_is_noted_with_the_version(pair: Pair, kind: str) -> None:
    """Fails when the note is lost between the parser and the version, or stays with an earlier one."""
    with pair.hiding.services.catalogue.read() as session:
        first, second = session.documents.versions(pair.hiding.document_id("files", f"rules.{kind}"))
    assert HIDDEN_NOTE not in first.notes
    assert HIDDEN_NOTE in second.notes


def test_packages_are_as_other_programs_write_them() -> None:
    """Guards the files above: a package that cannot be opened would hide nothing."""
    for kind in ("docx", "xlsx", "pptx", "odt", "epub"):
        assert zipfile.ZipFile(io.BytesIO(FORMATS[kind]("travel", SECRET))).testzip() is None
