"""The script that runs the pages keeps them to their word: a page that is wrong anywhere is told by its line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scripts import script

path = script("strangers_path")
Walk = Callable[[str], None]


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    def walk(page: str) -> None:
        (tmp_path / "page.md").write_text(page)
        path.walk(["page.md"], tmp_path, os.environ)

    return walk


def test_blocks_share_a_shell_and_keep_their_word(walk: Walk) -> None:
    walk('# A\n\n```bash\nNAME=ada\n```\n\nSo:\n\n```bash\necho "hello $NAME"\n```\n\n```output\nhello ada\n```\n')


def test_blocks_of_other_kinds_are_not_run(walk: Walk) -> None:
    walk("```sh\nfalse\n```\n\n```json\n{}\n```\n\n```\nfalse\n```\n")


@pytest.mark.parametrize("command", ["false", "false | cat", "(false)", "no-such-command"])
def test_the_first_command_that_fails_ends_the_walk_with_its_line(walk: Walk, command: str, tmp_path: Path) -> None:
    """Fails when blocks run without `set -e`, or a pipe ends as its last part does."""
    with pytest.raises(path.Stumble, match=r"^page\.md:5: the command ended with"):
        walk(f"# A\n\n```bash\ntrue\n{command}\ntouch after\n```\n\n```bash\ntouch later\n```\n")
    assert not (tmp_path / "after").exists()
    assert not (tmp_path / "later").exists()


def test_commands_that_no_shell_understands_are_told_by_their_block(walk: Walk) -> None:
    with pytest.raises(path.Stumble, match=r"^page\.md:2: the command ended with"):
        walk("```bash\nif then\n```\n")


def test_a_shown_line_that_does_not_come_is_told_by_its_line(walk: Walk) -> None:
    with pytest.raises(path.Stumble, match=r"^page\.md:8: was not printed: 'three'"):
        walk("```bash\nprintf 'one\\ntwo\\n'\n```\n\n```output\none\ntwo\nthree\n```\n")


def test_more_than_is_shown_is_told(walk: Walk) -> None:
    """Fails when what is printed need only contain what is shown: a warning would go unnoticed."""
    with pytest.raises(path.Stumble, match=r"^page\.md:7: more was printed than is shown"):
        walk("```bash\nprintf 'one\\ntwo\\n' >&2\n```\n\n```output\none\n```\n")


def test_what_a_page_leaves_running_is_told_and_ended(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when a server that a page starts outlives the walk."""
    monkeypatch.setattr(path, "LEAVING_S", 0.3)
    with pytest.raises(path.Stumble, match="leaves something running"):
        walk("```bash\nsleep 60 &\necho $! > pid\n```\n")
    status = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z", "ended, whoever has yet to collect it"


def test_an_output_needs_commands_right_before_it() -> None:
    with pytest.raises(path.Stumble, match=r"^page\.md:6: an output needs"):
        list(path.blocks("page.md", "```sh\nls\n```\n\n```output\nx\n```\n"))


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("Receipt rcp_914bd3a57b0e7a04cc5b1d62128f94d6", "Receipt rcp_f03deeb9711513a6365368c034818437"),
        ("id 32bb1fbe-8328-2c68-6ca2-17252ab29fa5", "id 56ef2dfd-e71f-8d81-5d6f-b9a1d1967fab"),
        ("commit eabbb6774fb1", "commit 3c55b9fb875b"),
        ("at 2026-11-27 21:56:31+00:00", "at 2027-01-02T03:04:05Z"),
        ("a  b", "a b  \n\n"),
        ("took … ms", "took 12 ms"),
        ("…\nlast", "one\ntwo\nlast"),
        ("first\n…", "first"),
    ],
)
def test_what_differs_from_run_to_run_may_differ(shown: str, printed: str) -> None:
    assert path.mismatch(shown.splitlines(), printed) is None


@pytest.mark.parametrize(
    ("shown", "printed", "wrong"),
    [
        ("3 added", "4 added", 0),
        ("a\nc", "a\nb\nc", 1),
        ("Receipt rcp_914bd3a57b0e7a04cc5b1d62128f94d6", "Receipt none", 0),
        ("first\n…\nlast", "first\nmiddle", 2),
        ("one … three", "one\nthree", 0),
        ("first", "first\nsecond", 1),
    ],
)
def test_nothing_else_may(shown: str, printed: str, wrong: int) -> None:
    """The twin of the test before."""
    assert path.mismatch(shown.splitlines(), printed) == wrong
