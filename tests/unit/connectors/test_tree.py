"""Settings, selection and media types of a tree."""

from datetime import UTC, datetime

import pytest

from connectors.tree import TreeSettings, media_type, moment, printable
from memory.domain.errors import Misconfigured


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.md", b"", "text/markdown"),
        ("A.MD", b"", "text/markdown"),
        ("d/a.docx", b"", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.pdf", b"", "application/pdf"),
        ("a.csv", b"", "text/csv"),
        ("a.html", b"", "text/html"),
        ("a.txt", b"", "text/plain"),
        ("a.tar.gz", b"", "application/gzip"),
        ("LICENSE", "§ 1".encode(), "text/plain"),
        ("LICENSE", b"\xff\xfe", "application/octet-stream"),
        ("blob", b"a\0b", "application/octet-stream"),
    ],
)
def test_the_name_promises_the_media_type(path: str, content: bytes, expected: str) -> None:
    assert media_type(path, content) == expected


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.md", "a.md", True),
        ("*.md", "d/e/a.md", True),
        ("*.md", "a.md.bak", False),
        ("d/*.md", "d/a.md", True),
        ("d/*.md", "d/e/a.md", False),
        ("d/**", "d/e/a.md", True),
        ("d/", "d/e/a.md", True),
        ("d/", "e/d/a.md", True),
        ("/d/", "e/d/a.md", False),
        ("**/a.md", "a.md", True),
        ("d/**/a.md", "d/a.md", True),
        ("d/**/a.md", "d/e/f/a.md", True),
        ("?.md", "ab.md", False),
        ("a[1].md", "a[1].md", True),
        ("a.md", "axmd", False),
        ("*.md", "new\nline.md", True),
    ],
)
def test_globs_mean_what_they_mean_elsewhere(pattern: str, path: str, *, matches: bool) -> None:
    assert TreeSettings.parse({"include": [pattern]}).wants(path) is matches
    assert TreeSettings.parse({"exclude": [pattern]}).wants(path) is not matches


def test_everything_is_wanted_unless_told_otherwise_and_exclusion_wins() -> None:
    assert TreeSettings.parse({}).wants("any/thing")
    assert not TreeSettings.parse({"include": ["*.md"], "exclude": ["a.md"]}).wants("a.md")


@pytest.mark.parametrize(
    "settings", [{"denny": []}, {"max_bytes": 0}, {"max_bytes": "1"}, {"max_bytes": True}, {"include": "*.md"}]
)
def test_settings_that_cannot_be_understood_are_refused(settings: dict[str, object]) -> None:
    """Fails when a misspelt `deny` is a rule that nobody enforces."""
    with pytest.raises(Misconfigured):
        TreeSettings.parse(settings)


def test_times_outside_the_calendar_move_to_its_ends() -> None:
    assert moment(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert moment(10**18).year == 9999
    assert moment(-(10**18)).year == 1


def test_a_name_that_is_not_utf8_can_be_shown() -> None:
    assert printable(b"a\xff.md".decode("utf-8", "surrogateescape")) == "a\\xff.md"
    assert printable("ü.md") == "ü.md"
