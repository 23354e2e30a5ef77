from memory.adapters.encoders.packaged import MODEL_NAME
from memory.domain.retrieval import Narrowing, Plan, Question, SearchMode, VisibleSet
from memory.retrieval.languages import DenseWeights, dense_weights
from memory.retrieval.planning import PlannerBounds, plan
from memory.testing.languages_fake import SmallWordDetector

BOUNDS = PlannerBounds(exact_chunks=1_000, acorn_share=0.3, acorn_ef=128, depth=100)


WEIGHTS = DenseWeights({"en": 1.0, "fr": 0.5}, others=0.1, untold=0.8)
ENGLISH, GERMAN, BOTH = "the duty of care", "die Pflicht zu zahlen", "die policy in Berlin"


def asking(query: str = "leave", top_k: int = 8, languages: frozenset[str] = frozenset()) -> Question:
    return Question(query=query, purpose="support", top_k=top_k, narrowing=Narrowing(languages=languages))


def planned(question: Question, visible: VisibleSet, bounds: PlannerBounds = BOUNDS) -> Plan:
    return plan(question, visible, bounds, SmallWordDetector())


def seeing(chunks: int, total: int) -> VisibleSet:
    return VisibleSet((1,), (), 1, chunks, total, frozenset(), None)


def test_few_visible_chunks_are_searched_exactly_whatever_else_there_is() -> None:
    """Fails when the number of hidden chunks changes the plan in the range in which answers are exact."""
    plans = {planned(asking(), seeing(chunks, total)) for chunks in (0, 1, 1_000) for total in (1_000, 10**9)}
    assert {one.mode for one in plans} == {SearchMode.EXACT}
    assert len(plans) == 1


def test_a_small_share_of_many_chunks_is_searched_exactly() -> None:
    assert planned(asking(), seeing(1_001, 10_000)).mode is SearchMode.EXACT


def test_a_large_share_of_many_chunks_walks_the_graph_widely_enough() -> None:
    walked = planned(asking(top_k=100), seeing(9_000, 10_000))
    assert walked.mode is SearchMode.ACORN
    assert walked.ef is not None
    assert walked.ef >= 200


def test_candidates_are_at_least_twice_the_page() -> None:
    assert planned(asking(top_k=8), seeing(10, 10)).depth == 100
    assert planned(asking(top_k=80), seeing(10, 10)).depth == 160


def test_a_question_is_asked_in_the_languages_it_may_be_in() -> None:
    assert planned(asking(ENGLISH), seeing(1, 1)).languages == ("en",)
    assert planned(asking(BOTH), seeing(1, 1)).languages == ("de", "en")
    assert planned(asking("Basecamp"), seeing(1, 1)).languages == ()


def test_a_question_is_asked_in_the_languages_it_is_narrowed_to() -> None:
    """Fails when only what the words look like counts: «Basecamp» in German chunks has German stems."""
    narrowed = asking(ENGLISH, languages=frozenset({"de", "en"}))
    assert planned(narrowed, seeing(1, 1)).languages == ("en", "de")


def test_the_dense_leg_weighs_what_it_weighs_in_the_languages_of_the_question() -> None:
    bounds = PlannerBounds(dense=WEIGHTS)
    weights = [planned(asking(text), seeing(1, 1), bounds).dense_weight for text in (ENGLISH, GERMAN, BOTH, "Basecamp")]
    assert weights == [1.0, 0.1, 1.0, 0.8]


def test_a_model_without_a_table_weighs_as_much_as_the_words_in_every_language() -> None:
    plans = {planned(asking(text), seeing(1, 1)).dense_weight for text in (ENGLISH, GERMAN, BOTH, "Basecamp")}
    assert plans == {1.0}


def test_what_is_visible_or_stored_does_not_choose_languages() -> None:
    """Fails when anything but the question decides the forms or the weights: a hidden document would be heard."""
    plans = [planned(asking(BOTH), seeing(chunks, total)) for chunks in (0, 10, 900) for total in (1_000, 10**6)]
    assert len({(one.languages, one.dense_weight) for one in plans}) == 1


def test_the_packaged_model_weighs_little_where_it_was_not_trained() -> None:
    """Fails when the table is keyed by another name than the model's."""
    packaged = PlannerBounds(dense=dense_weights(MODEL_NAME))
    assert planned(asking(ENGLISH), seeing(1, 1), packaged).dense_weight == 1.0
    assert planned(asking(GERMAN), seeing(1, 1), packaged).dense_weight <= 0.5
