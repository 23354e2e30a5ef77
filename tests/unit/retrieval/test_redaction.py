from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from memory.access.decisions import Clearance
from memory.domain.documents import Span
from memory.domain.governance import Finding, Profile, ReviewState, ScoreBand, Sensitivity
from memory.domain.ports.policy import Verdict
from memory.retrieval.redaction import mark_of, redact_text, redacting

TYPES = ("IBAN_CODE", "PERSON", "API_KEY")
LENGTH = 40


def finding(entity_type: str, start: int, end: int) -> Finding:
    return Finding(entity_type, Span(start, end), ScoreBand.CERTAIN, "r", "1", "", validated=False)


spans = st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(lambda ends: Span(min(ends), max(ends)))
findings = st.lists(
    st.builds(lambda kind, span: finding(kind, span.start, span.end), st.sampled_from(TYPES), spans), max_size=6
).map(lambda found: [one for one in found if one.span.start < one.span.end])
texts = st.text(st.sampled_from("abcdefgh"), min_size=LENGTH, max_size=LENGTH)
maskings = st.sets(st.sampled_from(TYPES)).map(lambda types: dict.fromkeys(types, "policy"))


@given(texts, spans, findings, maskings)
def test_no_character_of_a_hidden_value_survives_and_every_other_does(
    text: str, span: Span, found: list[Finding], masking: dict[str, str]
) -> None:
    """Fails when overlapping findings are not merged, or one that begins outside the span is forgotten.

    Tried: `findings` in the order given; `start = finding.span.start`; skipping findings that begin before the span.
    Marks are upper case and texts are not, so what is left between the marks can be read off.
    """
    shown, redactions = redact_text(span.slice(text), span, found, masking)
    hidden = {at for one in found if one.entity_type in masking for at in range(one.span.start, one.span.end)}
    clear = "".join(text[at] for at in range(span.start, span.end) if at not in hidden)
    assert "".join(character for character in shown if character.islower()) == clear
    assert bool(redactions) == bool(hidden & set(range(span.start, span.end)))


@given(texts, spans, findings, maskings)
def test_redactions_name_exactly_the_marks(
    text: str, span: Span, found: list[Finding], masking: dict[str, str]
) -> None:
    shown, redactions = redact_text(span.slice(text), span, found, masking)
    assert [one.span.slice(shown) for one in redactions] == [mark_of(one.entity_type) for one in redactions]
    assert all(one.policy == masking[one.entity_type] for one in redactions)
    assert list(redactions) == sorted(redactions, key=lambda one: one.span)
    rest = shown
    for one in reversed(redactions):
        rest = rest[: one.span.start] + rest[one.span.end :]
    assert all(character.islower() for character in rest)


@given(texts, st.integers(1, 9), st.integers(1, 9))
def test_a_mark_tells_neither_length_nor_content(text: str, one: int, other: int) -> None:
    """Fails when a mark grows with its value, or keeps its first or last characters."""
    short, long = text[:5] + "x" * one + "end", text[:5] + "y" * other + "end"
    pair = [
        redact_text(value, Span(0, len(value)), [finding("API_KEY", 5, len(value) - 3)], {"API_KEY": "p"})
        for value in (short, long)
    ]
    assert pair[0] == pair[1]


def test_what_is_cleared_stays() -> None:
    found = [finding("PERSON", 0, 3)]
    assert redact_text("Ada is here", Span(0, 11), found, {"API_KEY": "p"}) == ("Ada is here", ())


def test_the_strictest_of_several_profiles_decides() -> None:
    """Fails when a version whose chunks came under several rules is judged by the mildest, or by one of them."""
    nothing = frozenset[str]()
    mild, strict, other = (
        Profile(level, nothing, nothing, nothing, "legal", ReviewState.SUGGESTED, "wiki")
        for level in (Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL, Sensitivity.RESTRICTED)
    )
    verdicts = {
        (mild, "PERSON"): Verdict(permitted=True, policies=("m",)),
        (strict, "PERSON"): Verdict(permitted=False, policies=("b", "c")),
        (other, "PERSON"): Verdict(permitted=False, policies=("a",)),
    }
    clearance = Clearance(verdicts, ())
    assert redacting([mild], {"PERSON"}, clearance) == {}
    for order in permutations([mild, strict, other]):
        assert redacting(order, {"PERSON"}, clearance) == {"PERSON": "a"}
    for few in permutations([mild, strict]):
        assert redacting(few, {"PERSON"}, clearance) == {"PERSON": "b"}
