"""PDF: the text layer, read by PDFium, as unstructured elements.

What enters are bytes; what leaves are paragraphs and headings, page by page. PDFium gives lines; they are joined into
a paragraph while size and distance stay those of running text. A paragraph set larger than the body is a heading, its
depth the rank of its size; one set in bold is a heading when unstructured takes its text for one. What nobody sees is
left out and told. A page without text is read by text recognition where that is installed, and told either way.
"""

import ctypes
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import groupby

import pypdfium2
import pypdfium2.raw as pdfium
from unstructured.partition.text import element_from_text

from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.ocr import Recognition
from memory.adapters.partitioner.pages import told
from memory.adapters.partitioner.pieces import Piece, joined, pieces
from memory.adapters.partitioner.unseen import Unseen, unseen
from memory.domain.documents import HIDDEN_NOTE, ElementKind, PartitionedText

LARGER = 1.15  # times the body's size make a heading
APART = 1.8  # times its own size from one line to the next end a paragraph
BOLD = 600
MAX_HEADING = 200
MAX_DEPTH = 6
_HYPHENS = ("\ufffe", "\x02")  # how PDFium marks a hyphen that only the line break needed
_HIDDEN = "\0"
_RUN = re.compile(r"(?<=[^\s\0])\0+(?=[^\s\0])")
GAP = 0.15
"""Of the height of a character: what stands so far apart is read apart."""
_BLANK = f"{string.whitespace}\xa0{_HIDDEN}"
_BOLD_NAMES = (b"bold", b"black", b"heavy", b"cmbx", b"sfbx")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a page. `size` and `bottom` are in points, the page's origin below."""

    text: str
    page: int
    size: float
    bottom: float
    bold: bool

    def continues(self, before: "_Line") -> bool:
        """Say whether this line belongs to the paragraph of the line before it."""
        step = before.bottom - self.bottom
        return (
            self.page == before.page
            and self.bold == before.bold
            and abs(self.size - before.size) < 0.1 * before.size
            and -0.5 * self.size < step < APART * self.size
        )


@dataclass(slots=True)
class _Pages:
    """The numbers of pages that a person should know something of."""

    recognised: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    hiding: list[int] = field(default_factory=list)
    unchecked: list[int] = field(default_factory=list)

    def notes(self, *, recognises: bool) -> Iterator[str]:
        """Yield what is told; the first is the one that flags the document."""
        if self.hiding:
            yield HIDDEN_NOTE
        yield from told(self.hiding, "hidden text was left out")
        yield from told(self.recognised, "read by text recognition")
        yield from told(self.blank, "no text layer" if recognises else "no text layer; install the extra ocr")
        yield from told(self.unchecked, "text of a picture, not compared with it")


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read the text layer of a PDF. Raises `Refused`."""
    document = _open(content)
    lines: list[_Line] = []
    scanned: list[Piece] = []
    pages = _Pages()
    recognition = Recognition(limits.timeout_s)
    for number in range(1, len(document) + 1):
        found, hidden = _lines(document, number)
        lines += found
        if not found:
            texts = recognition.paragraphs(document[number - 1])
            scanned += [Piece(ElementKind.TEXT, text, 0, number) for text in texts]
            (pages.recognised if texts else pages.blank).append(number)
        if hidden.characters:
            pages.hiding.append(number)
        if hidden.on_picture:
            pages.unchecked.append(number)
        if sum(len(line.text) for line in found) > limits.characters:
            raise Refused(Refusal.OUTPUT_TOO_LARGE)
    if not lines and not scanned:
        raise Refused(Refusal.EMPTY if pages.hiding else Refusal.NO_TEXT_LAYER)
    return joined(
        sorted([*_pieces(lines), *scanned], key=lambda piece: piece.page or 0),
        parser="pypdfium2",
        parser_version=version("pypdfium2"),
        notes=pages.notes(recognises=recognition.installed),
    )


def _open(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        encrypted = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise Refused(Refusal.ENCRYPTED if encrypted else Refusal.CORRUPT) from error


def _lines(document: pypdfium2.PdfDocument, number: int) -> tuple[list[_Line], Unseen]:
    """Return the lines of a page as they are seen, and what is not."""
    page = document[number - 1]
    text_page = page.get_textpage()
    hidden = unseen(page, text_page)
    lines = []
    units = 0  # PDFium counts in UTF-16
    for text in _seen(text_page, hidden).split("\r\n"):
        if text.strip(_BLANK):
            blank = len(text) - len(text.lstrip(_BLANK))
            index = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, units + blank)
            lines.append(_measured(text.replace(_HIDDEN, ""), number, text_page, index))
        units += _units(text) + 2
    text_page.close()
    page.close()
    return lines, hidden


def _seen(text_page: pypdfium2.PdfTextPage, hidden: Unseen) -> str:
    """Return the text of a page; what nobody sees is `_HIDDEN`, so that every place stays as it is."""
    text: str = text_page.get_text_range()
    if not hidden.characters:
        return text
    units = bytearray(text.encode("utf-16-le", "surrogatepass"))
    for index in hidden.characters:
        place = pdfium.FPDFText_GetTextIndexFromCharIndex(text_page, index)
        if place >= 0:
            units[2 * place : 2 * place + 2] = _HIDDEN.encode("utf-16-le")
    return "".join(_with_gaps(text_page, units.decode("utf-16-le", "replace")))


def _with_gaps(text_page: pypdfium2.PdfTextPage, text: str) -> Iterator[str]:
    """Yield the text with a blank in place of the first of hidden characters that keep apart what is seen around them.

    A value must be found as it is read: what nobody sees may take room, and its neighbours are then no one word.
    """
    done = units = 0
    for run in _RUN.finditer(text):
        units += _units(text[done : run.start()])
        last, after = units - _units(text[run.start() - 1]), units + len(run[0])
        yield text[done : run.start()]
        yield f" {run[0][1:]}" if _is_apart(text_page, last, after) else run[0]
        done, units = run.end(), after
    yield text[done:]


def _is_apart(text_page: pypdfium2.PdfTextPage, before: int, after: int) -> bool:
    left, right = (_box(text_page, place) for place in (before, after))
    return bool(right.left - left.right > GAP * max(abs(left.top - left.bottom), 1.0))


def _box(text_page: pypdfium2.PdfTextPage, place: int) -> pdfium.FS_RECTF:
    """Return the box of a character by its place in a page's text, in units of UTF-16."""
    box = pdfium.FS_RECTF()
    index = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, place)
    pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box))
    return box


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _measured(text: str, page: int, text_page: pypdfium2.PdfTextPage, index: int) -> _Line:
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box))
    size = abs(box.top - box.bottom) or pdfium.FPDFText_GetFontSize(text_page, index)
    return _Line(text.rstrip(), page, size, box.bottom, _is_bold(text_page, index))


def _is_bold(text_page: pypdfium2.PdfTextPage, index: int) -> bool:
    """Say whether the font is bold: by its weight, or by its name, because many fonts state no weight."""
    if pdfium.FPDFText_GetFontWeight(text_page, index) >= BOLD:
        return True
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(text_page, index, name, len(name), ctypes.byref(ctypes.c_int()))
    return any(word in name.value.lower() for word in _BOLD_NAMES)


def _pieces(lines: Sequence[_Line]) -> Iterator[Piece]:
    """Yield paragraphs and headings."""
    paragraphs = list(_paragraphs(lines))
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size)] += len(line.text)
    body = max(weights, key=lambda size: weights[size], default=0)
    larger = {round(first.size) for first, _ in paragraphs if first.size >= LARGER * body}
    ranks = {size: rank for rank, size in enumerate(sorted(larger, reverse=True), 1)}
    for first, text in paragraphs:
        yield from _piece(first, text, min(ranks.get(round(first.size), 0), MAX_DEPTH), min(len(ranks) + 1, MAX_DEPTH))


def _piece(first: _Line, text: str, depth: int, bold_depth: int) -> Iterable[Piece]:
    for piece in pieces([element_from_text(text)]):
        guessed = piece.kind is ElementKind.TITLE
        if depth and len(text) <= MAX_HEADING:
            yield Piece(ElementKind.TITLE, text, depth, first.page)
        elif guessed and first.bold:
            yield Piece(ElementKind.TITLE, text, bold_depth, first.page)
        else:
            yield Piece(ElementKind.TEXT if guessed else piece.kind, text, 0, first.page)


def _paragraphs(lines: Sequence[_Line]) -> Iterator[tuple[_Line, str]]:
    """Yield the first line and the text of each paragraph."""
    number = 0
    numbers = []
    for index, line in enumerate(lines):
        number += index > 0 and not line.continues(lines[index - 1])
        numbers.append(number)
    for _, group in groupby(zip(numbers, lines, strict=True), key=lambda pair: pair[0]):
        members = [line for _, line in group]
        yield members[0], _flowing([line.text for line in members])


def _flowing(texts: Sequence[str]) -> str:
    """Join lines by spaces, and words that only a line break parted by nothing."""
    text = texts[0]
    for line in texts[1:]:
        text = text[:-1] + line.lstrip() if text.endswith(_HYPHENS) else f"{text} {line}"
    return text.replace(_HYPHENS[0], "").replace(_HYPHENS[1], "")
