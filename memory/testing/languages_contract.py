"""What every language detector promises: subclass `LanguageDetectorContract` and give it a `detector` fixture."""

import pytest

from memory.domain.ports.languages import LanguageDetector

SENTENCES = {
    "de": "Die Frist ist für alle gleich, und wer nicht im Haus ist, meldet sich mit einer kurzen Nachricht.",
    "en": "The deadline is the same for everyone, and who is not in the house writes a short note to the team.",
    "fr": "Le délai est le même pour tous, et qui n'est pas dans la maison écrit une courte note avec la date.",
}
AWKWARD = ["", " \n\t", "\x00", "\ud800", "der \udfff die", "\U0001f600 \U0001f469\u200d\U0001f469", "\u202e\u200b"]
AWKWARD += ["0" * 5_000, "der " * 5_000]


class LanguageDetectorContract:
    """The promises of the `LanguageDetector` port."""

    @pytest.fixture
    def detector(self) -> LanguageDetector:
        """Return the implementation under test."""
        raise NotImplementedError("give the subclass a `detector` fixture")

    @pytest.mark.parametrize("language", SENTENCES)
    def test_a_sentence_is_told(self, detector: LanguageDetector, language: str) -> None:
        """The likeliest comes first; it would fail if the order were turned round."""
        assert detector.guesses(SENTENCES[language])[0].language == language

    @pytest.mark.parametrize("text", [*SENTENCES.values(), "der", "le report", *AWKWARD])
    def test_guesses_are_ordered_and_within_bounds(self, detector: LanguageDetector, text: str) -> None:
        """Whatever the text, and nothing is raised."""
        guesses = detector.guesses(text)
        assert list(guesses) == sorted(guesses, key=lambda guess: (-guess.confidence, guess.language))
        assert len({guess.language for guess in guesses}) == len(guesses)
        assert all(len(guess.language) == 2 and guess.language.islower() for guess in guesses)
        assert all(0 < guess.confidence <= 1 for guess in guesses)
        assert sum(guess.confidence for guess in guesses) <= 1.1

    @pytest.mark.parametrize("text", ["", "  ", "\x00\x00", "12 345,67", "😀"])
    def test_nothing_is_said_of_a_text_without_letters(self, detector: LanguageDetector, text: str) -> None:
        """Unknown is an answer; it would fail if some language were the default."""
        assert detector.guesses(text) == ()

    @pytest.mark.parametrize("text", [*SENTENCES.values(), *AWKWARD])
    def test_the_same_text_gets_the_same_answer(self, detector: LanguageDetector, text: str) -> None:
        """What was asked in between changes nothing."""
        before = detector.guesses(text)
        detector.guesses("le la les the a der die das")
        assert detector.guesses(text) == before
