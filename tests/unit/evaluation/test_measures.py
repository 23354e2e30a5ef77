"""Measures against values worked out by hand."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.evaluation.measures import ndcg, recall, reciprocal_rank
from memory.evaluation.retrieval import quality

RANKING = ["a", "x", "b", "y", "c"]
GRADES = {"a": 1, "b": 2, "c": 0, "d": 3}


def test_gain_is_discounted_by_rank_and_divided_by_the_best_there_could_be() -> None:
    """Found: 1 at rank 1 and 2 at rank 3; ideal: 3, 2, 1. Fails with an exponential gain, or ranks from 0."""
    found = 1 / log2(2) + 2 / log2(4)
    ideal = 3 / log2(2) + 2 / log2(3) + 1 / log2(4)
    assert ndcg(RANKING, GRADES) == pytest.approx(found / ideal)
    assert ndcg(RANKING, GRADES) == pytest.approx(0.4200, abs=1e-4)


def test_what_lies_beyond_the_cut_counts_for_nothing() -> None:
    assert ndcg(RANKING, GRADES, cut=2) == pytest.approx(1 / (3 + 2 / log2(3)))
    assert recall(RANKING, GRADES, cut=2) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "y", "a"], GRADES, cut=2) == 0.0


def test_recall_is_the_share_of_what_is_relevant() -> None:
    """Fails when a grade of 0 counts as relevant."""
    assert recall(RANKING, GRADES) == pytest.approx(2 / 3)
    assert recall(["c"], {"c": 0, "d": 1}) == 0.0


@pytest.mark.parametrize(
    ("ranking", "expected"), [(["a"], 1.0), (["x", "b"], 0.5), (["x", "c", "d"], 1 / 3), ([], 0.0)]
)
def test_the_first_relevant_document_gives_the_reciprocal_rank(ranking: list[str], expected: float) -> None:
    assert reciprocal_rank(ranking, GRADES) == pytest.approx(expected)


def test_a_query_without_relevant_documents_measures_0() -> None:
    assert (ndcg(RANKING, {}), recall(RANKING, {"a": 0}), reciprocal_rank(RANKING, {})) == (0.0, 0.0, 0.0)


def test_quality_is_the_mean_over_the_queries() -> None:
    judgments = {"q1": {"a": 1}, "q2": {"b": 1}}
    measured = quality({"q1": ["a"], "q2": ["x", "b"]}, judgments)
    assert measured.to_json() == {
        "ndcg@10": pytest.approx((1 + 1 / log2(3)) / 2),
        "recall@10": 1.0,
        "mrr@10": pytest.approx(0.75),
    }


names = st.sampled_from("abcdefghijklmnop")


@given(ranking=st.lists(names, unique=True), grades=st.dictionaries(names, st.integers(0, 3)))
def test_measures_lie_between_0_and_1_and_the_ideal_ranking_has_1(ranking: list[str], grades: dict[str, int]) -> None:
    for measure in (ndcg, recall, reciprocal_rank):
        assert 0.0 <= measure(ranking, grades) <= 1.0 + 1e-12
    ideal = sorted(grades, key=lambda name: -grades[name])
    if any(grades.values()):
        assert ndcg(ideal, grades) == pytest.approx(1.0)
        assert reciprocal_rank(ideal, grades) == 1.0
