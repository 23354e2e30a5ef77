"""The line differ contract, on git's algorithm."""

import pygit2
import pytest

from memory.adapters.line_differ import GitLineDiffer
from memory.domain.errors import TooLarge
from memory.domain.ports.differ import LineDiffer
from memory.testing.differ_contract import LineDifferContract


class TestGitLineDiffer(LineDifferContract):
    @pytest.fixture
    def differ(self) -> LineDiffer:
        return GitLineDiffer()


class Refusing:
    """What libgit2 does with a text of more than a gigabyte."""

    @staticmethod
    def create_from(*_texts: bytes, **_options: object) -> None:
        raise pygit2.GitError("files too large for diff")


def test_a_refusal_of_the_library_becomes_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pygit2, "Patch", Refusing)
    with pytest.raises(TooLarge, match="compare smaller documents"):
        GitLineDiffer().hunks("a", "b")
