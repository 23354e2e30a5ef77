"""What nobody sees may take room: what stands around it is read apart, and a value must be found as it is read."""

import importlib
import io
import time

import docx
import pytest
from docx.shared import Pt, RGBColor
from lxml import etree

from memory.adapters.partitioner import nlp, office, pdf
from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.richtext import seen
from memory.adapters.partitioner.veiled import take_out
from tests.unit.adapters.partitioner.pages import page, said

ROOM = ["color:white", "visibility:hidden", "opacity:0", "color:transparent"]
NO_ROOM = ["display:none", "font-size:0", "position:absolute;left:-9999px"]


@pytest.fixture
def language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have elements told apart by what is installed, as in the parser's process."""
    tokenize = importlib.import_module("unstructured.nlp.tokenize")
    monkeypatch.setattr(tokenize, "_get_nlp", tokenize._get_nlp)  # put back afterwards
    nlp.install()


def web(style: str, hidden: str = "x") -> str:
    """Return what is left of a paragraph in which a hidden part stands between two that are seen."""
    root = etree.fromstring(f'<p>IBAN<span style="{style}">{hidden}</span>DE89</p>', etree.HTMLParser())
    assert take_out(root)
    return "".join(root.itertext())


@pytest.mark.parametrize("style", ROOM)
def test_hidden_text_of_a_page_that_takes_room_leaves_a_blank(style: str) -> None:
    """Fails when it goes without a trace: a label and its value are one word then, which no recognizer knows."""
    assert web(style) == "IBAN DE89"


@pytest.mark.parametrize("style", NO_ROOM)
def test_hidden_text_of_a_page_that_takes_no_room_leaves_none(style: str) -> None:
    """Fails when anything hidden leaves a blank: a value would fall apart that is read in one piece."""
    assert web(style) == "IBANDE89"


def test_blanks_between_what_is_seen_in_something_white_stay() -> None:
    root = etree.fromstring(
        '<p style="color:white"><b style="color:black">IBAN</b> <b style="color:black">DE89</b></p>',
        etree.HTMLParser(),
    )
    take_out(root)
    assert "".join(root.itertext()) == "IBAN DE89"


@pytest.mark.parametrize(("white", "left"), [(True, "IBAN DE89"), (False, "IBANDE89")])
@pytest.mark.usefixtures("language")
def test_a_run_of_a_word_file_leaves_a_blank_if_it_takes_room(white: bool, left: str) -> None:  # noqa: FBT001
    """Fails as above: white leaves one, what is vanished or a point high does not."""
    made = docx.Document()
    line = made.add_paragraph()
    for text in ("IBAN", "x", "DE89"):
        line.add_run(text)
    hidden = line.runs[1]
    if white:
        hidden.font.color.rgb = RGBColor(255, 255, 255)
    else:
        hidden.font.size = Pt(1)
    kept = io.BytesIO()
    made.save(kept)
    assert office.partition(kept.getvalue(), Limits()).text.strip() == left


@pytest.mark.parametrize(("how", "left"), [(r"\cf1", r"IBAN{\cf1\'20}DE89"), (r"\v", r"IBAN{\v}DE89")])
def test_hidden_text_of_rtf_leaves_a_blank_if_it_takes_room(how: str, left: str) -> None:
    source = rf"{{\rtf1{{\colortbl;\red255\green255\blue255;}}IBAN{{{how} x}}DE89}}"
    text, found = seen(source)
    assert found
    assert left in text.replace(" ", "")


@pytest.mark.parametrize(("x", "left"), [(75, "IBAN DE89"), (47, "IBANDE89")])
@pytest.mark.usefixtures("language")
def test_hidden_text_of_a_pdf_leaves_a_blank_where_there_is_room(x: float, left: str) -> None:
    """Fails when it leaves none, or when it leaves one although what is seen around it touches."""
    drawn = said("IBAN", y=50) + f"1 g {said('xxxx', x=48, y=50, size=4)} 0 g " + said("DE89", x=x, y=50)
    assert pdf.partition(page(drawn), Limits()).text.strip() == left


def test_values_without_end_cost_what_they_are_long() -> None:
    """Fails when a clip or a selector is matched at any length: these took minutes."""
    blanks = " " * 5_000
    style = f"clip:rect({'0' + blanks}{'0' + blanks}{'0' + blanks}x)"
    sheet = "<style>" + "a:b" * 50_000 + "{color:red}" + "x" * 100_000 + "</style>"
    begin = time.process_time()
    root = etree.fromstring(f'<html><head>{sheet}</head><p style="{style}">seen</p></html>', etree.HTMLParser())
    take_out(root)
    assert time.process_time() - begin < 20  # seconds of the processor; it takes a fraction of one
