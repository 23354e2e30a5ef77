"""Context words, names, and the patterns of secrets that need a closer look."""

import pytest
import spacy

from classifiers.presidio import PresidioClassifier
from classifiers.recognizers.context import ContextWords
from classifiers.recognizers.detector import detector
from classifiers.recognizers.names import NameRecognizer
from classifiers.recognizers.secrets import secrets
from classifiers.recognizers.vendors import VENDORS, VendorKey
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
        "The password is required for 3 reasons",
        "Your password is case-sensitive.",
        "npm_config_registry and hf_hub_download are names",
        "Authorization: Basic ${CREDENTIALS}",
        "SKU SK1234567890 and key-value pairs",
        "redis://localhost:6379/0 needs no password",
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
        ("The password is tr0ub4dor.", "PASSWORD"),
        ("mot de passe : tr0ub4dor", "PASSWORD"),
        ("mysql --password s3cretive", "PASSWORD"),
        ("redis://:hunter2000@cache.example:6379/0", "PASSWORD"),
        ("mongodb+srv://app:hunter2000@db.example/x", "PASSWORD"),
        ("Server=db;Database=x;User Id=sa;Password=Hunter2000;", "PASSWORD"),
        ("Authorization: Basic YXBwOmh1bnRlcjI=", "PASSWORD"),
        ("DefaultEndpointsProtocol=https;AccountKey=" + "aB3/" * 21 + "aB==;EndpointSuffix=x", "API_KEY"),
        ("https://x.blob.example/c?sv=2024-05-04&sig=" + "aB3d" * 10 + "abc%3D", "API_KEY"),
        ("ya29." + "a0AfH6SMB-" * 5, "ACCESS_TOKEN"),
        ('"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\nabc=\\n-----END PRIVATE KEY-----\\n"', "PRIVATE_KEY"),
        ("AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" + "QPZRY9X8GF2TVDW0S3JN54KHCE", "PRIVATE_KEY"),
    ],
)
def test_keys_of_well_known_issuers_are_found(text: str, entity_type: str) -> None:
    findings = SECRETS.analyse(text).findings
    assert [finding.entity_type for finding in findings] == [entity_type]


@pytest.mark.parametrize(
    "text",
    [
        "sl.module_of_names.that_goes_on_and_on.without_any_number_in_it.at_all", "v1.0-rc1", "v1.0-0123456789ab",
        "pattern.0123456789abcdef", "secret_manager_configuration_value_of_the_application", "EAACHOTHER",
        "Module.method.argument", "pscale_password", "PMAK-1234",
    ],
)  # fmt: skip
def test_names_that_begin_like_a_key_are_none(text: str) -> None:
    assert SECRETS.analyse(text).findings == ()


@pytest.mark.parametrize("value", ["secret_" + "aB3d" * 10 + "aB3", "pscale_pw_" + "aB3d" * 11, "ntn_" + "aB3d" * 11])
def test_other_forms_of_a_vendor_are_found(value: str) -> None:
    (finding,) = SECRETS.analyse(f"It was ({value}).").findings
    assert finding.span.slice(f"It was ({value}).") == value


BODIES = {
    "AWS access key id": "ASIA" + "ABCDEFGHJKMNPQ22",
    "Google API key": "AIza" + "Sy0123456789" * 2 + "abcdefghijk",
    "Google OAuth client secret": "GOCSPX-" + "aB3d" * 7,
    "Azure client secret": "abc8Q~" + "aB3d" * 8,
    "DigitalOcean token": "dop_v1_" + "0123456789abcdef" * 4,
    "Heroku key": "HRKU-" + "01234567-89ab-cdef-0123-456789abcdef",
    "Alibaba access key id": "LTAI" + "aB3d" * 5,
    "Vault token": "hvs." + "aB3d" * 8,
    "Terraform token": "aB3daB3daB3daB.atlasv1." + "aB3d" * 16,
    "Cloudflare key": "v1.0-" + "0123456789ab" * 2 + "-" + "0123456789abcdef" * 9,
    "Airtable token": "patAbCdEfGh012345." + "0123456789abcdef" * 4,
    "Postman key": "PMAK-" + "0123456789ab" * 2 + "-" + "01" * 17,
    "Supabase token": "sbp_" + "01234567ab" * 4,
    "PlanetScale key": "pscale_tkn_" + "aB3d" * 11,
    "Dropbox token": "sl." + "aB3d_" * 26,
    "Discord bot token": "MTIzNDU2Nzg5MDEyMzQ1Njc4." + "GaB3dE." + "aB3_" * 9 + "ab",
    "Facebook token": "EAAC" + "aB3d" * 30,
    "Databricks token": "dapi" + "0123456789abcdef" * 2,
    "GitHub token": "ghp_" + "a1B2c3" * 6,
    "GitLab token": "glpat-" + "aB3d" * 5,
    "npm token": "npm_" + "aB3d" * 9,
    "PyPI token": "pypi-AgEI" + "aB3d" * 20,
    "Docker token": "dckr_pat_" + "aB3" * 9,
    "Atlassian token": "ATATT3" + "aB3d" * 40,
    "Linear key": "lin_api_" + "aB3d" * 10,
    "Notion token": "ntn_" + "aB3d" * 11,
    "Grafana token": "glsa_" + "aB3d" * 8 + "_0123abcd",
    "New Relic key": "NRAK-" + "AB3" * 9,
    "Anthropic key": "sk-ant-api03-" + "aB3d" * 22,
    "sk- key": "sk-proj-" + "aB3d" * 10,
    "Hugging Face token": "hf_" + "aB" * 17,
    "Groq key": "gsk_" + "aB3d" * 13,
    "xAI key": "xai-" + "aB3d" * 20,
    "Perplexity key": "pplx-" + "aB3d" * 12,
    "Replicate token": "r8_" + "a" * 37,
    "Stripe key": "rk_live_" + "aB3d" * 6,
    "Stripe webhook secret": "whsec_" + "aB3d" * 8,
    "Square token": "sq0atp-" + "aB" * 11,
    "Shopify token": "shpat_" + "0123456789abcdef" * 2,
    "SendGrid key": "SG." + "aB" * 11 + "." + "a" * 43,
    "Mailgun key": "key-" + "0123456789abcdef" * 2,
    "Mailchimp key": "0123456789abcdef" * 2 + "-us12",
    "Twilio key": "SK" + "0123456789abcdef" * 2,
    "Slack token": "xoxb-123456789012-abcdefABCDEF",
    "Slack webhook": "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    "Discord webhook": "https://discord.com/api/webhooks/123456789012345678/" + "aB3d" * 17,
    "Teams webhook": "https://acme.webhook.office.com/webhookb2/" + "01234567-89ab@cdef/" * 5,
    "Telegram bot token": "123456789:AA" + "a" * 33,
}
"""A made-up key of every vendor."""


def test_every_vendor_has_an_example() -> None:
    assert BODIES.keys() == {key.name for key in VENDORS}


@pytest.mark.parametrize("key", VENDORS, ids=lambda key: key.name)
def test_a_key_of_a_vendor_is_found_and_one_cut_short_is_not(key: VendorKey) -> None:
    """Fails when a vendor's marks do not stand in its keys, for then its pattern is never run."""
    value = BODIES[key.name]
    (finding,) = SECRETS.analyse(f"It was ({value}).").findings
    assert finding.entity_type == "API_KEY"
    assert value.endswith(finding.span.slice(f"It was ({value})."))
    assert any(mark in value for mark in key.marks)
    assert SECRETS.analyse(f"It was ({value[:9]}).").findings == ()
