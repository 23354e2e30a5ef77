import json

from memory.adapters.line_differ import GitLineDiffer
from memory.api.schemas.documents import DifferenceBody
from memory.retrieval import diffing
from memory.retrieval.alignment import MAX_TOKENS
from memory.retrieval.diffing import Difference, Kind

DIFFER = GitLineDiffer()

POLICY = """# Privacy

We collect only what we need to run the service.

## Retention

Backups are kept for 30 days and then deleted.

## Contact

Write to the privacy office.
"""


def difference(old: str, new: str) -> Difference:
    return diffing.difference(old, new, DIFFER)


def kinds(found: Difference) -> list[str]:
    return [str(change.kind) for change in found.changes]


def test_equal_texts_have_no_difference_and_say_so_in_one_sentence() -> None:
    found = difference(POLICY, POLICY)
    assert found == Difference((), (), ())
    assert list(found.lines()) == ["Nothing changed."]


def test_an_edited_line_is_changed_and_shows_its_words_under_its_headings() -> None:
    (change,) = difference(POLICY, POLICY.replace("30 days", "60 days")).changes
    assert (change.kind, change.section) == (Kind.CHANGED, ("Privacy", "Retention"))
    assert (change.old_start, change.new_start) == (7, 7)
    assert change.words == (
        ("equal", "Backups are kept for "),
        ("removed", "30"),
        ("added", "60"),
        ("equal", " days and then deleted.\n"),
    )


def test_lines_are_given_without_line_ends_and_as_git_has_them() -> None:
    found = difference("a\nb\nc", "a\nc\nd\n")
    assert (found.removed, found.added) == (("b", "c"), ("c", "d"))


def test_an_added_line_has_no_old_start_and_a_removed_one_no_new_start() -> None:
    (added,) = difference("a\n", "a\nb\n").changes
    (removed,) = difference("a\nb\n", "a\n").changes
    assert (added.kind, added.old_start, added.new_start, added.new_lines) == (Kind.ADDED, 0, 2, ("b",))
    assert (removed.kind, removed.old_start, removed.new_start, removed.old_lines) == (Kind.REMOVED, 2, 0, ("b",))


def test_a_line_replaced_by_an_unrelated_one_is_removed_and_added() -> None:
    found = difference("Visitors sign in at the desk.\n", "Lunch costs 5 euros on Fridays.\n")
    assert kinds(found) == ["removed", "added"]


def test_a_section_that_went_elsewhere_is_moved_and_not_removed_and_added() -> None:
    retention = "## Retention\n\nBackups are kept for 30 days and then deleted.\n\n"
    found = difference(POLICY, POLICY.replace(retention, "") + "\n" + retention.rstrip("\n") + "\n")
    moved = [change for change in found.changes if change.kind is Kind.MOVED]
    assert [line for change in moved for line in change.new_lines if line] != []
    assert all(change.old_lines == change.new_lines and change.old_start != change.new_start for change in moved)
    said = [line for change in found.changes if change.kind is not Kind.MOVED for line in change.new_lines if line]
    assert said == []


def test_a_short_single_line_elsewhere_is_not_called_moved() -> None:
    assert "moved" not in kinds(difference("Yes.\n" + POLICY, POLICY + "Yes.\n"))


def test_a_long_single_line_elsewhere_is_moved() -> None:
    line = "Everyone signs the register.\n"
    assert kinds(difference(line + POLICY, POLICY + line)) == ["moved"]


def test_a_moved_line_is_used_once_however_often_it_reappears() -> None:
    line = "Everyone signs the register.\n"
    assert sorted(kinds(difference(line + POLICY, POLICY + line + line))) == ["added", "moved"]


def test_repeated_lines_move_with_the_rare_ones_beside_them() -> None:
    block = "Applies to everybody in the company.\nThe desk opens at nine in the morning.\n"
    other = "Applies to everybody in the company.\nAn unrelated rule.\n"
    found = difference(block + POLICY, POLICY + other + block)
    (moved,) = [change for change in found.changes if change.kind is Kind.MOVED]
    assert "".join(line + "\n" for line in moved.new_lines) == block


def test_a_paragraph_split_in_two_is_one_change() -> None:
    old = "The office opens at nine and closes at six in the evening.\n"
    new = "The office opens at nine\nand closes at six in the evening.\n"
    (change,) = difference(old, new).changes
    assert (change.kind, len(change.old_lines), len(change.new_lines)) == (Kind.CHANGED, 1, 2)


def test_edited_lines_among_new_ones_find_their_partners() -> None:
    old = "The office opens at nine.\nThe canteen closes at two.\n"
    new = "The office opens at ten.\nDogs welcome.\nThe canteen closes at three.\n"
    found = difference(old, new)
    assert kinds(found) == ["changed", "added", "changed"]
    assert [(change.old_start, change.new_start) for change in found.changes] == [(1, 1), (0, 2), (2, 3)]


def test_a_hunk_too_long_for_words_is_removed_and_added() -> None:
    half = "word " * (MAX_TOKENS // 4)
    assert kinds(difference(half, half + "\n")) == ["removed", "added"]
    assert kinds(difference(half[:1000], half[:1000] + "\n")) == ["changed"]


def test_a_new_section_stands_below_its_parent_and_not_below_its_neighbour() -> None:
    (change,) = difference(POLICY, POLICY + "\n## Changes\n\nNone so far.\n").changes
    assert change.section == ("Privacy",)


def test_a_removed_line_stands_below_its_old_headings() -> None:
    old = "# A\n\n## B ##\n\nThis line goes.\n"
    found = difference(old, "# A\n")
    assert found.changes[0].section == ("A",)
    (change,) = difference(old, "# A\n\n## B ##\n\n").changes
    assert change.section == ("A", "B")


def test_comments_in_fenced_code_are_no_headings() -> None:
    old = "# A\n\n````sh\n```\n# comment\nls\n````\n"
    (change,) = difference(old, old.replace("ls", "ls -l")).changes
    assert change.section == ("A",)


def test_headings_below_a_closed_fence_count_again() -> None:
    old = "# A\n```\nx\n```\n# B\nsome words here\n"
    (change,) = difference(old, old.replace("here", "there")).changes
    assert change.section == ("B",)


def test_plain_text_has_no_sections() -> None:
    (change,) = difference("one two three\n", "one two four\n").changes
    assert change.section == ()


def test_a_long_heading_is_cut() -> None:
    (change,) = difference("# " + "x" * 900 + "\n", "# " + "x" * 900 + "\nb\n").changes
    assert len(change.section[0]) == diffing.MAX_HEADING


def test_a_carriage_return_stays_part_of_its_line() -> None:
    found = difference("a b c\r\n", "a b c\n")
    assert (found.removed, found.added) == (("a b c\r",), ("a b c",))
    assert kinds(found) == ["changed"]


def test_only_a_line_feed_ends_a_line() -> None:
    text = "a\rb\fc\u2028d\x85e\x1cf"
    assert difference(text, "").removed == (text,)


def test_zeros_and_unpaired_surrogates_are_compared_like_anything_else() -> None:
    found = difference("zero \x00\nlone \ud800\n", "zero \x00\nlone \udc80\n")
    assert (found.removed, found.added) == (("lone \ud800",), ("lone \udc80",))


def test_a_newline_that_came_at_the_end_shows_in_words_and_on_the_terminal() -> None:
    found = difference("the end", "the end\n")
    assert found.changes[0].words == (("equal", "the end"), ("added", "\n"))
    assert list(found.lines()) == ["Changed at line 1:", "~ the end{+↵+}", ""]


def test_the_terminal_shows_headings_once_and_marks_every_kind() -> None:
    moved = "Everyone signs the register.\n"
    old = "# Rules\n\n" + moved + "Doors close at six.\nNo smoking.\n\nKeep quiet.\n"
    new = "# Rules\n\nDoors close at seven.\n\nKeep quiet.\n" + moved + "Be kind.\n"
    assert list(difference(old, new).lines()) == [
        "Rules",
        "Changed at line 3:",
        "~ Doors close at [-six-]{+seven+}.",
        "",
        "Removed from line 5:",
        "- No smoking.",
        "",
        "Moved from line 3 to line 6:",
        "> Everyone signs the register.",
        "",
        "Added at line 7:",
        "+ Be kind.",
        "",
    ]


def test_json_is_what_the_api_shows() -> None:
    shown = difference(POLICY, POLICY.replace("30", "60") + "More.\n").to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert json.loads(DifferenceBody.model_validate(shown).model_dump_json()) == shown
