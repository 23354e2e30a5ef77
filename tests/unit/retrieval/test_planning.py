from memory.domain.retrieval import Narrowing, Question, SearchMode, VisibleSet
from memory.retrieval.planning import PlannerBounds, plan

BOUNDS = PlannerBounds(exact_chunks=1_000, acorn_share=0.3, acorn_ef=128, depth=100)


def asking(top_k: int = 8) -> Question:
    return Question(query="leave", purpose="support", top_k=top_k, narrowing=Narrowing())


def seeing(chunks: int, total: int) -> VisibleSet:
    return VisibleSet((1,), (), 1, chunks, total, frozenset(), None)


def test_few_visible_chunks_are_searched_exactly_whatever_else_there_is() -> None:
    """Fails when the number of hidden chunks changes the plan in the range in which answers are exact."""
    plans = {plan(asking(), seeing(chunks, total), BOUNDS) for chunks in (0, 1, 1_000) for total in (1_000, 10**9)}
    assert {one.mode for one in plans} == {SearchMode.EXACT}
    assert len(plans) == 1


def test_a_small_share_of_many_chunks_is_searched_exactly() -> None:
    assert plan(asking(), seeing(1_001, 10_000), BOUNDS).mode is SearchMode.EXACT


def test_a_large_share_of_many_chunks_walks_the_graph_widely_enough() -> None:
    walked = plan(asking(top_k=100), seeing(9_000, 10_000), BOUNDS)
    assert walked.mode is SearchMode.ACORN
    assert walked.ef is not None
    assert walked.ef >= 200


def test_candidates_are_at_least_twice_the_page() -> None:
    assert plan(asking(top_k=8), seeing(10, 10), BOUNDS).depth == 100
    assert plan(asking(top_k=80), seeing(10, 10), BOUNDS).depth == 160
