from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from memory.domain.documents import Span
from memory.domain.retrieval import Citation, Freshness, Passage
from memory.retrieval.budget import within_budget
from memory.testing.encoder_fake import HashEncoder

ENCODER = HashEncoder()


def passage(tokens: int) -> Passage:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    citation = Citation("d", 1, "t", "https://x.example", "s", (), None, at, Span(0, 1), None, None)
    return Passage("c", "word " * tokens, citation, (), (), Freshness("current", 0, 0))


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 40))
def test_the_kept_passages_fit_and_the_next_one_would_not(sizes: list[int], budget: int) -> None:
    passages = [passage(size) for size in sizes]
    kept = within_budget(passages, budget, ENCODER)
    assert list(kept) == passages[: len(kept)]
    assert sum(sizes[: len(kept)]) <= budget
    assert len(kept) == len(sizes) or sum(sizes[: len(kept) + 1]) > budget


def test_no_budget_keeps_everything() -> None:
    passages = [passage(9), passage(9)]
    assert within_budget(passages, None, ENCODER) == tuple(passages)


def test_a_shorter_passage_does_not_jump_the_queue() -> None:
    assert within_budget([passage(9), passage(1)], 5, ENCODER) == ()
