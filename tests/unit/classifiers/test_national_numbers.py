"""National numbers, judged by python-stdnum and by second readings of their issuers' rules, never by the recognizers.

The kinds, their judges and how values are drawn and broken are those of `benchmarks/national.py`, which shows more of
each and publishes what it finds.
"""

import pytest

from benchmarks.national import COUNTRIES, KINDS
from benchmarks.numbers.judges import icao, npi, patient, pension
from benchmarks.numbers.kinds import Kind, Random, missed, taken
from classifiers.presidio import PresidioClassifier, national

CLASSIFIER = PresidioClassifier()
MANY = 60
"""Numbers of each kind; less than one in a hundred may be missed, so none of these."""

CHECKED = [kind for kind in KINDS if not kind.unchecked]

NOT_OF_A_STATE = {
    "US_HEALTH_INSURANCE_MEMBER_ID", "US_CLAIM_NUMBER", "US_PRIOR_AUTHORIZATION_NUMBER", "US_PRESCRIPTION_NUMBER",
    "US_REFERRAL_NUMBER",
}  # fmt: skip
"""Numbers that insurers and pharmacies make up as they like."""

READ_IN_SMALL_LETTERS = {
    "DE_SOCIAL_SECURITY", "DE_VAT_ID", "IT_FISCAL_CODE", "MEDICAL_LICENSE", "UK_DRIVING_LICENCE", "UK_NINO",
    "UK_PASSPORT", "US_DRIVER_LICENSE", "US_MBI", "US_PASSPORT",
}  # fmt: skip
"""Types with letters that people also type in small ones, and that read like no words."""

OF_PLACES = {"UK_POSTCODE", "DE_PLZ", "CA_POSTAL_CODE"}


def name(kind: Kind) -> str:
    return kind.name


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_numbers_that_the_judge_accepts_are_found(kind: Kind) -> None:
    """Fails when a written form is lost.

    Tried: serials of German documents checked as Presidio does; tax ids in one alone.
    """
    assert missed(kind, CLASSIFIER, MANY) == []


@pytest.mark.parametrize("entity_type", sorted(READ_IN_SMALL_LETTERS))
def test_numbers_in_small_letters_are_found_beside_their_words(entity_type: str) -> None:
    """Fails when a recognizer of these comes to read capitals alone. Tried: British licences, pension numbers."""
    assert [text for kind in KINDS if kind.entity_type == entity_type for text in unread(kind)] == []


def unread(kind: Kind) -> list[str]:
    """Return the sentences in small letters whose number is not found as what it is."""
    rng = Random(kind.name)
    values = [kind.valid(rng).lower() for _ in range(MANY)]
    return [text for value in values for text in sentences(kind, value) if (kind.entity_type, value) not in found(text)]


def sentences(kind: Kind, value: str) -> tuple[str, str]:
    return kind.sentence.format(value), kind.sentence.format(value).lower()


def found(text: str) -> list[tuple[str, str]]:
    return [(one.entity_type, one.span.slice(text)) for one in CLASSIFIER.analyse(text).findings]


@pytest.mark.parametrize("kind", CHECKED, ids=name)
def test_numbers_that_the_judge_refuses_are_not_taken_for_one(kind: Kind) -> None:
    """Fails when a recognizer loses its check, or keeps what fails it. Tried: every check made to say None."""
    assert taken(kind, CLASSIFIER, MANY) == []


def test_every_national_type_is_judged() -> None:
    """Fails when a recognizer brings a type that no judge here knows."""
    found = {kind for one in national() for kind in one.recognizer.supported_entities}
    assert {kind.entity_type for kind in KINDS} == found - NOT_OF_A_STATE - OF_PLACES


def test_thirteen_countries_are_judged() -> None:
    """Fails when a kind stands in the list of another country, whose row it would then count for."""
    countries = ["".join({kind.country for kind in kinds}) for kinds in COUNTRIES]
    assert countries == ["US", "GB", "DE", "FR", "ES", "IT", "PL", "NL", "IN", "SG", "AU", "CA", "BR"]


@pytest.mark.parametrize("kind", CHECKED, ids=name)
def test_a_broken_number_looks_like_a_valid_one(kind: Kind) -> None:
    """What is refused is refused for its check, not for its looks: it differs in one character of the same sort."""
    rng = Random(kind.name)
    for _ in range(5):
        value = kind.broken(rng)
        assert not kind.judge(value)
        assert any(len(value) == len(form) for form in kind.forms)


def test_judges_accept_the_specimens_of_issuers() -> None:
    """Published examples: SGB VI and V, Personalausweisverordnung, CMS."""
    assert pension("15070649C103")
    assert patient("A000500015")
    assert icao("L01X00T471")
    assert icao("C01X00T478")
    assert npi("1234567893")
