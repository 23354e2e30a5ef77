"""The rules from findings to labels, and the file they are written in."""

from pathlib import Path

import pytest
import yaml

from classifiers.rules import load_rules
from memory.domain.documents import Span
from memory.domain.errors import InvalidPolicy
from memory.domain.governance import Finding, ReviewState, ScoreBand, Sensitivity

FILE = Path(__file__).resolve().parents[3] / "config" / "classification.yaml"
RULES = load_rules(FILE)


def findings(entity_type: str, count: int = 1, band: ScoreBand = ScoreBand.CERTAIN) -> list[Finding]:
    return [Finding(entity_type, Span(n, n + 1), band, "r", "1", "e", validated=False) for n in range(count)]


def test_a_document_without_findings_is_internal_and_suggested() -> None:
    labels = RULES.label([])
    assert (labels.sensitivity, labels.review) == (Sensitivity.INTERNAL, ReviewState.SUGGESTED)
    assert labels.categories == labels.jurisdictions == frozenset()


@pytest.mark.parametrize(
    ("entity_type", "sensitivity", "categories", "jurisdictions"),
    [
        ("EMAIL_ADDRESS", Sensitivity.INTERNAL, {"contact"}, set()),
        ("IP_ADDRESS", Sensitivity.INTERNAL, {"identifiers"}, set()),
        ("US_SSN", Sensitivity.CONFIDENTIAL, {"identifiers"}, {"US"}),
        ("DE_TAX_ID", Sensitivity.CONFIDENTIAL, {"identifiers"}, {"DE"}),
        ("IBAN_CODE", Sensitivity.CONFIDENTIAL, {"account_numbers"}, set()),
        ("UK_NHS", Sensitivity.RESTRICTED, {"health", "special_category"}, {"GB"}),
        ("API_KEY", Sensitivity.RESTRICTED, {"secrets"}, set()),
        ("FR_NIR", Sensitivity.CONFIDENTIAL, {"identifiers"}, {"FR"}),
        ("IN_AADHAAR", Sensitivity.CONFIDENTIAL, {"identifiers"}, {"IN"}),
        ("DE_VAT_ID", Sensitivity.INTERNAL, {"identifiers"}, set()),
        ("UK_POSTCODE", Sensitivity.INTERNAL, {"contact"}, set()),
        ("AU_MEDICARE", Sensitivity.RESTRICTED, {"health", "special_category"}, {"AU"}),
    ],
)
def test_one_finding_labels_its_document(
    entity_type: str, sensitivity: Sensitivity, categories: set[str], jurisdictions: set[str]
) -> None:
    labels = RULES.label(findings(entity_type, band=ScoreBand.POSSIBLE))
    assert (labels.sensitivity, labels.categories, labels.jurisdictions) == (sensitivity, categories, jurisdictions)


def test_the_most_protective_rule_holds() -> None:
    assert RULES.label(findings("EMAIL_ADDRESS") + findings("PASSWORD")).sensitivity is Sensitivity.RESTRICTED


def test_counts_and_bands_decide() -> None:
    assert RULES.label(findings("US_SSN", 10)).sensitivity is Sensitivity.RESTRICTED
    assert RULES.label(findings("US_SSN", 10, ScoreBand.POSSIBLE)).sensitivity is Sensitivity.CONFIDENTIAL
    assert RULES.label(findings("US_SSN", 9)).sensitivity is Sensitivity.CONFIDENTIAL


def test_an_entity_type_that_no_rule_knows_is_restricted() -> None:
    """Fails when `sensitivity` ignores types without a category: a new recognizer would open what it finds."""
    labels = RULES.label(findings("NEW_TYPE"))
    assert (labels.sensitivity, labels.categories) == (Sensitivity.RESTRICTED, {"unknown"})


def test_policies_and_rules_use_the_same_categories() -> None:
    assert set(RULES.categories.values()) == {
        "names", "contact", "identifiers", "account_numbers", "health", "hidden_text", "secrets"
    }  # fmt: skip
    assert RULES.special == {"health"}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("default_sensitivity: internal", "default_sensitivity: secret", "default_sensitivity: Input should be"),
        ("default_sensitivity: internal", "", "default_sensitivity: Field required"),
        ("min_count: 50", "min_cuont: 50", "rules.6.min_cuont: Extra inputs"),
        ("min_count: 50", "min_count: 0", "rules.6.min_count"),
        ("min_count: 50", "min_count: true", "rules.6.min_count"),
        ("min_band: likely", "min_band: probably", "min_band: Input should be"),
        ("categories: [contact]", "categories: [contacts]", "category that is not defined: contacts"),
        ("categories: [contact]", "", "rule without categories or entity_types"),
        ("- id: health-is-restricted", "- id: secrets-are-restricted", "rule id given twice"),
        ("    special: true", "    special: maybe", "categories.health.special"),
        ("[PERSON, LOCATION]", "[PERSON, PERSON]", "two categories: PERSON"),
        ("GB: [UK_NHS", "GB: [UK_NSH", "no category lists: UK_NSH"),
        ("  GB: [", "  UKR: [", "jurisdictions.UKR"),
        ("  GB: [", "  US: [", "the key US is given twice"),
        ("rules:", "rules: [", "line"),
        ("default_sensitivity: internal", "[default_sensitivity]: internal", "unhashable key"),
    ],
)
def test_a_file_with_a_mistake_is_refused_and_the_place_named(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    """The twin that loads is the file itself. Fails when `extra="forbid"` or a cross-check goes."""
    file = tmp_path / "classification.yaml"
    written = FILE.read_text(encoding="utf-8")
    assert before in written
    file.write_text(written.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InvalidPolicy) as caught:
        load_rules(file)
    assert str(file) in str(caught.value)
    assert complaint in str(caught.value)


def test_a_missing_or_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPolicy, match="cannot be read"):
        load_rules(tmp_path / "absent.yaml")
    empty = tmp_path / "empty.yaml"
    empty.write_bytes(b"")
    with pytest.raises(InvalidPolicy, match="the file"):
        load_rules(empty)


def test_the_version_follows_the_file(tmp_path: Path) -> None:
    copy = tmp_path / "classification.yaml"
    body = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    copy.write_text(yaml.safe_dump({**body, "default_sensitivity": "confidential"}), encoding="utf-8")
    assert load_rules(copy).version != RULES.version == load_rules(FILE).version
