"""Names of files inside files, and archives that are none."""

import bz2
import gzip
import io
import lzma
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.adapters.partitioner.archives import partition_tar
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


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (gzip.compress(b"one file"), Refusal.UNSUPPORTED),
        (bz2.compress(b"one file"), Refusal.UNSUPPORTED),
        (lzma.compress(b"one file"), Refusal.UNSUPPORTED),
        (gzip.compress(b"one file")[:9], Refusal.CORRUPT),
        (b"no archive at all" * 99, Refusal.CORRUPT),
    ],
)
def test_a_compressed_file_that_is_no_archive_is_unsupported_and_not_damaged(content: bytes, refusal: Refusal) -> None:
    """Fails when whoever brings a log in as `.gz` is told to look for damage."""
    with pytest.raises(Refused) as refused:
        partition_tar(content, Limits())
    assert refused.value.refusal is refusal


def test_a_compressed_archive_is_read() -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"ab"))
    assert [(one.name, one.content) for one in partition_tar(held.getvalue(), Limits()).members] == [("a.txt", b"ab")]
