"""What nobody sees on slides, in OpenDocument texts and in RTF, through their parsers; and what must stay."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pptx
import pytest
from pptx.dml.color import RGBColor
from pptx.util import Inches, Pt

from memory.adapters.partitioner import opendocument, slides
from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.richtext import seen
from memory.domain.documents import HIDDEN_NOTE

# Slides


def presented(change: Callable[[Any, Any, Any], object]) -> tuple[str, tuple[str, ...]]:
    """Return text and notes of a slide with two boxes, after a change to the slide, the second box and its run."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    for top, text in ((1, "Seen."), (3, "obey")):
        box = slide.shapes.add_textbox(Inches(1), Inches(top), Inches(4), Inches(1))
        box.text_frame.text = text
    change(slide, box, box.text_frame.paragraphs[0].runs[0])
    made.slides.add_slide(made.slide_layouts[6]).shapes.add_textbox(0, 0, 10, 10).text_frame.text = "Last."
    kept = io.BytesIO()
    made.save(kept)
    partitioned = slides.partition(kept.getvalue(), Limits())
    return partitioned.text, partitioned.notes


def fill(box: Any, colour: str) -> None:
    box.fill.solid()
    box.fill.fore_color.rgb = RGBColor.from_string(colour)


def paint(run: Any, colour: str) -> None:
    run.font.color.rgb = RGBColor.from_string(colour)


def page(slide: Any, run: Any, ground: str, colour: str) -> None:
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = RGBColor.from_string(ground)
    paint(run, colour)


ON_SLIDES = {
    "hidden slide": lambda slide, box, run: slide.element.set("show", "0"),
    "hidden shape": lambda slide, box, run: box.element.nvSpPr.cNvPr.set("hidden", "1"),
    "beside the slide": lambda slide, box, run: setattr(box, "left", Inches(40)),
    "tiny": lambda slide, box, run: setattr(run.font, "size", Pt(1)),
    "colour of its shape": lambda slide, box, run: (fill(box, "FFFFFF"), paint(run, "FDFDFD")),
    "colour of its slide": lambda slide, box, run: page(slide, run, "003366", "023565"),
}


@pytest.mark.parametrize("change", ON_SLIDES.values(), ids=ON_SLIDES)
def test_what_nobody_sees_on_a_slide_is_left_out_and_told(change: Callable[[Any, Any, Any], object]) -> None:
    """Fails without the rule for this way of hiding; each has a row."""
    text, notes = presented(change)
    assert "obey" not in text
    assert "Last." in text
    assert notes == (HIDDEN_NOTE,)


@pytest.mark.parametrize(
    "change",
    [
        lambda slide, box, run: None,
        lambda slide, box, run: paint(run, "FFFFFF"),  # its master may put anything under it
        lambda slide, box, run: (fill(box, "003366"), paint(run, "FFFFFF")),
        lambda slide, box, run: page(slide, run, "003366", "FFFFFF"),
        lambda slide, box, run: setattr(box, "left", -Inches(1)),
    ],
)
def test_what_somebody_sees_on_a_slide_is_kept(change: Callable[[Any, Any, Any], object]) -> None:
    """The twin of what is hidden."""
    text, notes = presented(change)
    assert "obey" in text
    assert notes == ()


# OpenDocument

_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{rest}:1.0"'
    for name, rest in {
        "office": "office",
        "style": "style",
        "text": "text",
        "fo": "xsl-fo-compatible",
        "table": "table",
        "draw": "drawing",
    }.items()
)


def style(name: str, facts: str, kind: str = "text", parent: str = "") -> str:
    return (
        f'<style:style style:name="{name}" style:parent-style-name="{parent}"><style:{kind}-properties {facts}/>'
        "</style:style>"
    )


STYLES = "".join(
    (
        style("Gone", 'text:display="none"'),
        style("Below", "", parent="Gone"),
        style("Back", 'text:display="true"', parent="Gone"),
        style("White", 'fo:color="#ffffff"'),
        style("Black", 'fo:color="#000000"'),
        style("Tiny", 'fo:font-size="1pt"'),
        style("Band", 'fo:background-color="#003366"', "paragraph"),
        style("Blue", 'fo:color="#023565"'),
    )
)


def opened(body: str) -> tuple[str, tuple[str, ...]]:
    """Return text and notes of an ODT file; its named styles lie in a part of their own."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("META-INF/manifest.xml", "<m/>")
        archive.writestr("styles.xml", f"<office:s {_NAMES}>{STYLES}</office:s>")
        archive.writestr("content.xml", f"<office:c {_NAMES}><text:p>Seen.</text:p>{body}</office:c>")
    partitioned = opendocument.partition(kept.getvalue(), Limits())
    return partitioned.text, partitioned.notes


def paragraph(text: str, name: str = "") -> str:
    return f'<text:p text:style-name="{name}">{text}</text:p>'


def span(text: str, name: str) -> str:
    return f'<text:span text:style-name="{name}">{text}</text:span>'


@pytest.mark.parametrize(
    "body",
    [
        paragraph("obey", "Gone"),
        paragraph("obey", "Below"),
        paragraph(span("obey", "White")),
        paragraph(span("obey", "Tiny")),
        paragraph(span("obey", "Blue"), "Band"),
        paragraph(span(span("obey", "Band2"), "Gone")),
        '<text:section text:display="none"><text:p>obey</text:p></text:section>',
        paragraph("<text:hidden-text>obey</text:hidden-text>"),
    ],
)
def test_what_nobody_sees_in_an_open_document_is_left_out_and_told(body: str) -> None:
    """Fails without the rule for this way of hiding; each has a row."""
    assert opened(body) == ("Seen.", (HIDDEN_NOTE,))


@pytest.mark.parametrize(
    "body",
    [
        paragraph("read"),
        paragraph("read", "Back"),
        paragraph(span("read", "Black"), "White"),
        paragraph(span("read", "White"), "Band"),
        f"<draw:frame><draw:text-box>{paragraph(span('read', 'White'))}</draw:text-box></draw:frame>",
    ],
)
def test_what_somebody_sees_in_an_open_document_is_kept(body: str) -> None:
    """The twin of what is hidden."""
    assert opened(body) == ("Seen.\n\nread", ())


# RTF

TABLE = r"{\colortbl;\red255\green255\blue255;\red0\green0\blue128;}"


@pytest.mark.parametrize(
    "hidden",
    [r"{\v obey}", r"\v obey\v0 ", r"{\cf1 obey}", r"{\fs2 obey}", r"{\v \u111?bey\'79 {\b me}}", r"{\v \{obey\}}"],
)
def test_what_nobody_sees_in_rtf_is_left_out_and_told(hidden: str) -> None:
    """Fails without the rule for this way of hiding; each has a row."""
    left, told = seen(rf"{{\rtf1 {TABLE} Seen.{hidden} After.}}")
    assert told
    assert not set("oby") & set(left.removeprefix(rf"{{\rtf1 {TABLE} Seen.").replace(r"\b ", "").replace("After", ""))
    assert left.endswith("After.}")


@pytest.mark.parametrize(
    "shown", [r"\b read", r"{\cf2 read}", r"{\cf1\highlight2 read}", r"{\v\plain read}", r"\fs20 read"]
)
def test_what_somebody_sees_in_rtf_is_kept(shown: str) -> None:
    """The twin of what is hidden."""
    source = rf"{{\rtf1 {TABLE} Seen. {shown} After.}}"
    assert seen(source) == (source, False)
