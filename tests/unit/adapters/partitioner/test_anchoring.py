from memory.adapters.partitioner.anchoring import anchored
from memory.adapters.partitioner.pieces import Piece
from memory.domain.documents import ElementKind

TITLE, TEXT, CODE, ITEM = ElementKind.TITLE, ElementKind.TEXT, ElementKind.CODE, ElementKind.LIST_ITEM


def shown(source: str, *found: Piece) -> list[tuple[ElementKind, str]]:
    return [(e.kind, e.span.slice(source)) for e in anchored(source, found, markup=True)]


def test_markup_around_and_inside_an_element_belongs_to_it() -> None:
    source = '# A *great* title #\n\nSee [the page](https://example.org/a/b?c=d "t") &amp; **act**.\n'
    assert shown(source, Piece(TITLE, "A great title", 1), Piece(TEXT, "See the page & act.")) == [
        (TITLE, "# A *great* title #"),
        (TEXT, 'See [the page](https://example.org/a/b?c=d "t") &amp; **act**.'),
    ]


def test_an_underline_belongs_to_its_heading_and_fences_to_their_code() -> None:
    source = "Title\n=====\n\n```python\nx = 1\n```\n\nEnd"
    assert shown(source, Piece(TITLE, "Title", 1), Piece(CODE, "x = 1"), Piece(TEXT, "End")) == [
        (TITLE, "Title\n====="),
        (CODE, "```python\nx = 1\n```"),
        (TEXT, "End"),
    ]


def test_what_the_parser_dropped_becomes_elements_of_its_own() -> None:
    """Fails when `_blocks` is not yielded between the places: the passage would be in no chunk."""
    source = "# Title\n\n<details>\nhidden words here\n\nmore of them\n</details>\n\nThe end.\n"
    assert shown(source, Piece(TITLE, "Title", 1), Piece(TEXT, "The end.")) == [
        (TITLE, "# Title"),
        (TEXT, "<details>\nhidden words here"),
        (TEXT, "more of them\n</details>"),
        (TEXT, "The end."),
    ]


def test_an_element_that_is_not_in_the_source_is_dropped_and_loses_nothing() -> None:
    assert shown("One two.\n\nThree four.", Piece(TEXT, "One two."), Piece(TEXT, "never written")) == [
        (TEXT, "One two."),
        (TEXT, "Three four."),
    ]


def test_repeated_paragraphs_are_found_in_order() -> None:
    source = "same words\n\nsame words\n\nsame words"
    assert shown(source, *[Piece(TEXT, "same words")] * 3) == [(TEXT, "same words")] * 3


def test_elements_of_one_line_part_at_the_space_between_them() -> None:
    source = "first part **second part**"
    assert shown(source, Piece(TEXT, "first part"), Piece(TEXT, "second part")) == [
        (TEXT, "first part"),
        (TEXT, "**second part**"),
    ]


def test_a_common_word_far_away_is_not_taken_for_a_short_element() -> None:
    source = "start\n\n" + "filler " * 200 + "\n\nyes"
    found = shown(source, Piece(TEXT, "start"), Piece(ITEM, "yes"))
    assert (ITEM, "yes") not in found
    assert found[-1] == (TEXT, "yes")
