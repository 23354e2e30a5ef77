"""BM25 terms by language."""

import pytest

from memory.adapters.index.terms import LANGUAGES, document_terms, query_terms


@pytest.mark.parametrize(
    ("language", "written", "asked"),
    [("en", "holiday policies", "policy"), ("de", "die Häuser", "Haus"), ("fr", "les congés annuels", "annuelle")],
)
def test_words_meet_in_the_stems_of_their_language(language: str, written: str, asked: str) -> None:
    assert document_terms(written, language).keys() & query_terms(asked, [language]).keys()
    assert not document_terms(written, "ja").keys() & query_terms(asked, [language]).keys()


def test_every_language_has_stop_words_and_a_stemmer() -> None:
    assert {language for language in LANGUAGES if not query_terms("Basecamp", [language])} == set()


@pytest.mark.parametrize("asked_in", [["en"], ["de"], [], ["ja"], ["de", "en", "pl"]])
@pytest.mark.parametrize("written_in", [None, "ja"])
def test_a_query_reaches_the_same_word_in_chunks_without_a_stemmer_of_their_own(
    asked_in: list[str], written_in: str | None
) -> None:
    """Fails when a query leaves out the English stems of unknown texts, or the written words of unstemmed ones."""
    assert document_terms("holiday policies", written_in).keys() & query_terms("policies", asked_in).keys()


def test_what_is_of_unknown_language_is_stemmed_as_english_on_both_sides() -> None:
    assert document_terms("policy", "en").keys() & query_terms("policies", []).keys()
    assert document_terms("policy", None).keys() & query_terms("policies", []).keys()
    assert document_terms("Haftungsausschlüsse", None).keys() & query_terms("Haftungsausschlüsse", []).keys()


def test_stop_words_ask_for_nothing() -> None:
    assert query_terms("the of and", ["en"]) == {}
    assert query_terms("the of and", []) == {}
    assert query_terms("der die das", ["de"]) == {}
    assert query_terms("", []) == {}


def test_a_word_counts_once_in_a_query_and_more_often_in_a_text_that_repeats_it() -> None:
    assert set(query_terms("leave leave leave", ["en"]).values()) == {1.0}
    once, twice = (next(iter(document_terms(text, "en").values())) for text in ("leave", "leave leave"))
    assert once < twice


def test_other_documents_do_not_move_the_weights_of_a_document() -> None:
    """Would fail if the average length were learned from what was embedded before."""
    before = document_terms("parental leave", "en")
    for _ in range(3):
        document_terms("word " * 5000, "en")
    assert document_terms("parental leave", "en") == before


def test_text_that_is_no_unicode_is_read_as_far_as_it_goes() -> None:
    assert document_terms("leave \ud800 \x00", None).keys() & query_terms("leave \udfff", []).keys()


def test_an_undecided_query_is_asked_in_the_stems_of_each_language() -> None:
    """Fails when only the likeliest of several languages is asked in."""
    asked = query_terms("Kündigungen policies", ["en", "de"])
    assert document_terms("die Kündigung", "de").keys() & asked.keys()
    assert document_terms("the policy", "en").keys() & asked.keys()
    assert not document_terms("die Kündigung", "de").keys() & query_terms("Kündigungen policies", ["en"]).keys()


def test_no_form_asks_for_the_stop_words_of_the_likeliest_language() -> None:
    """Fails when the stems of other languages are asked for with their own stop words alone."""
    assert query_terms("the of and", ["en", "de", "pl"]) == {}
    assert document_terms("das Projekt «the bridge»", "de").keys() & query_terms("the", ["de"]).keys()


def test_a_query_in_one_language_meets_the_names_in_chunks_of_another() -> None:
    assert document_terms("rules for travelling with Basecamp", "en").keys() & query_terms("Basecamp-Reise", ["de"])
