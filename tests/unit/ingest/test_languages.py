"""Which language a chunk is taken to be in, and what that of its document is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.domain.documents import Chunk, Span
from memory.domain.ports.languages import Guess
from memory.ingest.languages import main_language, tell_languages
from memory.ingest.rooms import ClassifiedChunk
from memory.testing.languages_fake import SmallWordDetector

GERMAN = "Die Frist ist für alle gleich, und wer nicht im Haus ist, der schreibt."
ENGLISH = "The deadline is the same for all, and who is not in the house calls."


class Halting:
    """Is never sure."""

    def guesses(self, text: str) -> tuple[Guess, ...]:
        return (Guess("de", 0.8),) if text else ()


class Listening(SmallWordDetector):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def guesses(self, text: str) -> tuple[Guess, ...]:
        self.heard.append(text)
        return super().guesses(text)


def chunks(*texts: str) -> list[ClassifiedChunk]:
    return [ClassifiedChunk(Chunk(n, Span(0, len(t)), ()), (), t, str(n)) for n, t in enumerate(texts)]


def told(*texts: str) -> list[str | None]:
    return [piece.language for piece in tell_languages(chunks(*texts), SmallWordDetector())]


def test_each_chunk_speaks_for_itself() -> None:
    assert told(GERMAN, ENGLISH, GERMAN) == ["de", "en", "de"]


@pytest.mark.parametrize("short", ["Frist", "der die das", "12 345,67 €", "[PERSON] [EMAIL_ADDRESS] der die das", ""])
def test_a_short_chunk_is_of_unknown_language_whatever_stands_around_it(short: str) -> None:
    """Fails when a chunk takes the language of its neighbours: one that survives into a version with other readers
    keeps its point, and would tell them of text they may not read."""
    assert told(GERMAN, short, GERMAN) == ["de", None, "de"]


def test_a_doubtful_chunk_is_of_unknown_language() -> None:
    assert [piece.language for piece in tell_languages(chunks(GERMAN), Halting())] == [None]


def test_masks_do_not_speak() -> None:
    """Fails when the detector hears the names of entity types, which are English words."""
    detector = Listening()
    tell_languages(chunks(f"{GERMAN} [EMAIL_ADDRESS] [PERSON]"), detector)
    assert detector.heard
    assert not any("EMAIL" in heard or "PERSON" in heard for heard in detector.heard)


def test_a_document_is_in_the_language_of_most_of_its_chunks() -> None:
    pieces = tell_languages(chunks("x", "y", "z", ENGLISH, GERMAN, GERMAN), SmallWordDetector())
    assert main_language(pieces) == "de"
    assert main_language(pieces[:5]) == "en"
    assert main_language(pieces[:3]) is None
    assert main_language(()) is None


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=80), max_size=5))
def test_any_text_can_be_told(texts: list[str]) -> None:
    """Lone surrogates, NUL and emoji among it."""
    assert len(told(*texts)) == len(texts)
