"""What every line differ promises: subclass `LineDifferContract` in a test module and give it a `differ` fixture."""

from itertools import pairwise

import pytest

from memory.domain.ports.differ import Hunk, LineDiffer, lines_of

PAIRS = (
    ("", ""),
    ("", "a"),
    ("a\n", ""),
    ("a", "a\n"),
    ("a\nb\nc\n", "a\nb\nc\n"),
    ("a\nb\nc\n", "b\nc\nd"),
    ("a\r\nb\r\n", "a\nb\r\n"),
    ("one\rline", "one\rother"),
    ("page\fone\n", "page\ftwo\n"),
    ("still\u2028one line\x85\x1e", "still\u2028one line\x85\x1f"),
    ("zero\x00\nb\n", "zero\x00\nc\x00\n"),
    ("lone \ud800\n\udcff\n", "lone \ud800\n\udcfe\n"),
    ("\n\n\n", "\n"),
    ("x\n" * 500 + "y\n", "y\n" + "x\n" * 500),
)


def applied(hunks: list[Hunk], old: str, new: str) -> str:
    """Return `old` with the hunks' lines exchanged for those of `new`."""
    before, after, at, parts = lines_of(old), lines_of(new), 0, []
    for hunk in hunks:
        parts += before[at : hunk.old_start] + after[hunk.new_start : hunk.new_stop]
        at = hunk.old_stop
    return "".join(parts + before[at:])


class LineDifferContract:
    """The promises of the `LineDiffer` port."""

    @pytest.fixture
    def differ(self) -> LineDiffer:
        """Return the implementation under test."""
        raise NotImplementedError("give the subclass a `differ` fixture")

    @pytest.mark.parametrize(("old", "new"), PAIRS)
    def test_hunks_turn_the_old_text_into_the_new_one(self, differ: LineDiffer, old: str, new: str) -> None:
        """It would fail if starts counted from 1, or if anything but a line feed ended a line."""
        assert applied(list(differ.hunks(old, new)), old, new) == new

    @pytest.mark.parametrize("text", sorted({text for pair in PAIRS for text in pair}))
    def test_equal_texts_have_no_hunks(self, differ: LineDiffer, text: str) -> None:
        """Nothing differs from itself."""
        assert not differ.hunks(text, text)

    @pytest.mark.parametrize(("old", "new"), PAIRS)
    def test_hunks_stand_in_order_with_common_lines_between(self, differ: LineDiffer, old: str, new: str) -> None:
        """A block of changed lines is one hunk."""
        for one, next_ in pairwise(differ.hunks(old, new)):
            assert lines_of(old)[one.old_stop : next_.old_start] == lines_of(new)[one.new_stop : next_.new_start] != []

    def test_an_inserted_line_is_one_hunk_without_old_lines(self, differ: LineDiffer) -> None:
        """The start of the empty side is where the line would stand."""
        assert list(differ.hunks("a\nb\n", "a\nx\nb\n")) == [Hunk(1, 0, 1, 1)]

    def test_a_missing_newline_at_the_end_is_a_difference(self, differ: LineDiffer) -> None:
        """As in git."""
        assert list(differ.hunks("a\nb", "a\nb\n")) == [Hunk(1, 1, 1, 1)]
