"""Headings as citations show them, also those that somebody wrote to stop the process that serves."""

import time
from itertools import pairwise

import pytest

from memory.domain.documents import Element, ElementKind, PartitionedText, Span
from memory.ingest.bonds import Bonds
from memory.ingest.chunking import chunk
from memory.ingest.masking import Masker
from memory.ingest.sections import _LINK, _MARKUP, LOOKED_AT, MAX_HEADING, heading, sections

LONG = 200_000
HOSTILE = {
    "links that never close": "Word " + "[" * LONG,
    "addresses that never close": "Word " + "[](" * LONG,
    "addresses that close one another": "Word [](" + "[]()" * LONG,
    "nested addresses": "Word " + "[](()" * LONG,
    "blank lines": "Word" + "\n" * LONG + "Word",
    "marks": "Word " + "# " * LONG + "Word",
    "a row of marks": "Word " + "#" * LONG + "Word",
    "tags that never close": "Word " + "<" * LONG,
    "quotes": ">" * LONG + "Word",
}


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ("## Leave ##", "Leave"),
        ("\ufeff# Leave", "Leave"),
        ("> # Leave", "Leave"),
        ("#", ""),
        ("C# and F#", "C# and F#"),
        ("Leave\n=====", "Leave"),
        ("Leave\nof absence\n --- ", "Leave of absence"),
        ("a -- b", "a -- b"),
        ("**Leave** `of` <b>absence</b>", "Leave of absence"),
        ("[Leave](https://x.example/a_(b)) and ![alt](picture.png)", "Leave and alt"),
        ("[![Build](badge.svg)](https://x.example)", "Build"),
        ("[x] done [y", "[x] done [y"),
        ("word " * MAX_HEADING, ("word " * MAX_HEADING)[:MAX_HEADING]),
    ],
)
def test_a_heading_is_read_without_its_markup(shown: str, read: str) -> None:
    assert heading(shown) == read


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_heading_keeps_the_process_busy(text: str) -> None:
    """Bites: a repetition that can run over the beginning of the next attempt, such as `[^\\]]*` in a link's text.

    The patterns are held to it on the whole text as well, so that the cut is not all that stands between.
    """
    begin = time.process_time()
    assert heading(text).startswith((">", "Word"))
    line = " ".join(text.split())
    _LINK.sub("", line)
    _MARKUP.sub("", line)
    assert time.process_time() - begin < 1


def test_only_the_beginning_of_a_heading_is_looked_at() -> None:
    """Bites: a heading that is cut after its markup is taken off. The twin is markup that the beginning holds."""
    assert heading("*" * LOOKED_AT + "Word") == ""
    assert heading("*" * (LOOKED_AT - 4) + "Word") == "Word"


def test_headings_in_a_row_take_time_by_their_number() -> None:
    """Bites: a look at all members of a section for each of its titles."""
    many = 20_000
    text = "# a\n" * many
    spans = [Span(start, end) for start, end in pairwise(range(0, len(text) + 1, 4))]
    titles = PartitionedText(text, tuple(Element(ElementKind.TITLE, span, 1) for span in spans), "p", "1")
    begin = time.process_time()
    assert len(list(sections(titles, Masker(text, ()), Bonds(())))) == 1
    assert time.process_time() - begin < 2


def test_pieces_that_measure_nothing_are_not_all_within_reach_of_one_another() -> None:
    """Bites: a unit of no token that counts nothing in `_anchors`; then there is no boundary, at quadratic cost."""
    text = "".join(f"{number:06}\n" for number in range(500))
    spans = [Span(start, start + 6) for start in range(0, len(text), 7)]
    pieces = PartitionedText(text, tuple(Element(ElementKind.TEXT, span) for span in spans), "p", "1")
    chunks = chunk(pieces, (), measure=lambda span: 0, window=64)
    assert (chunks[0].span.start, chunks[-1].span.end) == (0, len(text) - 1)
    assert len(chunks) > 1
