"""Text to weighted terms: BM25 by language, for every adapter whose engine takes sparse vectors.

Masked text and its language come in, {term id: weight} goes out; a term id is a hash of the token, so nothing here or
behind it keeps text. Tokens, stop words and stemmers are those of the engine (`qdrant_edge.Bm25`), the same that a
Qdrant server applies. The inverse document frequency is the engine's part, over the points the caller may see.
"""

from collections.abc import Mapping, Sequence
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
    name = LANGUAGES.get(language or UNKNOWN)
    return _weights(_form(name, name).embed_document(_encodable(text)))


def query_terms(text: str, languages: Sequence[str]) -> Mapping[int, float]:
    """Return the terms to ask for, each with weight 1; empty when the query holds nothing but stop words.

    `languages` are those the query may be in (ISO 639-1), likeliest first; empty when nobody knows. It is asked in the
    stems of each and in the other forms that chunks have: as English, for those of unknown language, and as written,
    for those without a stemmer. A chunk holds one of the forms, so no word counts twice. No form asks for the stop
    words of the likeliest language: «the» is rare, and would weigh much, in the German chunks that quote it.
    """
    names = [LANGUAGES.get(language) for language in languages or (UNKNOWN,)]
    text, asked = _encodable(text), dict.fromkeys((*names, LANGUAGES[UNKNOWN], None))
    vectors = [_form(name, names[0]).embed_query(text) for name in asked]
    return {term: weight for vector in vectors for term, weight in _weights(vector).items()}


def _encodable(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and the engine cannot read."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _weights(vector: Any) -> dict[int, float]:
    return dict(zip(vector.indices, vector.values, strict=True))


@cache
def _form(stemmed_as: str | None, spoken: str | None) -> Any:
    """Return what cuts words as one language does (None: as written), less the stop words of both."""
    stemmer = {"language": stemmed_as} if stemmed_as else {"stemmer": DisabledStemmer()}
    stop_words = {getattr(Language, name.capitalize()) for name in (stemmed_as, spoken) if name}
    return Bm25(
        Bm25Config(
            k=K, b=B, avg_len=AVERAGE_TERMS, stopwords=StopwordsSet(languages=stop_words, custom=set()), **stemmer
        )
    )
