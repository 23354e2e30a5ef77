"""Text to weighted terms: BM25 by language, for every adapter whose engine takes sparse vectors.

Masked text and its language come in, {term id: weight} goes out; a term id is a hash of the token, so nothing here or
behind it keeps text. Tokens, stop words and stemmers are those of the engine (`qdrant_edge.Bm25`), the same that a
Qdrant server applies. The inverse document frequency is the engine's part, over the points the caller may see.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from qdrant_edge import Bm25, Bm25Config, DisabledStemmer, Language, StopwordsSet

# Saturation and length normalisation as in Robertson & Zaragoza 2009, «The Probabilistic Relevance Framework: BM25 and
# Beyond», section 3.4.4 (k1 between 1.2 and 2, b between 0.5 and 0.8), and as every mainstream engine ships them.
K = 1.2
B = 0.75

# Terms in a typical chunk: 256 word pieces are some 190 words, of which about a third are stop words. A constant and
# never a statistic of the corpus: otherwise documents that a caller may not see would move the scores of those they
# may. Changing any of the three means publishing every point again.
AVERAGE_TERMS = 128

LANGUAGES = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
"""Languages (ISO 639-1) for which the engine has both stop words and a stemmer."""

UNKNOWN = "en"
"""What a text is taken for whose language nobody knows, chunks and queries alike. Stemming English words is worth .05
of nDCG on SciFact, and a word of another language meets itself whatever is cut off it, as long as both sides cut."""


def document_terms(text: str, language: str | None) -> Mapping[int, float]:
    """Return the weight of each term of a chunk.

    `language` is ISO 639-1; when it is known and has no stemmer, words are kept as written, stop words included.
    """
    return _weights(_stemmer(LANGUAGES.get(language or UNKNOWN)).embed_document(_encodable(text)))


def query_terms(text: str, language: str | None) -> Mapping[int, float]:
    """Return the terms to ask for, each with weight 1; empty when the query holds nothing but stop words.

    A query is asked in the stems of its language and, without its stop words, in the other forms that chunks have: as
    English, for those of unknown language, and as written, for those without a stemmer. A chunk holds one of the
    forms, so no word counts twice.
    """
    name, text = LANGUAGES.get(language or UNKNOWN), _encodable(text)
    forms = (_stemmer(name), _asked_as_unknown(name), _as_written(name))
    return {term: weight for form in forms for term, weight in _weights(form.embed_query(text)).items()}


def _encodable(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and the engine cannot read."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _weights(vector: Any) -> dict[int, float]:
    return dict(zip(vector.indices, vector.values, strict=True))


@cache
def _stemmer(language: str | None) -> Any:
    return _as_written(None) if language is None else _model(language=language)


@cache
def _asked_as_unknown(language: str | None) -> Any:
    """Cut words as a text of unknown language has them cut, less the stop words of the language they are in."""
    assumed = LANGUAGES[UNKNOWN]
    return _model(language=assumed, stopwords=_stop_words({assumed, language or assumed}))


@cache
def _as_written(language: str | None) -> Any:
    return _model(stemmer=DisabledStemmer(), stopwords=_stop_words({language} if language else set()))


def _model(**language: Any) -> Any:
    return Bm25(Bm25Config(k=K, b=B, avg_len=AVERAGE_TERMS, **language))


def _stop_words(languages: set[str]) -> Any:
    return StopwordsSet(languages={getattr(Language, name.capitalize()) for name in languages}, custom=set())
