"""Which document a path holds, case by case."""

import pytest

from connectors.git.lineage import Change, Lineage, Step

FIRST, SECOND, THIRD = "1" * 40, "2" * 40, "3" * 40


def added(path: str) -> Change:
    return Change(None, path, f"blob of {path}")


def deleted(path: str) -> Change:
    return Change(path, None, "")


def renamed(before: str, after: str) -> Change:
    return Change(before, after, f"blob of {after}")


def apply(lineage: Lineage, commit: str, *changes: Change) -> list[tuple[str, str | None, str | None]]:
    return [(step.external_id, step.before, step.after) for step in lineage.apply(commit, changes)]


@pytest.fixture
def lineage() -> Lineage:
    """Return a lineage that knows one document, a.md."""
    fresh = Lineage()
    assert apply(fresh, FIRST, added("a.md")) == [("a.md", None, "a.md")]
    return fresh


def test_a_renamed_document_keeps_its_id(lineage: Lineage) -> None:
    assert apply(lineage, SECOND, renamed("a.md", "b.md")) == [("a.md", "a.md", "b.md")]
    assert apply(lineage, THIRD, Change("b.md", "b.md", "other")) == [("a.md", "b.md", "b.md")]


def test_a_deleted_path_that_returns_is_the_same_document(lineage: Lineage) -> None:
    assert apply(lineage, SECOND, deleted("a.md")) == [("a.md", "a.md", None)]
    assert apply(lineage, THIRD, added("a.md")) == [("a.md", None, "a.md")]


def test_a_path_taken_while_its_document_lives_elsewhere_begins_a_new_document(lineage: Lineage) -> None:
    """Fails when two living documents share an id, and with it their permissions."""
    apply(lineage, SECOND, renamed("a.md", "b.md"))
    assert apply(lineage, THIRD, added("a.md")) == [("a.md@333333333333", None, "a.md")]


def test_a_path_taken_in_the_very_commit_of_the_rename_begins_a_new_document(lineage: Lineage) -> None:
    changes = (added("a.md"), renamed("a.md", "b.md"))
    assert apply(lineage, SECOND, *changes) == [("a.md@222222222222", None, "a.md"), ("a.md", "a.md", "b.md")]


def test_a_document_that_went_and_came_back_to_its_old_path_is_one_document(lineage: Lineage) -> None:
    """Renamed away, then rewritten and put back in one commit: git sees a deletion and an addition."""
    apply(lineage, SECOND, renamed("a.md", "b.md"))
    assert apply(lineage, THIRD, added("a.md"), deleted("b.md")) == [("a.md", "b.md", "a.md")]


def test_a_rename_onto_the_path_of_a_deleted_document_takes_the_path_over(lineage: Lineage) -> None:
    apply(lineage, FIRST, added("b.md"))
    apply(lineage, SECOND, deleted("b.md"))
    assert apply(lineage, SECOND, renamed("a.md", "b.md")) == [("a.md", "a.md", "b.md")]
    assert apply(lineage, THIRD, deleted("b.md")) == [("a.md", "b.md", None)]
    assert apply(lineage, THIRD, added("b.md")) == [("a.md", None, "b.md")]


def test_names_may_be_exchanged_through_a_third(lineage: Lineage) -> None:
    apply(lineage, FIRST, added("b.md"))
    steps = apply(lineage, SECOND, renamed("a.md", "c.md"), renamed("b.md", "d.md"))
    assert steps == [("a.md", "a.md", "c.md"), ("b.md", "b.md", "d.md")]
    assert apply(lineage, THIRD, renamed("c.md", "b.md"), renamed("d.md", "a.md")) == [
        ("a.md", "c.md", "b.md"),
        ("b.md", "d.md", "a.md"),
    ]


def test_a_file_named_like_a_derived_id_cannot_become_that_document(lineage: Lineage) -> None:
    """Fails when a path ends in @ and twelve digits and is used as an id as it is: two documents would be one."""
    apply(lineage, SECOND, renamed("a.md", "b.md"))
    [(derived, _, _)] = apply(lineage, THIRD, added("a.md"))
    [(forged, _, _)] = apply(lineage, THIRD, added(derived))
    assert forged == f"{derived}@{THIRD[:12]}"


def test_a_lineage_survives_being_remembered(lineage: Lineage) -> None:
    apply(lineage, SECOND, renamed("a.md", "b.md"), added("c.md"))
    apply(lineage, THIRD, deleted("c.md"), added("a.md"))
    assert Lineage.remembered(lineage.living, lineage.past) == lineage


def test_a_change_of_an_unknown_path_is_an_error() -> None:
    """A checkpoint that does not fit the branch must not be guessed around."""
    for change in (deleted("a.md"), renamed("a.md", "b.md"), Change("a.md", "a.md", "blob")):
        with pytest.raises(KeyError):
            list(Lineage().apply(FIRST, [change]))


def test_a_step_carries_the_blob_and_whether_it_is_a_link() -> None:
    assert list(Lineage().apply(FIRST, [Change(None, "l", "b", link=True)])) == [Step("l", None, "l", "b", link=True)]
