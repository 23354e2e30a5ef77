"""Chunks cover the text exactly, respect window and findings, and survive edits elsewhere."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.domain.documents import Element, ElementKind, PartitionedText, Span
from memory.domain.governance import Finding, ScoreBand
from memory.ingest.chunking import chunk

WINDOW = 256


@st.composite
def documents(draw: st.DrawFn) -> tuple[PartitionedText, list[Finding]]:
    """Any elements with any blanks between them, and findings anywhere."""
    text, elements = "", []
    bodies = st.text("ab.! \n\u2003é。", min_size=1, max_size=60).map(str.strip).filter(bool)
    for kind, body in draw(st.lists(st.tuples(st.sampled_from(ElementKind), bodies), max_size=12)):
        text += draw(st.sampled_from(["", " ", "\n\n"]))
        elements.append(Element(kind, Span(len(text), len(text) + len(body)), draw(st.integers(0, 4))))
        text += body
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    findings = [
        Finding("X", Span(start, end), ScoreBand.LIKELY, "r", "1", "", validated=False)
        for start, end in draw(st.lists(places, max_size=5))
    ]
    return PartitionedText(text, tuple(elements), "p", "1"), findings


@given(documents(), st.integers(1, 40))
@settings(max_examples=300, deadline=None)
def test_chunks_cover_the_elements_exactly(document: tuple[PartitionedText, list[Finding]], window: int) -> None:
    partitioned, findings = document
    text = partitioned.text
    chunks = chunk(partitioned, findings, measure=lambda span: span.end - span.start, window=window)
    assert [piece.ordinal for piece in chunks] == list(range(len(chunks)))
    for before, after in pairwise(chunks):
        assert before.span.end <= after.span.start
    for piece in chunks:
        body = piece.span.slice(text)
        assert body
        assert body == body.strip()
        assert piece.span.end - piece.span.start <= window
    covered = {place for piece in chunks for place in range(piece.span.start, piece.span.end)}
    owed = {place for element in partitioned.elements for place in range(element.span.start, element.span.end)}
    assert all(text[place].isspace() for place in owed - covered)


@given(documents())
@settings(max_examples=300, deadline=None)
def test_no_boundary_falls_into_a_finding_that_fits(document: tuple[PartitionedText, list[Finding]]) -> None:
    """Fails when `_blocks` or `_cuts` does not ask `bonds`."""
    partitioned, findings = document
    chunks = chunk(partitioned, findings[:1], measure=lambda span: span.end - span.start, window=80)
    for finding in findings[:1]:
        if finding.span.end - finding.span.start < 20:
            inside = [piece for piece in chunks if piece.span.overlaps(finding.span)]
            assert len(inside) <= 1


def texts(paragraphs: Sequence[str]) -> Counter[str]:
    source, elements = "", []
    for paragraph in paragraphs:
        elements.append(Element(ElementKind.TEXT, Span(len(source), len(source) + len(paragraph))))
        source += paragraph + "\n\n"
    partitioned = PartitionedText(source, tuple(elements), "p", "1")
    chunks = chunk(partitioned, [], measure=lambda span: len(span.slice(source).split()), window=WINDOW)
    return Counter(piece.span.slice(source) for piece in chunks)


def paragraph(source: random.Random, mean: int) -> str:
    return (
        " ".join(
            f"w{source.randrange(5000)}" for _ in range(min(240, max(1, int(source.lognormvariate(0, 0.5) * mean))))
        )
        + "."
    )


# The bound holds for 99.9 % of random edits, see the module; derandomized, so that the suite does not fail by chance.
@pytest.mark.parametrize("edit", ["change", "insert at the top", "insert", "remove"])
@pytest.mark.parametrize("mean", [15, 50, 100])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None, derandomize=True)
def test_an_edit_of_one_paragraph_in_a_hundred_embeds_three_chunks_anew_at_most(
    edit: str, mean: int, seed: int
) -> None:
    """Fails when `_anchors` returns nothing: greedy packing would embed everything below the edit anew."""
    source = random.Random(seed)  # noqa: S311 - made-up words
    before = [paragraph(source, mean) for _ in range(100)]
    after = list(before)
    place = 0 if edit == "insert at the top" else source.randrange(100)
    if edit in ("change", "remove"):
        del after[place]
    if edit != "remove":
        after.insert(place, paragraph(source, mean))
    assert (texts(after) - texts(before)).total() <= 3


def test_chunks_of_a_long_section_are_neither_tiny_nor_beyond_the_window() -> None:
    source = random.Random(1)  # noqa: S311 - made-up words
    sizes = sorted(len(text.split()) for text in texts([paragraph(source, 40) for _ in range(300)]))
    assert sizes[-1] <= WINDOW
    assert sum(sizes) / len(sizes) > 120
    assert sizes[len(sizes) // 10] > 60


def test_a_new_section_leaves_every_other_section_alone() -> None:
    source = random.Random(2)  # noqa: S311 - made-up words
    sections = [[f"# Heading {number}", *(paragraph(source, 30) for _ in range(5))] for number in range(10)]
    added = [["# New", paragraph(source, 30)], *sections]

    def chunks(parts: list[list[str]]) -> Counter[str]:
        text, elements = "", []
        for body in (body for part in parts for body in part):
            kind = ElementKind.TITLE if body.startswith("#") else ElementKind.TEXT
            elements.append(Element(kind, Span(len(text), len(text) + len(body)), int(kind is ElementKind.TITLE)))
            text += body + "\n\n"
        partitioned = PartitionedText(text, tuple(elements), "p", "1")
        found = chunk(partitioned, [], measure=lambda span: len(span.slice(text).split()), window=WINDOW)
        return Counter(piece.span.slice(text) for piece in found)

    assert len(chunks(added) - chunks(sections)) == 1
