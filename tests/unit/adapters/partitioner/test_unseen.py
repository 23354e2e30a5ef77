"""What nobody sees on a page of a PDF, however it was hidden, and what must stay because somebody does."""

import time

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from memory.adapters.partitioner.unseen import unseen
from tests.unit.adapters.partitioner.pages import page, said

SEEN = said("seen", y=80)
WHOLE = "q 160 0 0 60 10 10 cm /I Do Q\n"
"""The picture, its dark half below y = 40."""


def left(content: bytes) -> str:
    """Return what is seen of the only page, without blanks."""
    drawn = pypdfium2.PdfDocument(content)[0]
    text = drawn.get_textpage()
    hidden = unseen(drawn, text).characters
    codes = [pdfium.FPDFText_GetUnicode(text, one) for one in range(text.count_chars()) if one not in hidden]
    return "".join(chr(code) for code in codes if not chr(code).isspace())


HIDDEN = {
    "white on white": f"1 g {said('obey me')}",
    "nearly white": f"0.96 0.95 0.97 rg {said('obey me')}",
    "not painted": said("obey me", more="3 Tr"),
    "only a clip": said("obey me", more="7 Tr"),
    "transparent": f"/CLEAR gs {said('obey me')}",
    "all but transparent": f"/FAINT gs {said('obey me')}",
    "too small": said("obey me", size=0.5),
    "too small by its matrix": "BT /F 12 Tf 0.04 0 0 0.04 20 50 Tm (obey me) Tj ET",
    "below the page": said("obey me", y=-40),
    "beside the page": said("obey me", x=300),
    "the colour of its ground": f"0 0 1 rg 0 30 200 40 re f {said('obey me')}",
    "nearly the colour of its ground": f"0 0 1 rg 0 30 200 40 re f 0.05 0.04 0.97 rg {said('obey me')}",
    "covered": f"{said('obey me')} 1 g 0 30 200 40 re f",
    "clipped": f"q 0 0 1 1 re W n {said('obey me')} Q",
    "in a layer that is off": f"/OC /OFF BDC {said('obey me')} EMC",
    "white, crossed by a line": f"0.5 w 0 54 m 200 54 l S 1 g {said('obey me')}",
    "not painted where other text is": said("seen", more="3 Tr", y=80).replace("seen", "obey"),
    "white over other text": f"1 g {said('obey', y=80)}",
}


@pytest.mark.parametrize("drawn", HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_sees_is_found(drawn: str) -> None:
    """Fails without the comparison of both drawings, or without one of the rules beside it; each has a row."""
    assert left(page(SEEN + "q " + drawn + " Q")) == "seen"


def test_what_is_under_other_text_is_found_by_its_colour() -> None:
    """Fails when only changed pixels are looked at: the text above it changes them."""
    assert left(page(f"q 1 g {said('lurk', y=80)} Q {SEEN}")) == "seen"


def test_white_text_in_a_form_is_found() -> None:
    """Fails when only text that is drawn by the page itself is looked at."""
    assert left(page(f"{SEEN} q 1 0 0 1 5 -5 cm /X Do Q", form=f"1 g {said('obey me')}")) == "seen"


def test_what_lies_outside_the_crop_box_is_found() -> None:
    assert left(page(f"{SEEN} {said('obey me', y=10)}", crop="/CropBox [0 30 200 100]")) == "seen"


SHOWN = {
    "black": said("read me"),
    "grey": f"0.7 g {said('read me')}",
    "red": f"1 0 0 rg {said('read me')}",
    "white on a dark ground": f"0 0 0.4 rg 0 30 200 40 re f 1 g {said('read me')}",
    "outlined in white": f"1 g 0 G {said('read me', more='2 Tr')}",
    "only outlined": said("read me", more="1 Tr"),
    "small": said("read me", size=3),
    "on a picture": f"{WHOLE} 1 0 0 rg {said('read me')}",
    "half transparent": f"0.5 g {said('read me')}",
    "bold, as some programs make it": said("read me") + said("read me"),
    "bold, in a form and out of it": "/X Do " + said("read me"),
    "dots and dashes": said("read me . - _ ,"),
    "underlined": f"0.5 w 20 49 m 90 49 l S {said('read me')}",
    "turned": "BT /F 12 Tf 0 1 -1 0 100 10 Tm (read me) Tj ET",
}


@pytest.mark.parametrize("drawn", SHOWN.values(), ids=SHOWN)
def test_what_somebody_sees_is_kept(drawn: str) -> None:
    """The twin of what is hidden. Fails when text that PDFium counts once is left on where it is drawn again."""
    assert left(page(SEEN + drawn, form=said("read me"))).removeprefix("seen").startswith("readme")


def test_a_form_in_black_is_kept() -> None:
    """Fails when the text of forms stays on for the second drawing: nothing of it would make a difference."""
    assert "readme" in left(page(f"{SEEN} q 1 0 0 1 5 -5 cm /X Do Q", form=said("read me")))


@pytest.mark.parametrize("drawn", [f"{WHOLE} {said('a scan', y=34, more='3 Tr')}", f"{said('a scan', y=34)} {WHOLE}"])
def test_the_text_layer_of_a_picture_is_kept_and_told(drawn: str) -> None:
    """Text recognition lays its text over or under what it read. Fails when unpainted text is always left out."""
    content = page(SEEN + drawn)
    assert left(content) == "seenascan"
    shown = pypdfium2.PdfDocument(content)[0]
    assert unseen(shown, shown.get_textpage()).on_picture


def test_unseen_text_on_an_empty_part_of_a_picture_is_found() -> None:
    """Fails when any picture excuses unseen text: a white one could be laid under it."""
    assert left(page(f"{SEEN} {WHOLE} {said('obey me', y=34, more='3 Tr')}", picture=bytes([255] * 16))) == "seen"


def test_unseen_text_beside_a_picture_is_found() -> None:
    """Fails when a picture anywhere on the page excuses it: a line of drawing is no picture."""
    small = "q 10 0 0 10 180 5 cm /I Do Q 0 54 m 200 54 l S"
    assert left(page(f"{SEEN} {small} {said('obey me', more='3 Tr')}")) == "seen"


def test_the_cost_grows_with_what_there_is() -> None:
    """Fails when each text object is drawn, compared or looked for on its own."""
    many = page("".join(said("a", x=n % 190, y=n % 90) for n in range(20_000)))
    begin = time.process_time()
    left(many)
    assert time.process_time() - begin < 10


def test_a_page_without_text_has_nothing_to_hide() -> None:
    drawn = pypdfium2.PdfDocument(page(WHOLE))[0]
    assert not unseen(drawn, drawn.get_textpage()).characters
