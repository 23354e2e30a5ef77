"""The contract of language detectors, on lingua and on the fake."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.adapters.languages import LinguaLanguageDetector
from memory.domain.ports.languages import LanguageDetector
from memory.testing.languages_contract import AWKWARD, SENTENCES, LanguageDetectorContract
from memory.testing.languages_fake import SmallWordDetector

LINGUA = LinguaLanguageDetector()
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
"""Lone surrogates, NUL and unassigned code points among it."""

ASK = """
import json, sys
from memory.adapters.languages import LinguaLanguageDetector
detector = LinguaLanguageDetector()
texts = json.load(sys.stdin)
print(json.dumps([[[g.language, g.confidence] for g in detector.guesses(text)] for text in texts]))
"""


class TestLingua(LanguageDetectorContract):
    @pytest.fixture
    def detector(self) -> LanguageDetector:
        return LINGUA


class TestSmallWords(LanguageDetectorContract):
    @pytest.fixture
    def detector(self) -> LanguageDetector:
        return SmallWordDetector()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "El plazo de conservación de las facturas es de diez años."),
        ("it", "Il periodo di conservazione delle fatture è di dieci anni."),
        ("nl", "De bewaartermijn voor facturen is tien jaar."),
        ("no", "Oppbevaringstiden for fakturaer er ti år, og ingen skal endre den."),
        ("no", "Oppbevaringstida for fakturaer er ti år, og ingen skal endre ho, dersom ikkje anna er avtala."),
        ("pl", "Okres przechowywania faktur wynosi dziesięć lat."),
        ("pt", "O prazo de conservação das faturas é de dez anos."),
        ("ro", "Perioada de păstrare a facturilor este de zece ani."),
        ("ja", "請求書の保存期間は十年です。"),
        ("el", "Η περίοδος διατήρησης των τιμολογίων είναι δέκα έτη."),
    ],
)
def test_lingua_tells_one_sentence(language: str, text: str) -> None:
    assert LINGUA.guesses(text)[0].language == language


@given(ANY_TEXT)
def test_any_text_gets_an_answer(text: str) -> None:
    """Fails when lone surrogates reach the library, which raises on them."""
    for detector in (LINGUA, SmallWordDetector()):
        assert isinstance(detector.guesses(text), tuple)


def test_another_process_says_the_same() -> None:
    """Fails when confidences are not rounded: the library adds them up in an order of each process's own."""
    texts = [*SENTENCES.values(), "congedo parentale", "permiso parental", "refund deadline", *AWKWARD]
    given_texts = json.dumps(texts)
    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", ASK], input=given_texts, capture_output=True, text=True, check=True
    )
    here = [[[guess.language, guess.confidence] for guess in LINGUA.guesses(text)] for text in texts]
    assert json.loads(told.stdout) == here
