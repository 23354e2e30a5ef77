"""What classification promises for every text and every set of findings."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.overlaps import Match, resolve
from classifiers.presidio import PresidioClassifier, default_detectors
from classifiers.reading import read
from classifiers.recognizers.contents import contents
from classifiers.recognizers.context import ContextWords
from classifiers.rules import load_rules
from classifiers.windows import windows
from memory.domain.documents import Span
from memory.domain.governance import Finding, ScoreBand, Sensitivity
from memory.testing.canaries import CANARY_TYPES, NEEDS_MODEL, canary

CLASSIFIER = PresidioClassifier()
DETECTORS = default_detectors()
RULES = load_rules(Path(__file__).resolve().parents[2] / "config" / "classification.yaml")

KINDS = st.sampled_from([*sorted(CANARY_TYPES), "NEVER_HEARD_OF"])
MATCHES = st.builds(
    lambda kind, start, length, score, validated: Match(kind, start, start + length, score, validated, "r", "e"),
    st.sampled_from("ABC"),
    st.integers(0, 30),
    st.integers(1, 10),
    st.sampled_from([0.4, 0.6, 0.9]),
    st.booleans(),
)
FINDINGS = st.builds(
    lambda kind, start, band: Finding(kind, Span(start, start + 1), band, "r", "1", "e", validated=False),
    KINDS,
    st.integers(0, 1000),
    st.sampled_from(ScoreBand),
)
HIDDEN = "\u200b\u00ad\u202e\U000e0041"


def covered(matches: list[Match]) -> set[int]:
    return {offset for match in matches for offset in range(match.start, match.end)}


@given(st.lists(MATCHES, max_size=12))
def test_each_claimed_character_has_one_owner_and_no_other_has_any(matches: list[Match]) -> None:
    """Fails when the loser of an overlap is dropped whole: its remaining characters would be shown in clear."""
    resolved = resolve(matches)
    assert all(one.end <= following.start for one, following in pairwise(resolved))
    assert covered(resolved) == covered(matches)


@given(st.lists(MATCHES, max_size=12).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_the_order_of_matches_does_not_matter(orders: tuple[list[Match], list[Match]]) -> None:
    assert resolve(orders[0]) == resolve(orders[1])


@given(st.lists(MATCHES, min_size=1, max_size=12))
def test_the_strongest_match_keeps_all_its_characters(matches: list[Match]) -> None:
    strongest = min(matches, key=lambda match: match.precedence)
    assert strongest in resolve(matches)


@given(st.text("ab \n", max_size=300), st.integers(1, 40), st.integers(0, 20))
def test_cores_cover_a_text_once_and_lie_in_their_windows(text: str, core: int, margin: int) -> None:
    cut = list(windows(text, core=core, margin=margin))
    assert "".join(text[one.core_start : one.core_end] for one in cut) == text
    for one in cut:
        assert one.text == text[one.offset : one.offset + len(one.text)]
        assert one.offset <= one.core_start < one.core_end <= one.offset + len(one.text)


@given(st.text(st.sampled_from("a1- –\u00a0１é" + HIDDEN), max_size=60))
def test_a_reading_keeps_every_visible_character_and_knows_where_it_stood(text: str) -> None:
    reading = read(text)
    visible = [offset for offset, character in enumerate(text) if character not in HIDDEN]
    assert [reading.original(at, at + 1).start for at in range(len(reading.text))] == visible
    assert not set(reading.text) & set(HIDDEN + "–\u00a0１")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(CANARY_TYPES - NEEDS_MODEL)),
    st.integers(0, 10_000),
    st.text("abcdefg ,;\näöü", max_size=80),
    st.text("abcdefg ,;\näöü", max_size=80),
)
def test_a_canary_is_found_wherever_it_stands(entity_type: str, seed: int, before: str, after: str) -> None:
    planted = canary(entity_type, seed)
    text = f"{before}\n{planted.text}\n{after}"
    assert [(one.entity_type, one.span.slice(text)) for one in CLASSIFIER.analyse(text).findings] == [
        (entity_type, planted.value)
    ]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.text("aA -:.\n", max_size=20))
def test_a_recognizer_that_is_passed_over_would_have_found_nothing(seed: int, noise: str) -> None:
    """Fails when a detector asks for more digits than its shortest value has, or `possible` for a whole phrase at once.

    Tried: `digits=9` for national insurance numbers; comparing phrases instead of their words.
    """
    for kind in sorted(CANARY_TYPES - NEEDS_MODEL):
        text = noise + canary(kind, seed).text
        held = contents(text)
        passed_over = [one for one in DETECTORS if not one.possible(held)]
        assert [one.name for one in passed_over if any(one.detect(text))] == []


@given(
    st.sampled_from(["ssn", "social security", "sin", "kfz-kennzeichen", "né le"]),
    st.text("sinSIN\u017f\u0130\u0131\u212a né-leSOCALECURTYkfz", max_size=24),
)
def test_a_phrase_that_stands_in_a_text_is_possible_in_it(phrase: str, text: str) -> None:
    """Fails when words are folded by `lower` alone: a long s hides «ſſn» from the shortcut and not from the search."""
    words = ContextWords([phrase])
    for written in (text, phrase.upper().replace("S", "\u017f").replace("I", "\u0130")):
        if words.near(f"{written} ", len(written) + 1, len(written) + 1):
            assert words.possible(contents(written).words)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_analysed_to_the_end_into_sorted_disjoint_spans(text: str) -> None:
    analysis = CLASSIFIER.analyse(text)
    spans = [finding.span for finding in analysis.findings]
    assert analysis.complete
    assert all(span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= following.start for one, following in pairwise(spans))


@given(st.lists(FINDINGS, max_size=30), FINDINGS)
def test_another_finding_never_lowers_protection(findings: list[Finding], another: Finding) -> None:
    """Fails when rules stop at the first that fires, or when a finding can replace a label."""
    fewer, more = RULES.label(findings), RULES.label([*findings, another])
    assert more.sensitivity.rank >= fewer.sensitivity.rank
    assert more.categories >= fewer.categories
    assert more.jurisdictions >= fewer.jurisdictions


@given(st.lists(FINDINGS, max_size=30))
def test_an_unknown_entity_type_restricts(findings: list[Finding]) -> None:
    unknown = any(finding.entity_type == "NEVER_HEARD_OF" for finding in findings)
    labels = RULES.label(findings)
    assert ("unknown" in labels.categories) == unknown
    assert not unknown or labels.sensitivity is Sensitivity.RESTRICTED
