"""Whatever two texts are, their difference tells all of it and nothing else."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from memory.adapters.line_differ import GitLineDiffer
from memory.domain.ports.differ import lines_of
from memory.retrieval.diffing import Change, Difference, Kind, difference
from memory.testing.differ_contract import applied

DIFFER = GitLineDiffer()

LINES = st.sampled_from(
    (
        "", "  ", "# Terms", "## Privacy ##", "```", "}", "a\r", "one two", "one three", "one\ftwo\u2028three",
        "Everyone signs the register at the desk.", "Everyone signs the register at the gate.",
        "The office opens at nine and closes at six.", "\x00", "\ud800 lone", "日本語 の 文",
    )
)  # fmt: skip
TEXTS = st.one_of(
    st.builds(lambda lines, end: "\n".join(lines) + end, st.lists(LINES, max_size=14), st.sampled_from(("", "\n"))),
    st.text(st.characters(), max_size=60),
)


def lines(changes: list[Change], side: str) -> Counter[str]:
    return Counter(line for change in changes for line in getattr(change, f"{side}_lines"))


def bare(text: str) -> tuple[str, ...]:
    return tuple(line.removesuffix("\n") for line in lines_of(text))


@given(TEXTS, TEXTS)
def test_hunks_applied_to_the_old_text_give_the_new_one(old: str, new: str) -> None:
    assert applied(DIFFER.hunks(old, new), old, new) == new


@given(TEXTS)
def test_nothing_differs_from_itself(text: str) -> None:
    assert difference(text, text, DIFFER) == Difference((), (), ())


@given(TEXTS, TEXTS)
def test_every_added_and_removed_line_is_in_exactly_one_change(old: str, new: str) -> None:
    found = difference(old, new, DIFFER)
    assert lines(list(found.changes), "old") == Counter(found.removed)
    assert lines(list(found.changes), "new") == Counter(found.added)
    assert (not found.changes) == (old == new)


@given(TEXTS, TEXTS)
def test_changes_stand_where_they_say(old: str, new: str) -> None:
    for change in difference(old, new, DIFFER).changes:
        for text, start, found in (
            (old, change.old_start, change.old_lines),
            (new, change.new_start, change.new_lines),
        ):
            assert bool(start) == bool(found)
            assert bare(text)[max(start - 1, 0) :][: len(found)] == found


@given(TEXTS, TEXTS)
def test_moved_lines_are_in_both_texts(old: str, new: str) -> None:
    for change in difference(old, new, DIFFER).changes:
        if change.kind is Kind.MOVED:
            assert change.old_lines == change.new_lines


@given(TEXTS, TEXTS)
def test_changed_words_spell_both_sides(old: str, new: str) -> None:
    for change in difference(old, new, DIFFER).changes:
        before = "".join(text for kind, text in change.words if kind != "added")
        after = "".join(text for kind, text in change.words if kind != "removed")
        assert (change.kind is Kind.CHANGED) == bool(change.words)
        if change.words:
            assert (bare(before), bare(after)) == (change.old_lines, change.new_lines)
            assert before in old
            assert after in new


@given(TEXTS, TEXTS)
def test_every_difference_can_be_shown(old: str, new: str) -> None:
    shown = list(difference(old, new, DIFFER).lines())
    assert shown
    assert not any("\n" in line for line in shown)
