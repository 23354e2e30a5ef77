"""Context words, names, and the patterns of secrets that need a closer look."""

import pytest
import spacy

from classifiers.presidio import PresidioClassifier
from classifiers.recognizers.context import ContextWords
from classifiers.recognizers.detector import detector
from classifiers.recognizers.names import NameRecognizer
from classifiers.recognizers.secrets import secrets
from memory.domain.governance import ScoreBand

SECRETS = PresidioClassifier(secrets())


def near(phrase: str, text: str) -> bool:
    start = text.index("#")
    return ContextWords([phrase]).near(text, start, start + 1)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("lic", "Lic. #"),
        ("account number", "bank_account_number=#"),
        ("social security", "Social\nSecurity: #"),
        ("ssn", "# (SSN)"),
        ("führerschein", "FÜHRERSCHEIN #"),
    ],
)
def test_a_phrase_counts_as_whole_words_with_any_separators(phrase: str, text: str) -> None:
    assert near(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("lic", "public #"),
        ("lic", "# license"),
        ("lic", "#" + " " * 22 + "license"),
        ("ssn", "#\nSSN 1"),
        ("account number", "account. The number #"),
        ("iban", "iban" + " far" * 30 + " #"),
    ],
)
def test_parts_of_words_other_lines_behind_and_far_words_do_not_count(phrase: str, text: str) -> None:
    assert not near(phrase, text)


def test_no_phrases_support_nothing() -> None:
    assert not ContextWords([]).near("anything # at all", 9, 10)


def test_a_spacy_pipeline_finds_names_and_is_never_certain() -> None:
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Martha Okafor"},
            {"label": "GPE", "pattern": "Hamburg"},
            {"label": "ORG", "pattern": "Acme"},
        ]
    )
    classifier = PresidioClassifier([detector(NameRecognizer(pipeline, "3.8.0"), [])])
    text = "Martha Okafor of Acme lives in Hamburg."
    findings = classifier.analyse(text).findings
    assert [(finding.entity_type, finding.span.slice(text)) for finding in findings] == [
        ("PERSON", "Martha Okafor"),
        ("LOCATION", "Hamburg"),
    ]
    assert {finding.band for finding in findings} == {ScoreBand.LIKELY}


@pytest.mark.parametrize(
    "text",
    [
        "password=<password>",
        "PASSWORD=${DB_PASSWORD}",
        "password: ********",
        "Password: must be changed",
        "sk-very-long-hyphenated-class-name",
        "Bearer responsibilities-and-more-of-them",
        "api_key = your-application-key",
        "https://example.com:8443/a@b",
    ],
)
def test_placeholders_and_prose_are_no_secrets(text: str) -> None:
    assert SECRETS.analyse(text).findings == ()


@pytest.mark.parametrize(
    ("text", "entity_type"),
    [
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "API_KEY"),
        ("xoxb-123456789012-abcdefABCDEF", "API_KEY"),
        ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", "API_KEY"),
        ("AIza" + "Sy0123456789" * 2 + "abcdefghijk", "API_KEY"),
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "API_KEY"),
        ("sk-proj-Ab12Cd34Ef56Gh78Ij90Kl", "API_KEY"),
        ("Authorization: Bearer 9f8e7d6c5b4a39281706f5e4d3c2b1a0", "ACCESS_TOKEN"),
        ("-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq0" * 4, "PRIVATE_KEY"),
        ('{"passwd": "tr0ub4dor"}', "PASSWORD"),
    ],
)
def test_keys_of_well_known_issuers_are_found(text: str, entity_type: str) -> None:
    findings = SECRETS.analyse(text).findings
    assert [finding.entity_type for finding in findings] == [entity_type]
