"""Exactly one generation is current, whatever happens between two steps."""

from pathlib import Path

import pytest

from memory.adapters.index.generations import Generations
from memory.domain.errors import IndexUnavailable


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(tmp_path, 4)


def made(generations: Generations, content: str) -> Path:
    path = generations.new()
    path.mkdir()
    (path / "content").write_text(content)
    return path


def test_there_is_none_at_first(generations: Generations) -> None:
    assert generations.current() is None


def test_an_unfinished_first_generation_does_not_count(generations: Generations) -> None:
    made(generations, "half")
    assert generations.current() is None


def test_promotion_is_one_step(generations: Generations) -> None:
    first, second = made(generations, "first"), made(generations, "second")
    generations.promote(first)
    assert generations.current() == first
    generations.promote(second)
    assert generations.current() == second


def test_sweeping_leaves_the_current_one(generations: Generations, tmp_path: Path) -> None:
    first, second = made(generations, "first"), made(generations, "second")
    generations.promote(second)
    generations.sweep()
    assert (first.exists(), second.exists()) == (False, True)
    assert (tmp_path / "CURRENT").exists()


def test_a_copy_is_whole_and_not_current(generations: Generations) -> None:
    first = made(generations, "first")
    generations.promote(first)
    copy = generations.copy()
    assert (copy / "content").read_text() == "first"
    assert generations.current() == first


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"name": 1}', "\x00"])
def test_an_unreadable_name_is_no_permission_to_begin_anew(generations: Generations, tmp_path: Path, body: str) -> None:
    """Fails when anything unreadable counts as «there is none»: the index would silently be empty."""
    (tmp_path / "CURRENT").write_text(body)
    with pytest.raises(IndexUnavailable, match="memory reindex"):
        generations.current()


def test_a_generation_that_vanished_cannot_be_copied(generations: Generations) -> None:
    first = made(generations, "first")
    generations.promote(first)
    (first / "content").unlink()
    first.rmdir()
    with pytest.raises(IndexUnavailable):
        generations.copy()
