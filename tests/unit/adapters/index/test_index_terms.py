"""BM25 terms by language."""

import pytest

from memory.adapters.index.terms import LANGUAGES, document_terms, query_terms


@pytest.mark.parametrize(
    ("language", "written", "asked"),
    [("en", "holiday policies", "policy"), ("de", "die Häuser", "Haus"), ("fr", "les congés annuels", "annuelle")],
)
def test_words_meet_in_the_stems_of_their_language(language: str, written: str, asked: str) -> None:
    assert document_terms(written, language).keys() & query_terms(asked, language).keys()
    assert not document_terms(written, None).keys() & query_terms(asked, language).keys()


def test_every_language_has_stop_words_and_a_stemmer() -> None:
    assert {language for language in LANGUAGES if not query_terms("Basecamp", language)} == set()


def test_a_query_reaches_chunks_of_unknown_language_as_written() -> None:
    for language in ("en", "de", None, "ja"):
        assert document_terms("holiday policies", None).keys() & query_terms("policies", language).keys()


def test_a_query_of_unknown_language_is_asked_in_english_stems() -> None:
    assert document_terms("policy", "en").keys() & query_terms("policies", None).keys()


def test_stop_words_ask_for_nothing() -> None:
    assert query_terms("the of and", "en") == {}
    assert query_terms("der die das", "de") == {}
    assert query_terms("", None) == {}


def test_a_word_counts_once_in_a_query_and_more_often_in_a_text_that_repeats_it() -> None:
    assert set(query_terms("leave leave leave", "en").values()) == {1.0}
    once, twice = (next(iter(document_terms(text, "en").values())) for text in ("leave", "leave leave"))
    assert once < twice


def test_other_documents_do_not_move_the_weights_of_a_document() -> None:
    """Would fail if the average length were learned from what was embedded before."""
    before = document_terms("parental leave", "en")
    for _ in range(3):
        document_terms("word " * 5000, "en")
    assert document_terms("parental leave", "en") == before


def test_text_that_is_no_unicode_is_read_as_far_as_it_goes() -> None:
    assert document_terms("leave \ud800 \x00", None).keys() & query_terms("leave \udfff", None).keys()
