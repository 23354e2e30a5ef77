"""PDF: the text layer, read by PDFium, as unstructured elements.

What enters are bytes; what leaves are paragraphs and headings, page by page. PDFium gives lines; they are joined into
a paragraph while size and distance stay those of running text. A paragraph set larger than the body is a heading, its
depth the rank of its size; one set in bold is a heading when unstructured takes its text for one. A page without text
is read by text recognition where that is installed, and told either way.
"""

import ctypes
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby

import pypdfium2
import pypdfium2.raw as pdfium
from unstructured.partition.text import element_from_text

from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.ocr import Recognition
from memory.adapters.partitioner.pieces import Piece, joined, pieces
from memory.domain.documents import ElementKind, PartitionedText

LARGER = 1.15  # times the body's size make a heading
APART = 1.8  # times its own size from one line to the next end a paragraph
BOLD = 600
MAX_HEADING = 200
MAX_DEPTH = 6
_HYPHENS = ("\ufffe", "\x02")  # how PDFium marks a hyphen that only the line break needed
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


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read the text layer of a PDF. Raises `Refused`."""
    document = _open(content)
    lines: list[_Line] = []
    notes: list[str] = []
    scanned: list[Piece] = []
    recognition = Recognition(limits.timeout_s)
    for number in range(1, len(document) + 1):
        found = list(_lines(document, number))
        lines += found
        if not found:
            texts = recognition.paragraphs(document[number - 1])
            scanned += [Piece(ElementKind.TEXT, text, 0, number) for text in texts]
            notes.append(f"page {number} was read by text recognition" if texts else f"page {number} has no text layer")
        if sum(len(line.text) for line in found) > limits.characters:
            raise Refused(Refusal.OUTPUT_TOO_LARGE)
    if not lines and not scanned:
        raise Refused(Refusal.NO_TEXT_LAYER)
    pieces_by_page = sorted([*_pieces(lines), *scanned], key=lambda piece: piece.page or 0)
    return joined(pieces_by_page, parser="pypdfium2", parser_version=version("pypdfium2"), notes=notes)


def _open(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        encrypted = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise Refused(Refusal.ENCRYPTED if encrypted else Refusal.CORRUPT) from error


def _lines(document: pypdfium2.PdfDocument, number: int) -> Iterator[_Line]:
    page = document[number - 1]
    text_page = page.get_textpage()
    units = 0  # PDFium counts in UTF-16
    for text in text_page.get_text_range().split("\r\n"):
        if text.strip():
            blank = len(text) - len(text.lstrip())
            yield _measured(
                text, number, text_page, pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, units + blank)
            )
        units += len(text.encode("utf-16-le", "surrogatepass")) // 2 + 2
    text_page.close()
    page.close()


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
