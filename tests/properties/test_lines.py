"""What one line says never hides what stands on another: title, address and attributes are scanned as lines."""

from datetime import UTC, datetime

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from classifiers.presidio import PresidioClassifier
from classifiers.recognizers.international import CandidatePhoneRecognizer
from memory.domain.documents import Provenance, SourceDocument, Span
from memory.ingest.classification import presentable
from memory.ingest.masking import Masker

CLASSIFIER = PresidioClassifier()
PHONES = CandidatePhoneRecognizer()

VALUES = st.sampled_from(
    [
        "v2+3", "C++11", "+1", "+", "(", "1", "44", "2024-05-01", "079 123 45 67", "(212) 555-0123", "+49 30 901820",
        "+44 20 7946 0018", "030 901820", "nora@example.com", "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111",
        "BSN", "111.222.333", "passport", "123456789", "10.0.0.7", "536-90-4399", "iban", "card", "x12",
    ]
)  # fmt: skip
DIGITS = st.text("0123456789 +-().", min_size=1, max_size=14)
LINES = st.lists(VALUES | DIGITS, min_size=1, max_size=4).map(" ".join)


def numbers(text: str) -> set[int]:
    return {place for one in PHONES.analyze(text, ["PHONE_NUMBER"]) for place in range(one.start, one.end)}


@settings(max_examples=300, deadline=None)
@given(LINES, LINES)
@example("C++11", "079 123 45 67.md")
@example("C++", "079 123 45 67")
@example("+1 212 555 0123", "12")
def test_a_phone_number_of_one_line_is_found_beside_any_other(first: str, second: str) -> None:
    """Fails when what begins with + is read for one region alone, also where that reads less than all of it. Tried."""
    offset = len(first) + 1
    assert numbers(first) | {offset + place for place in numbers(second)} <= numbers(f"{first}\n{second}")


def item(title: str, place: str, attributes: dict[str, str]) -> SourceDocument:
    made = Provenance(place, attributes=attributes)
    return SourceDocument("1", title, b"", "text/plain", "all", datetime(2024, 5, 1, tzinfo=UTC), made)


@settings(max_examples=150, deadline=None)
@given(LINES, LINES, st.dictionaries(LINES, LINES, max_size=2))
@example("C++11", "079 123 45 67.md", {})
@example("Notes", "+1", {"12": "079 123 45 67"})
def test_what_is_masked_alone_is_masked_together(title: str, place: str, attributes: dict[str, str]) -> None:
    """Fails when one part of what is shown hides a value of another from the recognizers. Tried: as above."""
    shown = presentable(item(title, place, attributes), CLASSIFIER)
    assume(len(attributes) == len(shown.provenance.attributes))  # two names masked alike are one
    before = [title, place, *attributes.values()]
    after = [shown.title, shown.provenance.uri, *shown.provenance.attributes.values()]
    for part, together in zip(before, after, strict=True):
        findings = CLASSIFIER.analyse(part).findings
        alone = Masker(part, findings).mask(Span(0, len(part)))
        for value in (finding.span.slice(part) for finding in findings):
            assert together.count(value) <= alone.count(value)
