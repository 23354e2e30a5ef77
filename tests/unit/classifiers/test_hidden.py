"""Hidden characters are found, and what writing systems need is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.hidden import hidden, without
from classifiers.presidio import PresidioClassifier
from memory.domain.documents import Span
from memory.domain.governance import HIDDEN_TEXT, Finding, ScoreBand
from memory.ingest.masking import Masker

TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in "obey me")
SEEN = "A plain sentence."


def shown(text: str) -> str:
    """Return what is embedded of a text in which nothing else is found."""
    return Masker(text, hidden(text, "1")).mask(Span(0, len(text)))


@pytest.mark.parametrize(
    "text",
    [
        f"A plain{TAGS} sentence.",
        f"{TAGS}A plain sentence.",
        "A pl\u200bain sen\u200dten\u200cce.",
        "A \u202eplain\u202c sentence.",
        "A \u2066plain\u2069 sentence.\u200e",
        "A plain\u2060\u2063 sentence\ufeff.",
        "A plain\u200b\u200c\u200d\u200b sentence.",
        "A plain\ufe01\ufe02\U000e0101 sentence.",
    ],
)
def test_hidden_characters_are_neither_embedded_nor_shown(text: str) -> None:
    """Fails when a kind of hidden character is dropped from the pattern, or when its mark is embedded."""
    assert shown(text) == SEEN


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d👩\u200d👧 family",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Scotland",
        "עברית\u200e (abc)",
        "ภาษา\u200bไทย",
        "\ufeffa mark at the start",
        "❤\ufe0f heart",
        "Donau\u00addampf",
    ],
)
def test_what_writing_systems_need_stays(text: str) -> None:
    assert shown(text) == text


def test_a_value_is_what_lies_between_hidden_characters() -> None:
    """Fails when values keep them: whoever may read a name in clear would read what is hidden in it."""
    text = f"Jo{TAGS}hn"
    name = Finding("PERSON", Span(0, len(text)), ScoreBand.LIKELY, "r", "1", "", validated=False)
    found = without([name], hidden(text, "1"))
    assert [(one.entity_type, one.span.slice(text)) for one in found] == [
        ("PERSON", "Jo"),
        (HIDDEN_TEXT, TAGS),
        ("PERSON", "hn"),
    ]


@given(st.text(alphabet="a1@. \u200b\u202e\U000e0041😀\u0627", max_size=40))
def test_findings_stay_sorted_and_disjoint(text: str) -> None:
    findings = PresidioClassifier().analyse(text).findings if "@" in text else tuple(hidden(text, "1"))
    ends = [0, *(one.span.end for one in findings)]
    assert all(end <= one.span.start < one.span.end for end, one in zip(ends, findings, strict=False))


def test_the_classifier_reports_them_beside_a_value() -> None:
    analysis = PresidioClassifier().analyse(f"Write to ann\u200b@example.org{TAGS} today.")
    assert {one.entity_type for one in analysis.findings} == {"EMAIL_ADDRESS", HIDDEN_TEXT}
