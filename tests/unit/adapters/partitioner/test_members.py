"""Names of files inside files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.members import Members
from memory.domain.members import MAX_NAME, member_name

NAMES = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("./\\!:C \u202e")), max_size=300)


@given(NAMES)
def test_a_name_is_relative_short_visible_and_stable(told: str) -> None:
    """Fails when parts of `..`, roots, drives or invisible characters are let through."""
    name = member_name(told)
    parts = name.split("/")
    assert not {"", ".", ".."} & set(parts)
    assert not set("\\!:\0\u202e") & set(name)
    assert len(name) <= MAX_NAME
    assert member_name(name) == name


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\Users\\x\\a.pdf", "C_/Users/x/a.pdf"),
        ("/abs/a.txt", "abs/a.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("..", "unnamed"),
        ("a!/b", "a_/b"),
    ],
)
def test_names_that_mean_to_escape_become_harmless(told: str, name: str) -> None:
    assert member_name(told) == name


@given(st.lists(st.sampled_from(["a.txt", "a (2).txt", "../a.txt", "b/c", "x" * 300]), max_size=8))
def test_members_are_told_apart_by_their_names(told: list[str]) -> None:
    members = Members(Limits())
    for name in told:
        members.add(name, "", b"")
    names = [member.name for member in members.found]
    assert len(set(names)) == len(told)
    assert all(name == member_name(name) for name in names)


@pytest.mark.parametrize("limits", [Limits(members=1), Limits(member_bytes=3)])
def test_too_many_and_too_large_members_are_refused(limits: Limits) -> None:
    members = Members(limits)
    members.add("a", "", b"12")
    with pytest.raises(Refused) as refused:
        members.add("b", "", b"12")
    assert refused.value.refusal is Refusal.EXPANDS_TOO_FAR
