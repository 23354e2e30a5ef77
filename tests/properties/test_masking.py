"""What masking promises: a masked text says which type stood there, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from memory.domain.documents import Span
from memory.domain.governance import Finding, ScoreBand
from memory.ingest.masking import Masker, mask

TYPES = st.sampled_from(["EMAIL_ADDRESS", "US_SSN", "PASSWORD"])
PROSE = st.text("abc \n", max_size=12)
# Values and prose share no character, nor do values and tokens, so a leak of one character is seen.
VALUES = st.text("0123456789é€😀", min_size=1, max_size=12)


def finding(entity_type: str, start: int, end: int) -> Finding:
    return Finding(entity_type, Span(start, end), ScoreBand.CERTAIN, "r", "1", "e", validated=False)


def planted(pieces: list[tuple[str, str]], values: list[str], tail: str) -> tuple[str, list[Finding]]:
    """Return a text in which each piece of prose is followed by a value, and the findings of the values."""
    text, findings = "", []
    for (prose, entity_type), value in zip(pieces, values, strict=True):
        text += prose
        findings.append(finding(entity_type, len(text), len(text) + len(value)))
        text += value
    return text + tail, findings


@st.composite
def two_plantings(draw: st.DrawFn) -> tuple[tuple[str, list[Finding]], tuple[str, list[Finding]]]:
    pieces = draw(st.lists(st.tuples(PROSE, TYPES), max_size=5))
    tail = draw(PROSE)
    one, other = (draw(st.lists(VALUES, min_size=len(pieces), max_size=len(pieces))) for _ in range(2))
    return planted(pieces, one, tail), planted(pieces, other, tail)


@st.composite
def overlapping(draw: st.DrawFn) -> tuple[str, list[Finding], Span]:
    text = draw(st.text("abc0123", max_size=40))
    ranges = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    found = draw(st.lists(st.builds(lambda kind, ends: finding(kind, *ends), TYPES, ranges), max_size=6))
    return text, found, Span(*draw(ranges))


@given(two_plantings())
def test_two_values_of_the_same_type_read_the_same(
    plantings: tuple[tuple[str, list[Finding]], tuple[str, list[Finding]]],
) -> None:
    """Fails when a token carries anything of its value: a length, a hash, a last digit."""
    (one, found_in_one), (other, found_in_other) = plantings
    masked = mask(one, Span(0, len(one)), found_in_one)
    assert masked == mask(other, Span(0, len(other)), found_in_other)
    assert not set(masked) & set("0123456789é€😀")


@given(overlapping())
def test_no_character_of_a_value_survives_and_no_other_is_lost(case: tuple[str, list[Finding], Span]) -> None:
    """Fails when a finding that overlaps another, or that lies partly in the slice, is skipped."""
    text, findings, span = case
    hidden = {offset for one in findings for offset in range(one.span.start, one.span.end)}
    masked = mask(text, span, findings)
    for entity_type in ("EMAIL_ADDRESS", "US_SSN", "PASSWORD"):
        masked = masked.replace(f"[{entity_type}]", "")
    assert masked == "".join(text[offset] for offset in range(span.start, span.end) if offset not in hidden)


@given(overlapping())
def test_a_token_stands_wherever_something_is_hidden(case: tuple[str, list[Finding], Span]) -> None:
    text, findings, span = case
    hides = any(max(one.span.start, span.start) < min(one.span.end, span.end) for one in findings)
    assert ("[" in mask(text, span, findings)) == hides


@given(overlapping(), st.frozensets(TYPES))
def test_kept_types_stay_and_all_others_go(case: tuple[str, list[Finding], Span], keep: frozenset[str]) -> None:
    """Fails when a kept value that overlaps a hidden one shows what both cover."""
    text, findings, span = case
    others = [one for one in findings if one.entity_type not in keep]
    assert mask(text, span, findings, keep=keep) == mask(text, span, others)


@given(overlapping())
def test_the_order_of_findings_does_not_matter(case: tuple[str, list[Finding], Span]) -> None:
    text, findings, span = case
    assert mask(text, span, findings) == mask(text, span, findings[::-1])


@given(overlapping())
def test_measuring_counts_what_masking_returns(case: tuple[str, list[Finding], Span]) -> None:
    text, findings, span = case
    measure = Masker(text, findings).measure(len)
    assert measure(span) == len(mask(text, span, findings))


def test_adjacent_values_keep_a_token_each() -> None:
    findings = [finding("US_SSN", 0, 2), finding("PASSWORD", 2, 4)]
    assert mask("1234abc", Span(1, 6), findings) == "[US_SSN][PASSWORD]ab"
