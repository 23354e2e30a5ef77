"""Which characters of a PDF page nobody sees.

What enters is a page with its text; what leaves are the characters that a reader of the page does not get. The page is
drawn twice, with its text and without, and a character is unseen that makes no difference between the two: white on
white, without colour, covered, clipped, in a layer that is off, or outside the page, by whatever means. Four further
rules hold where something else is drawn at the same place: text that is not painted at all, that is all but
transparent, in the colour of its ground, or too small to be read.

Scanners lay what they recognised over or under the picture of a page, unseen, and it is what people see there; so
unseen text stays where it stands on a picture that shows something at that place.

1. The boxes of all characters become boxes of pixels, and the changed pixels in each are counted by a summed-area
   table, so that the cost is one per pixel and one per character.
2. Glyphs of fonts that are not in the file may be missing here and not elsewhere: beyond Latin letters they are not
   judged by what is drawn.
3. A blank belongs to the character before it.
"""

import ctypes
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

MAX_PIXELS = 1_000_000
MAX_SIDE = 5_000
NOTICED = 8
"""Levels, of 255, by which text must change a pixel: less is noise of drawing."""
TOLD_APART = 24
"""Levels, of 255, by which a colour must differ from its ground to be told from it."""
ALIKE = 0.6
"""The share of a character's ground that has its colour: a line through it does not make it seen."""
CONTRAST = 64
"""Levels, of 255, between the lightest and the darkest of a picture that shows something."""
SMALLEST = 1.0
"""Points; nobody reads smaller letters."""
LATIN = 0x250
MAX_NESTING = 25

_UNPAINTED = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_FILLED = (pdfium.FPDF_TEXTRENDERMODE_FILL, pdfium.FPDF_TEXTRENDERMODE_FILL_CLIP)

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Unseen:
    """The characters of a page that nobody sees, by index, and whether others were kept for the picture beneath."""

    characters: frozenset[int] = frozenset()
    on_picture: bool = False


def unseen(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> Unseen:
    """Return which characters of a page nobody sees. The page must not be drawn afterwards: its text is off."""
    if not text_page.count_chars():
        return Unseen()
    return _Look(page, text_page).unseen()


@dataclass(frozen=True, slots=True)
class _Style:
    """How the characters of one text object are painted. `colour` is None where its filling does not decide."""

    painted: bool
    colour: tuple[int, int, int] | None
    embedded: bool


_MADE_UP = _Style(painted=True, colour=None, embedded=False)
"""That of characters which PDFium put between others: they are of no object, and only blanks and hyphens."""


class _Look:
    """One page, drawn with its text and without."""

    def __init__(self, page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> None:
        self._page = page
        self._text = text_page.raw
        boxes, self._codes, keys = self._characters(text_page.count_chars())
        self._objects, first, self._runs = np.unique(keys, return_index=True, return_inverse=True)
        self._styles = [
            self._style(int(one)) if key else _MADE_UP for key, one in zip(self._objects, first, strict=True)
        ]
        self._inked = np.array([code > 0x20 and not chr(code).isspace() for code in self._codes.tolist()])
        with_text = self._drawn()
        for text in _texts(page):
            pdfium.FPDFPageObj_SetIsActive(text, False)  # noqa: FBT003 - a function of C
        self._ground = self._drawn()
        self._changed = _differing(with_text, self._ground, NOTICED)
        self._size = boxes[:, 2:] - boxes[:, :2]
        self._exact = self._pixels(boxes)

    def unseen(self) -> Unseen:
        """Judge each character."""
        tiny = self._tiny()
        hidden = tiny | self._unpainted() | self._in_colour_of_ground() | (self._judged() & self._without_effect())
        kept = self._on_pictures(hidden & ~tiny)
        characters = self._with_blanks(hidden & ~kept)
        return Unseen(frozenset(characters), bool(kept.any()))

    def _characters(self, count: int) -> tuple[Numbers, Places, Places]:
        """Return left, bottom, right and top of each character in points, its code, and the address of its object.

        The one loop over all characters, so that nothing in it is looked up twice.
        """
        sides = [ctypes.c_double() for _ in range(4)]
        left, bottom, right, top = sides
        references = [ctypes.byref(side) for side in (left, right, bottom, top)]
        box, code, found, text = (
            pdfium.FPDFText_GetCharBox,
            pdfium.FPDFText_GetUnicode,
            pdfium.FPDFText_GetTextObject,
            self._text,
        )
        address = ctypes.c_void_p.from_buffer
        boxes, codes, objects = array("d"), array("L"), array("L")
        for index in range(count):
            box(text, index, *references)
            boxes.extend((left.value, bottom.value, right.value, top.value))
            codes.append(code(text, index))
            objects.append(address(found(text, index)).value or 0)
        return np.array(boxes).reshape(-1, 4), np.array(codes, np.int64), np.array(objects, np.int64)

    def _style(self, index: int) -> _Style:
        found = pdfium.FPDFText_GetTextObject(self._text, index)
        parts = [ctypes.c_uint() for _ in range(4)]
        known = pdfium.FPDFPageObj_GetFillColor(found, *(ctypes.byref(part) for part in parts))
        red, green, blue, alpha = (part.value for part in parts)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(found)
        filled = mode in _FILLED
        return _Style(
            painted=mode not in _UNPAINTED and not (filled and known and alpha < TOLD_APART),
            colour=(blue, green, red) if known and filled else None,
            embedded=pdfium.FPDFFont_GetIsEmbedded(pdfium.FPDFTextObj_GetFont(found)) == 1,
        )

    def _drawn(self) -> Pixels:
        """Return the page as three planes of pixels: blue, green and red."""
        width, height = self._page.get_size()
        scale = min(1.0, (MAX_PIXELS / max(width * height, 1)) ** 0.5, MAX_SIDE / max(width, height, 1))
        picture = self._page.render(scale=scale, draw_annots=False, may_draw_forms=False)
        return np.ascontiguousarray(picture.to_numpy()[:, :, :3].transpose(2, 0, 1))

    def _pixels(self, boxes: Numbers) -> Places:
        """Return boxes of the page as left, top, right and bottom of pixels, empty for what lies outside."""
        origin = self._device(0, 0)
        across, up = ((self._device(x, y) - origin) / 1000 for x, y in ((1000, 0), (0, 1000)))
        one, other = (boxes[:, side : side + 1] * across + boxes[:, side + 1 : side + 2] * up for side in (0, 2))
        low, high = np.minimum(one, other) + origin, np.maximum(one, other) + origin
        return self._inside(np.hstack([np.floor(low), np.ceil(high)]))

    def _inside(self, boxes: Numbers) -> Places:
        """Return boxes of pixels without what lies outside of the page."""
        height, width = self._ground.shape[1:]
        inside: Places = np.clip(boxes, 0, (width, height, width, height)).astype(np.int64)
        return inside

    def _device(self, x: float, y: float) -> Numbers:
        height, width = self._ground.shape[1:]
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(self._page, 0, 0, width, height, 0, x, y, ctypes.byref(across), ctypes.byref(down))
        return np.array([across.value, down.value], float)

    def _tiny(self) -> Mask:
        """Say which characters are set too small; the box of a dot is small, too, and that of its font is not."""
        tiny = np.zeros(len(self._codes), bool)
        box = pdfium.FS_RECTF()
        for index in np.nonzero((self._size < SMALLEST).all(axis=1) & self._inked)[0]:
            known = pdfium.FPDFText_GetLooseCharBox(self._text, int(index), ctypes.byref(box))
            tiny[index] = known and max(abs(box.right - box.left), abs(box.top - box.bottom)) < SMALLEST
        return tiny

    def _unpainted(self) -> Mask:
        unpainted: Mask = np.array([not style.painted for style in self._styles])[self._runs]
        return unpainted

    def _judged(self) -> Mask:
        """Say of which characters it is known that they would have been drawn."""
        real = (self._objects > 0)[self._runs] & self._inked
        embedded = np.array([style.embedded for style in self._styles])[self._runs]
        judged: Mask = real & (embedded | (self._codes < LATIN))
        return judged

    def _without_effect(self) -> Mask:
        wider = self._inside(self._exact + np.array([-1.0, -1.0, 1.0, 1.0]))
        untouched: Mask = _counted(self._changed, wider) == 0
        return untouched

    def _in_colour_of_ground(self) -> Mask:
        """Say which characters have the colour of what lies behind them."""
        same = np.zeros(len(self._codes), bool)
        areas = (self._exact[:, 2] - self._exact[:, 0]) * (self._exact[:, 3] - self._exact[:, 1])
        for colour in {style.colour for style in self._styles if style.colour is not None}:
            of_it = np.array([style.colour == colour for style in self._styles])
            these = np.nonzero(of_it[self._runs] & (areas > 0) & self._inked)[0]
            if len(these):
                ground, boxes = _around(self._ground, self._exact[these])
                alike = _counted(~_differing(ground, colour, TOLD_APART), boxes)
                same[these] = alike >= ALIKE * areas[these]
        return same

    def _on_pictures(self, hidden: Mask) -> Mask:
        """Say which hidden characters stand on a picture that shows something there, text object by text object."""
        kept = np.zeros(len(self._codes), bool)
        pictures = self._pixels(np.array(list(_pictures(self._page)), float).reshape(-1, 4)) if hidden.any() else ()
        if not len(pictures):
            return kept
        for _, run in groupby(np.nonzero(hidden)[0], key=lambda index: self._runs[index]):
            these = list(run)
            left, top = self._exact[these, :2].min(axis=0)
            right, bottom = self._exact[these, 2:].max(axis=0)
            x, y = (left + right) // 2, (top + bottom) // 2
            under = self._ground[:, top:bottom, left:right]
            on_one = any(one[0] <= x < one[2] and one[1] <= y < one[3] for one in pictures)
            kept[these] = on_one and under.size > 0 and int(under.max()) - int(under.min()) >= CONTRAST
        return kept

    def _with_blanks(self, hidden: Mask) -> Iterator[int]:
        before = False
        for index, inked in enumerate(self._inked):
            before = bool(hidden[index]) if inked else before
            if before and chr(int(self._codes[index])) not in "\r\n":
                yield index


def _around(pixels: Pixels, boxes: Places) -> tuple[Pixels, Places]:
    """Return the part of a picture that holds all boxes, and the boxes within that part."""
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    return pixels[:, top:bottom, left:right], boxes - np.array([left, top, left, top])


def _differing(pixels: Pixels, others: Iterable[Pixels | int], levels: int) -> Mask:
    """Say which pixels differ by more than `levels` in any of their three planes."""
    apart = np.zeros(pixels.shape[1:], bool)
    for plane, other in zip(pixels, others, strict=True):
        level = np.uint8(other) if isinstance(other, int) else other
        apart |= np.maximum(plane, level) - np.minimum(plane, level) > levels
    return apart


def _counted(mask: Mask, boxes: Places) -> Places:
    """Return how many pixels are set in each box, by sums over all pixels above and left of its corners."""
    if not mask.any():
        return np.zeros(len(boxes), np.int64)
    table = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int32)
    mask.cumsum(0, dtype=np.int32).cumsum(1, out=table[1:, 1:])
    left, top, right, bottom = boxes.T
    counted: Places = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    return counted


def _pictures(page: pypdfium2.PdfPage) -> Iterator[Sequence[float]]:
    """Yield left, bottom, right and top of what is a picture or a group that holds one."""
    for found in _on_page(page):
        if any(pdfium.FPDFPageObj_GetType(one) == pdfium.FPDF_PAGEOBJ_IMAGE for one in _within(found, MAX_NESTING)):
            sides = [ctypes.c_float() for _ in range(4)]
            pdfium.FPDFPageObj_GetBounds(found, *(ctypes.byref(side) for side in sides))
            yield [side.value for side in sides]


def _texts(page: pypdfium2.PdfPage) -> Iterator[object]:
    """Yield all that is text; PDFium counts characters that lie on each other once, and not all of them are told."""
    for found in _on_page(page):
        for one in _within(found, MAX_NESTING):
            if pdfium.FPDFPageObj_GetType(one) == pdfium.FPDF_PAGEOBJ_TEXT:
                yield one


def _on_page(page: pypdfium2.PdfPage) -> Iterator[object]:
    return (pdfium.FPDFPage_GetObject(page, number) for number in range(pdfium.FPDFPage_CountObjects(page)))


def _within(found: object, depth: int) -> Iterator[object]:
    """Yield an object, or what is in it where it is a group."""
    if pdfium.FPDFPageObj_GetType(found) != pdfium.FPDF_PAGEOBJ_FORM:
        yield found
    elif depth:
        for number in range(pdfium.FPDFFormObj_CountObjects(found)):
            yield from _within(pdfium.FPDFFormObj_GetObject(found, number), depth - 1)
